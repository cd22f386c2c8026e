"""A digest of each declaration: tells whether the files declare an object as they did when a plan was saved.

A secret counts by its reference, so that no digest is made of a secret's value. Must not know about: files, the server.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realmctl.errors import Refused
from realmctl.model.address import Address
from realmctl.model.objects import Declared
from realmctl.model.secret import Secret
from realmctl.workflow.saved_plan.sources import root_reference

_SECRET, _MAP = "$secret", "$map"


def digests_of(declarations: Mapping[Address, Declared], root: Path) -> dict[str, str]:
    """By address. Raises Refused where a secret stands in the files in clear text."""
    return {str(address): _digest(one, root) for address, one in declarations.items()}


def _digest(declared: Declared, root: Path) -> str:
    data = {
        "fields": {name: _unresolved(value, declared, (name,), root) for name, value in declared.fields.items()},
        "renamedFrom": str(declared.renamed_from) if declared.renamed_from else None,
        "protected": declared.protected,
    }
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _unresolved(value: Any, declared: Declared, path: tuple[str | int, ...], root: Path) -> Any:
    """The value as plain data, with a secret's reference in place of the secret."""
    if isinstance(value, Secret):
        if not (value.reference or value.vault):
            raise Refused(
                f"{declared.origin.place(*path)}: a secret in clear text cannot be saved with a plan",
                advice="Write a reference such as $(env:NAME) instead, or apply without saving.",
            )
        return {_SECRET: root_reference(value.reference, root) if value.reference else value.reveal()}
    if isinstance(value, Mapping):
        packed = {str(key): _unresolved(item, declared, (*path, str(key)), root) for key, item in value.items()}
        return {_MAP: packed} if any(key.startswith("$") for key in packed) else packed
    if isinstance(value, (list, tuple)):
        return [_unresolved(item, declared, (*path, index), root) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{declared.address}: {'.'.join(map(str, path))} cannot be saved")
