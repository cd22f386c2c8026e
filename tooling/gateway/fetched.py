"""What the tools need that nobody has to build: Envoy, resource definitions, JSON schemas.

All of it comes from packages, pinned by the text files beside this one. Must not know about: where it is kept, what it
is used for.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from realmctl.errors import RealmctlError

HERE = Path(__file__).parent

Run = Callable[[list[str], Path, str], str]
"""A command, where it runs, and what to say when it fails → its standard output."""


def version_of(name: str) -> str:
    """What `NAME.txt` pins: a package's version, or that of the first Go module."""
    said = re.search(r"^[^\s#]+(?:==| v)([0-9]\S*)", (HERE / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert said, f"{name}.txt pins no version"
    return said[1]


def envoy(run: Run, program: Path) -> None:
    """Envoy as a wheel: of the package only the program is kept."""
    with tempfile.TemporaryDirectory() as temporary, zipfile.ZipFile(_wheel(run, "envoy", temporary)) as archive:
        (inside,) = (one for one in archive.namelist() if one.endswith("/envoy"))
        with archive.open(inside) as source, program.open("wb") as target:
            shutil.copyfileobj(source, target)
    program.chmod(0o755)


def crds(run: Run, file: Path, go: str) -> None:
    """The definitions of all kinds that `crds.txt` names, in one YAML file. Each module has to have the sum it says."""
    texts = []
    for module, version, wanted, names in _modules():
        with tempfile.TemporaryDirectory() as nowhere:
            said = run(
                [go, "mod", "download", "-json", f"{module}@{version}"],
                Path(nowhere),
                f"{module} {version} could not be fetched",
            )
        told = json.loads(said)
        if told["Sum"] != wanted:
            raise RealmctlError(f"{module} {version} is not what crds.txt pins: its sum is {told['Sum']}")
        texts += [Path(told["Dir"], name).read_text(encoding="utf-8") for name in names]
    file.write_text("\n---\n".join(texts), encoding="utf-8")


def schemas(run: Run, folder: Path, definitions: Path) -> None:
    """A JSON schema for each kind, strict: unknown fields are errors. Kubernetes' own lie in the folder as
    KIND-GROUP-VERSION.json, those of `definitions` in a folder of their group as KIND_VERSION.json.
    """
    folder.mkdir()
    version = version_of("schemas")
    inside = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/"
    with tempfile.TemporaryDirectory() as temporary, zipfile.ZipFile(_wheel(run, "schemas", temporary)) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and name.endswith(".json"):
                text = json.dumps(_local(json.loads(archive.read(name))))
                (folder / name.removeprefix(inside)).write_text(text, encoding="utf-8")
    for document in yaml.load_all(definitions.read_text(encoding="utf-8"), yaml.CSafeLoader):
        if document and document["kind"] == "CustomResourceDefinition":
            _write_kinds(document["spec"], folder)


def strict(schema: Any) -> Any:
    """A definition's schema, closed: an object with named fields has no others, unless it says that it keeps them."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if named and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    return found


def _write_kinds(spec: dict[str, Any], folder: Path) -> None:
    beside = folder / spec["group"]
    beside.mkdir(exist_ok=True)
    for one in spec["versions"]:
        found = strict(one["schema"]["openAPIV3Schema"])
        found["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        found["properties"]["metadata"] = {"type": "object"}
        name = f"{spec['names']['kind'].lower()}_{one['name']}.json"
        (beside / name).write_text(json.dumps(found), encoding="utf-8")


def _local(schema: Any) -> Any:
    """References that lead to a file beside it, and not to an address."""
    if isinstance(schema, list):
        return [_local(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _local(value) for key, value in schema.items() if key != "$id"}
    if isinstance(to := found.get("$ref"), str):
        found["$ref"] = re.sub(r"^/?(?:[^#/]*/)*(?=[^/#]+\.json)", "", to)
    return found


def _modules() -> Iterator[tuple[str, str, str, Sequence[str]]]:
    text = (HERE / "crds.txt").read_text(encoding="utf-8")
    for block in re.findall(r"^\S+ v\S+ h1:\S+\n(?: +\S+\n)+", text, re.MULTILINE):
        head, *names = block.split("\n")
        module, version, wanted = head.split()
        yield module, version, wanted, [name.strip() for name in names if name]


def _wheel(run: Run, name: str, folder: str) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    run(
        [*pip, "--only-binary=:all:", "--require-hashes", "-d", folder, "-r", str(HERE / f"{name}.txt")],
        HERE,
        f"{name} {version_of(name)} could not be fetched",
    )
    (wheel,) = Path(folder).glob("*.whl")
    return wheel
