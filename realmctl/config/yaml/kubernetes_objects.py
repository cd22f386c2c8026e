"""Objects of Kubernetes in a file, as kubectl writes them: a List, or several documents; JSON or YAML.

Must not know about: what the objects mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from realmctl.errors import BadConfig, Finding, Place


def objects_in(file: Path) -> list[dict[str, Any]]:
    """Every object of the file, Lists opened. Raises BadConfig where it can't be read."""
    try:
        documents = [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if isinstance(one, dict)]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(str(file), mark.line + 1, mark.column + 1) if mark else Place(str(file))
        raise BadConfig([Finding("unreadable", "this is neither JSON nor YAML", place)]) from None
    found: list[dict[str, Any]] = []
    for one in documents:
        found += (
            one["items"] if str(one.get("kind", "")).endswith("List") and isinstance(one.get("items"), list) else [one]
        )
    return [one for one in found if isinstance(one.get("metadata"), dict)]


def mesh_of(objects: Sequence[Mapping[str, Any]], namespace: str, name: str = "istio") -> dict[str, Any] | None:
    """The mesh's configuration, where that config map is among the objects."""
    for one in objects:
        meta = one["metadata"]
        if one.get("kind") == "ConfigMap" and meta.get("name") == name and meta.get("namespace") == namespace:
            return parse_map(str((one.get("data") or {}).get("mesh") or ""))
    return None


def parse_map(text: str) -> dict[str, Any] | None:
    """A map in YAML; None where it is none."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, dict) else None
