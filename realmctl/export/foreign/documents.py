"""The files of a realm: which there are, and what they say together.

As keycloak-config-cli has it, several files may hold one realm; as `kc.sh export --dir` writes them, a realm's people
have files of their own. Must not know about: what a realm is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realmctl.config.yaml.data_file import Sheet, read_sheets
from realmctl.errors import Finding, Place, UsageProblem
from realmctl.export.shape import shape_problem
from realmctl.keycloak.kinds.registry import kinds, realm_file

Steps = tuple[str | int, ...]

_SUFFIXES = (".json", ".yaml", ".yml")
_PEOPLE = re.compile(r"-(?:federated-)?users-\d+\.json$")
_ADVICE = "Give a RealmRepresentation: what `kc.sh export` writes, or an import file. realmctl's own files are none."
_OF_IMPORT = frozenset({"ifResourceExists", "policy"})
"""What a partial import says of itself, and not of the realm."""
_IDENTITIES = (
    ("clientId",), ("identityProviderAlias", "name"), ("alias",), ("providerId", "name"), ("name",), ("username",),
    ("client",), ("clientScope",),
)  # fmt: skip
"""The keys that tell one item of a list from the others: of these sets the first that an item has."""
_ORDERED = frozenset({"authenticationExecutions", "executors", "conditions", "steps"})
"""Lists of maps whose items follow one another: they are joined only where they are equal."""


@dataclass(slots=True)
class ExportSource:
    """One realm as its files say it: `data` is a RealmRepresentation, `homes` leads from a path in it to a file."""

    realm: str
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    homes: dict[Steps, tuple[Sheet, Steps]] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)
    people: int = 0
    """How many people are in files of their own."""

    def place(self, path: Sequence[str | int]) -> Place:
        """Return where the value at `path` is in the files, or the nearest value above it."""
        for length in range(len(path), -1, -1):
            if tuple(path[:length]) in self.homes:
                sheet, steps = self.homes[tuple(path[:length])]
                return sheet.place((*steps, *path[length:]))
        return Place(self.realm)


def read_sources(paths: Sequence[Path], realm: str | None = None) -> dict[str, ExportSource]:
    """Return the realms in files and folders, by name. What names no realm is of `realm`, or of the only other one.

    Raises UsageProblem where a file holds something else, BadConfig where its syntax is broken.
    """
    found = [one for path in _files(paths) for one in _realms_in(path)]
    names = list(dict.fromkeys(str(data["realm"]) for _, _, data in found if "realm" in data))
    unnamed = realm or (names[0] if len(names) == 1 else "")
    sources: dict[str, ExportSource] = {}
    for sheet, steps, data in found:
        name = str(data.get("realm") or unnamed)
        if not name:
            raise UsageProblem(
                f"{sheet.file} names no realm", advice="Name it: realmctl export REALM --from FILE -o DIR"
            )
        source = sources.setdefault(name, ExportSource(name))
        if _PEOPLE.search(sheet.file):
            source.people += len(data.get("users") or ())
        else:
            _join(source, source.data, data, (), (sheet, steps))
    return {name: source for name, source in sources.items() if source.data}


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(one for one in path.rglob("*") if one.suffix in _SUFFIXES and not _hidden(one, path))
        if not found:
            raise UsageProblem(f"{path} holds no JSON or YAML file", advice=_ADVICE)
        yield from found


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _realms_in(path: Path) -> Iterator[tuple[Sheet, Steps, dict[str, Any]]]:
    """The realms in a file, each with its document and its path there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} is not UTF-8 text") from error
    sheets = read_sheets(text, str(path))
    if not sheets:
        raise UsageProblem(f"{path} is no realm export: it is empty", advice=_ADVICE)
    for sheet in sheets:
        items = enumerate(sheet.data) if isinstance(sheet.data, list) else [(None, sheet.data)]
        for index, data in items:
            steps: Steps = () if index is None else (index,)
            _demand_realm(sheet.place(steps), data)
            yield sheet, steps, {key: value for key, value in data.items() if key not in _OF_IMPORT}


def _demand_realm(place: Place, data: Any) -> None:
    known = {*realm_file().model_fields, *kinds()["realm"].omitted} - {"id"}
    if not isinstance(data, dict) or not (
        isinstance(data.get("realm"), str) or ("realm" not in data and known & set(data))
    ):
        raise UsageProblem(f"{place} is no realm export: it names no realm", advice=_ADVICE)
    if wrong := shape_problem(data):
        raise UsageProblem(f"{place} is no realm export: of realm {data.get('realm', '')}, {wrong}", advice=_ADVICE)


def _join(source: ExportSource, into: Any, value: Any, path: Steps, home: tuple[Sheet, Steps]) -> None:
    """Lay a map over what earlier files say. What both say differently is a finding."""
    if not path and () not in source.homes:
        source.homes[()] = home
    for key, item in value.items():
        here = (*path, key)
        there = (home[0], (*home[1], key))
        have = into.get(key)
        if have is None:
            into[key] = _copied(item)
            source.homes.setdefault(here, there)
        elif isinstance(have, dict) and isinstance(item, Mapping):
            _join(source, have, item, here, there)
        elif isinstance(have, list) and isinstance(item, list) and _is_keyed([*have, *item], str(key)):
            _join_lists(source, have, item, here, there)
        elif item is not None and have != item:
            _differ(source, here, there)


def _join_lists(
    source: ExportSource, into: list[Any], items: list[Any], path: Steps, home: tuple[Sheet, Steps]
) -> None:
    known = {_identity(one): index for index, one in enumerate(into)}
    for number, item in enumerate(items):
        there = (home[0], (*home[1], number))
        index = known.get(_identity(item))
        if index is None:
            source.homes[(*path, len(into))] = there
            into.append(_copied(item))
        else:
            _join(source, into[index], item, (*path, index), there)


def _differ(source: ExportSource, path: Steps, home: tuple[Sheet, Steps]) -> None:
    message = f"'{path[-1]}' has another value at {source.place(path)}"
    place = home[0].place(home[1])
    source.findings.append(Finding("two-values", message, place, "keep one of them: the files are read as one realm"))


def _is_keyed(items: Sequence[Any], key: str) -> bool:
    """Whether each item has what tells it from the others."""
    return key not in _ORDERED and all(isinstance(one, Mapping) and _identity(one) for one in items)


def _identity(item: Mapping[str, Any]) -> tuple[Any, ...]:
    for keys in _IDENTITIES:
        if all(item.get(key) is not None for key in keys):
            return (*keys, *(str(item[key]) for key in keys), str(item.get("subType")))
    return ()


def _copied(value: Any) -> Any:
    """A copy, since what later files say is laid over it."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
