"""What Keycloak ships: its types with their config keys, and an untouched realm, as packaged data of a real server.

Must not know about: YAML, a live server (`refresh` makes the data from one).
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any


def fresh_realm(version: str | None = None) -> dict[str, Any]:
    """The export of an untouched realm named `fresh`, as Keycloak `version` makes it; ids left out.

    Where that version is not packaged, the newest packaged one that is not newer, else the oldest. A new dict each time.
    """
    return copy.deepcopy(_fresh_realm(_nearest(version)))


@cache
def _fresh_realm(version: str) -> dict[str, Any]:
    found: dict[str, Any] = _packaged(f"realm-{version}.json")
    return found


def _packaged(name: str) -> Any:
    return json.loads(files(__name__).joinpath("data", name).read_text(encoding="utf-8"))


@cache
def versions() -> tuple[str, ...]:
    """The Keycloak versions whose untouched realm is packaged, oldest first."""
    names = (entry.name for entry in files(__name__).joinpath("data").iterdir())
    found = (re.fullmatch(r"realm-(.+)\.json", name) for name in names)
    return tuple(sorted((match[1] for match in found if match), key=_order))


def _nearest(version: str | None) -> str:
    known = versions()
    if version is None:
        return known[-1]
    not_newer = [one for one in known if _order(one) <= _order(version)]
    return not_newer[-1] if not_newer else known[0]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
