"""How single values are shown: safe for terminals, secrets hidden, long texts cut where it does not hurt.

Must not know about: plans, output formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, MASK, Secret
from realmctl.render.objects import Seconds, spoken

UNSET = "unset"
CHANGED = "(secret changed)"
LONGEST = 160
"""Characters of a line that holds several values."""
WHOLE = 1_000
"""Characters of one value, behind which it is cut."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def clean(text: str) -> str:
    r"""The text with control characters, direction overrides and line breaks made visible (`\x1b`, `\u202e`)."""
    return _UNSAFE.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(found[0])
    return known or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def json_safe(document: str) -> str:
    """A JSON document with the same characters as JSON escapes; its own line breaks are kept."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)


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
        return clean(json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


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
    """At most `room` characters of the text, and how many there are."""
    return text if len(text) <= room else f"{text[: room - 1]}… ({len(text):,} characters)"


def shorten(text: str, room: int = WHOLE) -> str:
    """At most about `room` characters of the text, its end among them, and how many there are."""
    if len(text) <= room:
        return text
    head, tail = room * 2 // 3, room // 3
    return f"{text[:head]}…{text[-tail:]} ({len(text):,} characters; -o json has them all)"
