"""When two realms are equal: all that the Admin API shows of each, without what differs between any two realms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realmctl.config.loader import load
from realmctl.export import Exported
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Desired
from tests.live.exclusions import compared
from tests.live.naming import by_name, leaves
from tests.live.reader import Reader


def written(found: Exported, folder: Path, hidden: Mapping[str, str] | None = None) -> Desired:
    """The files on a disk, loaded as anybody would, with the variables set; `hidden` has what Keycloak hides."""
    for name, text in found.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    known = hidden or {}
    environ = {
        one.name: one.value.reveal() if one.value else known.get(one.meaning, "hidden") for one in found.variables
    }
    (config,) = load([folder], environ=environ)
    return config.desired


def describe_realm(admin: Admin, realm: str) -> dict[str, Any]:
    """Return the realm's single values by path, such as `clients › api › enabled`, ids and exclusions left out."""
    return {" › ".join(path): value for path, value in compared(leaves(by_name(Reader(admin, realm).document())))}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the values in which two realms differ; None stands for a value that a realm does not have."""
    return {key: (one.get(key), other.get(key)) for key in sorted({*one, *other}) if one.get(key) != other.get(key)}
