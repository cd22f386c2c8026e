"""Rewrites references by name, so that a rename alone is no change: Keycloak keeps such references when a name changes.

Pure. Must not know about: rules, plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.engine.plan.renames import former_address, under_new_name
from realmctl.keycloak.references import Names, changed_targets, with_text
from realmctl.model.address import Address

Fields = Mapping[str, Any]


def renamed_references(objects: Mapping[Address, Fields], renamed: Mapping[Address, Address]) -> dict[Address, Fields]:
    """Return the objects with references under the new names. `renamed` is new → old address."""
    found = dict(objects)
    if not renamed:
        return found
    names = {old: new for new, old in renamed.items()}
    known = Names({former_address(address, renamed): fields for address, fields in objects.items()})
    for address, fields in objects.items():
        for mention, _, text in changed_targets(address, fields, known, lambda old: under_new_name(old, names)):
            found[address] = with_text(found[address], mention, text)
    return found


def following(value: Any, renamed: Mapping[Address, Address]) -> Any:
    """Return a value in which every name of a role or a group is the name that it has after the renames."""
    names, paths = _spelled(renamed)
    return _moved(value, names, paths)


def _spelled(renamed: Mapping[Address, Address]) -> tuple[dict[str, str], dict[str, str]]:
    names = {was: now for new, old in renamed.items() for was, now in _spellings(old, new)}
    paths = {f"{_path(old)}/": f"{_path(new)}/" for new, old in renamed.items() if new.kind == "group"}
    return names, paths


def _spellings(old: Address, new: Address) -> list[tuple[str, str]]:
    if old.kind == "group":
        return [(_path(old), _path(new))]
    if old.kind == "client-role":
        return [(str(old), str(new)), *((mark.join(old.names), mark.join(new.names)) for mark in (".", "/"))]
    return [(str(old), str(new)), (old.name, new.name)] if old.kind in ("role", "client") else []


def _path(group: Address) -> str:
    return "/" + "/".join(group.names)


def _moved(value: Any, names: Mapping[str, str], paths: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        if value in names:
            return names[value]
        prefix = next((one for one in paths if value.startswith(one)), None)
        return paths[prefix] + value[len(prefix) :] if prefix else value
    if isinstance(value, Mapping):
        return {key: _moved(item, names, paths) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_moved(item, names, paths) for item in value]
    return value
