"""Text for people: without secrets, without characters that deceive, and not longer than there is room.

Every name or value from a file, a server or the environment passes one of these before it becomes a part of a text.
Must not know about: output formats.
"""

from __future__ import annotations

from realmctl.model.redaction import redact
from realmctl.model.unsafe_characters import visible


def clean(text: str) -> str:
    r"""The text without secrets, on one line: what a reader can't see is an escape (`\n`, `\x1b`, `\u202e`)."""
    return visible(redact(text))


def cut(text: str, room: int) -> str:
    """At most `room` characters of the text, without secrets: half a secret would not be found any more."""
    text = redact(text)
    return text if len(text) <= room else f"{text[: room - 1]}…"
