"""The expanded realm as YAML or JSON, secrets as the references that the files hold.

The YAML is written here, not by a library: only load/ may touch one, and this subset is small.
Must not know about: which sections there are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.model.fields import holds_secret
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render.plan_json import dump
from realmctl.render.values import clean, json_safe, plain

_PLAIN = re.compile(r"[A-Za-z/][\w./@+-]*(?:[ :][\w./@+-]+)*|(?:\d+[dhms])+")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_COLON = re.compile(r":(?= |$)")


def show_yaml(realms: Sequence[Mapping[str, Any]]) -> str:
    """Realms as YAML documents."""
    return "---\n".join("\n".join(_block(_scalars_first(without_secrets(realm)), 0)) + "\n" for realm in realms)


def show_json(realms: Sequence[Mapping[str, Any]]) -> str:
    """Realms as one JSON document, `{"format": 1, "realms": […]}`."""
    return dump({"realms": [plain(without_secrets(realm)) for realm in realms]})


def _scalars_first(realm: dict[str, Any]) -> dict[str, Any]:
    """The realm's own settings before its sections, each in their order."""
    return dict(sorted(realm.items(), key=lambda item: isinstance(item[1], (dict, list))))


def without_secrets(value: Any, key: str = "") -> Any:
    """The same data with every interpolated text as the files hold it, and secrets in clear text as `(secret)`."""
    if isinstance(value, Mapping):
        return {str(name): without_secrets(item, str(name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item, key) for item in value]
    if isinstance(value, Secret):
        return value.reference or (value.reveal() if value.vault else HIDDEN)
    if isinstance(value, str):
        reference = str(getattr(value, "reference", ""))
        if reference:
            return reference
        if holds_secret(key) and value.lower() not in ("true", "false", "") and not Secret(value).vault:
            return HIDDEN
        return value.replace("$(", "$$(")
    return value


def _block(value: Any, depth: int) -> Iterator[str]:
    """The lines of a value that stands by itself, indented by two spaces per depth."""
    lead = "  " * depth
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _entry(f"{lead}{_scalar(str(key))}:", item, depth)
    elif isinstance(value, list) and value:
        for item in value:
            if isinstance(item, (dict, list)) and item:
                first, *rest = _block(item, depth + 1)
                yield f"{lead}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{lead}- {_scalar(item)}"
    else:
        yield f"{lead}{_scalar(value)}"


def _entry(head: str, item: Any, depth: int) -> Iterator[str]:
    if isinstance(item, (dict, list)) and item:
        yield head
        yield from _block(item, depth + 1)
    else:
        yield f"{head} {_scalar(item)}"


def _scalar(value: Any) -> str:
    value = plain(value)
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, str):
        if (
            _PLAIN.fullmatch(value)
            and value.lower() not in _WORDS
            and not _COLON.search(value)
            and clean(value) == value
        ):
            return value
        return json_safe(json.dumps(value, ensure_ascii=False))
    return json.dumps(value)
