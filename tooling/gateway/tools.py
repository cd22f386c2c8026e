"""The programs that the gateway's tests run: found on this machine, or built once into the cache.

`tool("helm")` is all there is; `python -m tooling.gateway.tools helm envoy` prints where they are. What is built is
pinned by the files beside this one, and nowhere else: `go/NAME/go.mod` with its go.sum, `NAME.txt` of what fetched.py
fetches. Must not know about: what the programs are used for.
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
from collections.abc import Callable, Mapping
from pathlib import Path

from realmctl.errors import RealmctlError
from realmctl.keycloak.local.state import cache_folder, lock_file
from tooling.gateway import fetched

HERE = Path(__file__).parent

KUBERNETES = "1.37"
"""What Helm believes the cluster to be when it renders without one."""


def _of_kubernetes(version: str) -> Mapping[str, str]:
    major, minor = version.removeprefix("v").split(".")[:2]
    return {
        f"k8s.io/component-base/version.{variable}": value
        for variable, value in (("gitVersion", version), ("gitMajor", major), ("gitMinor", minor))
    }


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
    "kube-apiserver": _of_kubernetes,
    "kubectl": _of_kubernetes,
}
"""What a release sets when it is linked: variables and their values."""

_PART_OF: Mapping[str, tuple[str, str]] = {
    "kube-apiserver": ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kubectl": ("kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    "pilot-discovery": ("istio", "istio.io/istio/pilot/cmd/pilot-discovery"),
}
"""Programs that come out of a module which makes several: its folder in `go`, and the package."""

_FETCHED = ("envoy", "crds", "schemas")
"""What fetched.py knows: `crds` is a YAML file, `schemas` a folder."""

_ON_THE_MACHINE = {
    "redis-server": (("redis-server", "valkey-server"), "redis-server"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
}
"""Programs that nobody builds: their names, and the Debian package that brings one."""

BUILT = ("helm", "kustomize", "oauth2-proxy", "istio", "kubeconform", "envoy", "crds", "schemas")
"""What is built or fetched for `make test`, in the order in which others wait for it."""

NEEDED = ("helm", "oauth2-proxy", "istio", "envoy", "redis-server")
"""What a running gateway takes."""

CLUSTER = ("helm", "crds", "kubectl", "etcd", "pilot-discovery", "kube-apiserver")
"""The same for `make test-cluster`; the last one takes ten minutes, once."""


class Missing(RealmctlError):
    """This machine lacks what the tool needs; the advice says what to install."""


def tool(name: str, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The program, made where it isn't there yet (helm and istio take minutes, once).

    Raises Missing where the machine lacks Go or a package, and RealmctlError where the build fails.
    """
    if name in _ON_THE_MACHINE:
        return _on_the_machine(name)
    version, make = (fetched.version_of(name), _fetch) if name in _FETCHED else (_go_version(name), _go_build)
    folder = cache_folder() / "tools" / f"{name}-{version}-{_digest(name, version)}"
    program = folder / name
    if program.exists():
        return program
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(folder.with_name(f"{folder.name}.lock")):
        if not program.exists():
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
    if name in _FETCHED:
        pins = ("schemas", "crds") if name == "schemas" else (name,)
        said = b"\0".join((HERE / f"{one}.txt").read_bytes() for one in pins)
        if name == "schemas":
            said += Path(fetched.__file__).read_bytes()  # they are rewritten there
    else:
        folder = _module(name)
        names = ("go.mod", "go.sum") if name in _PART_OF else ("*",)
        files = sorted(path for one in names for path in folder.rglob(one) if path.is_file())
        said = b"\0".join(path.read_bytes() for path in files) + _linked(name, version).encode()
    return hashlib.sha256(said).hexdigest()[:8]


def _module(name: str) -> Path:
    return HERE / "go" / (_PART_OF[name][0] if name in _PART_OF else name)


def _package(name: str) -> str:
    """What Go is told to build: the tool that the module names, or the module's own program."""
    if name in _PART_OF:
        return _PART_OF[name][1]
    if (_module(name) / "main.go").is_file():
        return "."
    said = re.search(r"^tool (\S+)", (_module(name) / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert said, f"{_module(name)} names no tool"
    return said[1]


def _go_version(name: str) -> str:
    """The version of the module that the tool is, or of the one that ours is written on."""
    said = (_module(name) / "go.mod").read_text(encoding="utf-8")
    package = _package(name)
    wanted = "istio.io/istio" if package == "." else package
    for module, version in re.findall(r"^(?:require)?\s+(\S+) (v\S+)", said, re.MULTILINE):
        if f"{wanted}/".startswith(f"{module}/"):
            return str(version)
    raise RealmctlError(f"{_module(name) / 'go.mod'} pins no version of {wanted}")


def _linked(name: str, version: str) -> str:
    variables = _FLAGS[name](version) if name in _FLAGS else {}
    return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in variables.items())])


def _go(name: str) -> str:
    found = shutil.which("go")
    if not found:
        said = re.search(r"^go (\S+)", (HERE / "go" / "istio" / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
        raise Missing("Go is missing", advice=f"Install Go ({said[1] if said else ''} or later): {name} needs it.")
    return found


def _go_build(name: str, version: str, program: Path) -> None:
    command = [
        _go(name),
        "build",
        "-mod=readonly",
        "-buildvcs=false",
        f"-ldflags={_linked(name, version)}",
        "-o",
        str(program),
        _package(name),
    ]
    nice = ["nice"] if shutil.which("nice") else []
    _run([*nice, *command], _module(name), f"{name} {version} could not be built")


def _fetch(name: str, version: str, target: Path) -> None:
    if name == "envoy":
        fetched.envoy(_run, target)
    elif name == "crds":
        fetched.crds(_run, target, _go(name))
    else:
        fetched.schemas(_run, target, tool("crds"))


def _run(command: list[str], folder: Path, failure: str) -> str:
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
    return done.stdout


def main(names: list[str]) -> int:
    """Each tool's path on a line of its own; what it took goes to standard error. `cluster` stands for CLUSTER."""
    for name in CLUSTER if names == ["cluster"] else names or BUILT:
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
