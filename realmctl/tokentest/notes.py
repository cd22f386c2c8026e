"""Claims that come from notes in a person's session: Keycloak's example tokens have no such session.

As UserSessionNoteMapper and OIDCAttributeMapperHelper do it (26.7.3). Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from realmctl.model.claim import claim_path

MAPPER = "oidc-usersessionmodel-note-mapper"
_SWITCHES = {"access": "access.token.claim", "id": "id.token.claim", "userinfo": "userinfo.token.claim"}


def add_notes(
    token: dict[str, Any], notes: Mapping[str, str], mappers: Iterable[Mapping[str, Any]], kind: str, *, light: bool
) -> None:
    """Add to a token of that kind what the mappers make of a session's notes. `light`: a lightweight access token."""
    for mapper in mappers:
        config = mapper.get("config") or {}
        note = notes.get(config.get("user.session.note", ""))
        if note is None or not config.get("claim.name") or not _is_in(config, kind, light=light):
            continue
        value = _typed(note, config.get("jsonType.label"))
        if value is not None:
            _put(token, claim_path(config["claim.name"]), value)


def _is_in(config: Mapping[str, str], kind: str, *, light: bool) -> bool:
    if kind == "access" and light:
        return config.get("lightweight.claim") == "true"
    switch = config.get(_SWITCHES[kind])
    if kind == "userinfo" and switch is None:
        switch = config.get(_SWITCHES["id"])
    return switch == "true"


def _typed(note: str, kind: str | None) -> Any:
    if kind == "boolean":
        return note.lower() == "true"
    if kind in ("int", "long"):
        return int(note) if re.fullmatch(r"[+-]?\d+", note) else None
    if kind == "JSON":
        try:
            return json.loads(note)
        except ValueError:
            return None
    return note


def _put(token: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        inner = token.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        token = inner
    token[path[-1]] = value
