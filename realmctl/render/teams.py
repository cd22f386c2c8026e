"""Teams as text and JSON, with the schema of the latter: who owns which file, and who may declare what.

Must not know about: how files are assigned to teams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realmctl.engine.plan.value_text import clean, json_safe
from realmctl.model.team import PLATFORM, USUAL, Team
from realmctl.render.colors import paint
from realmctl.render.plan_json import FORMAT
from realmctl.render.plan_schema import plan_schema


@dataclass(frozen=True, slots=True)
class TeamFiles:
    """A team of a realm, and the files that belong to it now."""

    realm: str
    name: str
    team: Team
    files: tuple[str, ...]


_LABELS: Mapping[str, str] = {
    "prefixes": "names that begin with",
    "names": "further names",
    "grants": "roles of others to grant",
    "scopes": "client scopes of others",
    "paths": "further paths",
    "hosts": "hosts of its clients",
    "variables": "further references",
    "settings": "settings of the realm",
    "silence": "rules it may silence",
}


def teams_text(found: Sequence[TeamFiles], *, color: bool) -> str:
    """Every team with its owners, files and bounds."""
    return "\n".join(_text(found, color)) + "\n"


def _text(found: Sequence[TeamFiles], color: bool) -> Iterator[str]:
    realm = ""
    for one in found:
        if one.realm != realm:
            if realm:
                yield ""
            realm = one.realm
            yield f"Realm {paint(clean(realm), 'bold', color)}"
        yield ""
        yield f"  {paint(clean(one.name), 'bold', color)}  {clean(one.team.told)}"
        yield f"    files: {', '.join(map(clean, one.files)) or 'none'}"
        if one.name == PLATFORM:
            yield "    may declare everything"
            continue
        may = one.team.may
        for field, label in _LABELS.items():
            value = getattr(may, field)
            if value:
                yield f"    {label}: {', '.join(map(clean, value))}"
        if tuple(may.sections) != USUAL:
            yield f"    sections: {', '.join(may.sections) or 'none'}"


def teams_json(found: Sequence[TeamFiles]) -> str:
    """The same as JSON."""
    realms: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        told: dict[str, Any] = {
            "name": one.name,
            "owners": one.team.owners,
            "contact": one.team.contact,
            "files": list(one.files),
            "may": None if one.name == PLATFORM else one.team.may.model_dump(),
        }
        realms.setdefault(one.realm, []).append(told)
    document = {"format": FORMAT, "realms": [{"realm": name, "teams": teams} for name, teams in realms.items()]}
    return json_safe(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def teams_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `teams -o json` prints. It allows further keys."""
    shared = plan_schema()["$defs"]
    texts = {"type": "array", "items": {"type": "string"}}
    bounds = {name: texts for name in (*_LABELS, "sections") if name != "hosts"}
    may = {
        "type": "object",
        "properties": {**bounds, "hosts": {"anyOf": [texts, {"type": "null"}]}},
        "description": "As in the realm's file; null for the platform, which may declare everything.",
    }
    team = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "owners": texts,
            "contact": {"type": ["string", "null"]},
            "files": {**texts, "description": "The files that belong to the team, as they are read."},
            "may": {"anyOf": [may, {"type": "null"}]},
        },
        "required": ["name", "owners", "contact", "files", "may"],
    }
    realm = {
        "type": "object",
        "properties": {"realm": {"type": "string"}, "teams": {"type": "array", "items": team}},
        "required": ["realm", "teams"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "realmctl's teams as JSON",
        "description": "What teams prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "realms": {"type": "array", "items": realm},
            "error": {"$ref": "#/$defs/error", "description": "Why the command failed; `realms` is empty then."},
        },
        "required": ["format", "realms"],
        "$defs": {name: shared[name] for name in ("error", "finding", "place")},
    }
