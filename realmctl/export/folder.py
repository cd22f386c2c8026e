"""A declaration as the files of a folder, split as a person would, and the list of variables to set.

Must not know about: where the declaration comes from, the file system.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.yaml.text import comment, lines
from realmctl.export.declaration import Declaration
from realmctl.export.file_split import split_file
from realmctl.export.foreign.substitutions import as_file_text
from realmctl.export.relative_forms import shorten_lists
from realmctl.keycloak.kinds.realm import FlowBindings
from realmctl.keycloak.kinds.registry import kinds, realm_file
from realmctl.model.fields import Child, marked_fields
from realmctl.model.secret import Secret

REALM_FILE = "realm.yaml"
ENVIRONMENT = ".env.example"
_FILES: Mapping[str, str] = {
    "roles": "roles.yaml",
    "defaultRoles": "roles.yaml",
    "groups": "groups.yaml",
    "defaultGroups": "groups.yaml",
    "clientScopes": "scopes.yaml",
    "defaultDefaultClientScopes": "scopes.yaml",
    "defaultOptionalClientScopes": "scopes.yaml",
    "authenticationFlows": "flows.yaml",
    "requiredActions": "flows.yaml",
    **dict.fromkeys(FlowBindings.bindings, "flows.yaml"),
    "identityProviders": "brokers.yaml",
}
_LONGEST_NAME = 80
_HIDDEN = "Keycloak hides this one: get it from the person or system that set it up."
_BROKEN = "The server stores ten asterisks in its place, from an import of a masked export: set a new one."


def files(declaration: Declaration, frame: Mapping[str, Any], head: Mapping[str, list[str]]) -> dict[str, str]:
    """The texts of the files by their path in the folder.

    `frame` are realmctl's own keys and the platform's words, for the realm's file; `head` are opening comments by file.
    References in the data are marked (`foreign.substitutions`).
    """
    parts: dict[str, dict[str, Any]] = {REALM_FILE: dict(frame)}
    for section, value in shorten_lists(declaration.sections, declaration.shorter).items():
        if section == "clients":
            for name, client in zip(value, _file_names(value), strict=True):
                parts[f"clients/{client}.yaml"] = {"clients": {name: value[name]}}
        else:
            parts.setdefault(_file_of(section), {})[section] = value
    parts = {
        file: part for name, data in parts.items() for file, part in split_file(name, data, deep=_levels()).items()
    }
    remarks = _standing(declaration, parts)
    found = {}
    for name, data in parts.items():
        opening = [_modeline(name), *(line for text in head.get(name, ()) for line in comment(text))]
        shown = {path: texts for path, texts in remarks.items() if _leads(data, path)}
        loose = [line for text in remarks.get((), ()) for line in comment(text)] if name == REALM_FILE else []
        body = [
            *opening,
            "",
            *loose,
            *lines(as_written(_tidy(data), "../" * name.count("/")), 0, shown),
        ]
        found[name] = "\n".join(body) + "\n"
    return dict(sorted(found.items(), key=lambda item: (item[0] != REALM_FILE, "/" in item[0], item[0])))


def _modeline(name: str) -> str:
    """What tells editors the schema, which `realmctl schema -o schemas` writes beside the folder of the realms."""
    return f"# yaml-language-server: $schema={'../' * (name.count('/') + 2)}schemas/realm.schema.json"


def _levels() -> dict[str, int]:
    """How many levels down the objects of each section stand that several files may declare together."""
    return {name: kinds()[child.kind].levels for name, child in marked_fields(realm_file(), Child).items()
            if not kinds()[child.kind].single}  # fmt: skip


def environment(declaration: Declaration) -> str:
    """The variables to set, as a file for a shell or a container; empty values."""
    found = ["# What the files refer to. Copy this to .env, fill it in, and keep that out of git."]
    for variable in declaration.variables.found:
        found += ["", *comment(variable.meaning)]
        if variable.value is None:
            found += comment(_BROKEN if variable.broken else _HIDDEN)
        found.append(f"{variable.name}=")
    return "\n".join(found) + "\n"


def filled_environment(declaration: Declaration) -> str:
    """The variables with the values that the server told, to be kept where nobody else reads them."""
    found = []
    for variable in declaration.variables.found:
        value = variable.value.reveal().replace("'", "'\\''") if variable.value else ""
        found.append(f"{variable.name}='{value}'" if variable.value else f"# {variable.name}=  (hidden by Keycloak)")
    return "\n".join(found) + "\n"


def as_written(value: Any, above: str = "") -> Any:
    """Data as a file holds it: references for secrets, and `$(` escaped. `above` leads to the folder of the realm."""
    if isinstance(value, Secret):
        return value.reference or as_file_text(value.reveal(), above)
    if isinstance(value, Mapping):
        return {as_file_text(str(key), above): as_written(item, above) for key, item in value.items()}
    if isinstance(value, list):
        return [as_written(item, above) for item in value]
    return as_file_text(value, above) if isinstance(value, str) else value


def _file_of(section: str) -> str:
    if section in _FILES:
        return _FILES[section]
    if section not in marked_fields(realm_file(), Child):
        return REALM_FILE
    return re.sub(r"(?<!^)([A-Z])", r"-\1", section).lower() + ".yaml"


def _file_names(names: Mapping[str, Any]) -> Iterator[str]:
    """A file name for each object, alike to its own name; different ones also where case doesn't count."""
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        plain = re.sub(r"^https?://", "", plain)
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:_LONGEST_NAME].strip("-.") or "client"
        tried = [plain, *(f"{plain}-{number}" for number in range(2, len(names) + 2))]
        found = next(one for one in tried if one.lower() not in taken)
        taken.add(found.lower())
        yield found


def _tidy(data: Mapping[str, Any]) -> dict[str, Any]:
    """The realm's name and single settings first, then maps and sections; else as it is."""
    return dict(sorted(data.items(), key=lambda item: (item[0] != "realm", isinstance(item[1], (dict, list)))))


def _standing(
    declaration: Declaration, parts: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str | int, ...], list[str]]:
    """The remarks at paths that are in the files: what is said of a value that isn't there stands above it."""
    found: dict[tuple[str | int, ...], list[str]] = {}
    for path, texts in declaration.remarks.items():
        named = [" / ".join(map(str, path)) + f": {text}" for text in texts]
        here = path
        while here and not any(_leads(data, here) for data in parts.values()):
            here = here[:-1]
        found.setdefault(here, []).extend(texts if here == path else named)
    return found


def _leads(data: Any, path: tuple[str | int, ...]) -> bool:
    for key in path:
        if not (key in data if isinstance(data, Mapping) else isinstance(data, list) and key in range(len(data))):
            return False
        data = data[key]
    return bool(path)
