"""How single values are shown: safe for terminals, secrets hidden, long texts cut where it does not hurt.

Must not know about: plans, output formats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from realmctl.engine.plan.object_changes import Seconds, spoken
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare
from realmctl.model.redaction import redact
from realmctl.model.secret import HIDDEN, MASK, Secret
from realmctl.model.text import clean
from realmctl.model.unsafe_characters import visible_in_json

__all__ = [
    "CHANGED",
    "LONGEST",
    "UNSET",
    "clean",
    "cut",
    "inline",
    "is_secret",
    "json_safe",
    "json_text",
    "named",
    "plain",
]

UNSET = "unset"
CHANGED = "(secret changed)"
LONGEST = 160
"""Characters of a line that holds several values."""
WHOLE = 1_000
"""Characters of one value, behind which it is cut."""

_CONTEXT = 20


def json_safe(document: str) -> str:
    """A JSON document without secrets, and with characters that deceive as JSON escapes; its line breaks are kept."""
    made = redact(document)
    if made != document and not _is_json(made):
        # A number was a secret: what stands in its place is a text.
        made = json.dumps(_redacted(json.loads(document)), ensure_ascii=False)
    return visible_in_json(made)


def json_text(data: Any, *, indent: int | None = 2) -> str:
    """Plain data as such a document, ending in a line break."""
    return json_safe(json.dumps(data, indent=indent, ensure_ascii=False)) + "\n"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    made = redact(text)
    return value if made == text else made


def plain(value: Any) -> Any:
    """The value as JSON can hold it, secrets and masks as `(secret)`."""
    if isinstance(value, Secret) or value == MASK:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def inline(value: Any) -> str:
    """The value on one line, whole: texts in quotes, lists and maps in brackets."""
    if isinstance(value, Seconds):
        return value.words()
    value = plain(value)
    if value is None:
        return UNSET
    if value == HIDDEN:
        return HIDDEN
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{clean(key)}: {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        return clean(json.dumps(redact(value), ensure_ascii=False))
    return clean(json.dumps(value))


def named(address: Address) -> str:
    """An address for a reader: `client role orders-api / reader`."""
    return f"{clean(spoken(address))} {' / '.join(clean(name) for name in address.names)}".rstrip()


def is_secret(change: FieldChange) -> bool:
    """Whether the field's values must not be shown."""
    return change.compare is Compare.SECRET or any(
        isinstance(side, Secret) or side in (HIDDEN, MASK) for side in (change.old, change.new) if not _nested(side)
    )


def _nested(value: Any) -> bool:
    return isinstance(value, (list, dict, tuple, set, frozenset))


def cut(text: str, room: int = LONGEST) -> str:
    """At most `room` characters of the text without secrets, and how many there are."""
    text = redact(text)
    return text if len(text) <= room else f"{text[: room - 1]}… ({len(text):,} characters)"


def shorten(text: str, room: int = WHOLE) -> str:
    """At most about `room` characters of the text, its end among them, and how many there are."""
    if len(text) <= room:
        return text
    head, tail = room * 2 // 3, room // 3
    return f"{text[:head]}…{text[-tail:]} ({len(text):,} characters; -o json has them all)"
