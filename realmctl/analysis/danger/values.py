"""Values as Keycloak reads them: "true" is true, "5" is five, a list of one text is that text, `##` separates items.

Pure. Must not know about: any single rule, kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.model.secret import HIDDEN, Secret

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def text(value: Any) -> str:
    """Return the value as one text: "" for an absent value, HIDDEN for a secret that is no vault reference."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Secret):
        return value.reveal() if value.vault else HIDDEN
    if isinstance(value, (list, tuple)):
        return "##".join(sorted(map(text, value)))
    if isinstance(value, Mapping):
        return str({key: text(item) for key, item in sorted(value.items())})
    return str(value)


def plain(value: Any) -> str:
    """Return the value as one text for a comparison, secrets included: never for a sentence."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, (list, tuple)):
        return "##".join(sorted(map(plain, value)))
    return text(value)


def is_true(value: Any, default: bool = False) -> bool:
    """Return whether Keycloak reads the value as true: every other text than "true", in any case, is false."""
    said = text(value).strip().lower()
    return said == "true" if said else default


def number(value: Any, default: float | None = None) -> float | None:
    """Return the value as a number; `default` where it is absent or no number."""
    try:
        return float(text(value))
    except ValueError:
        return default


def items(value: Any) -> list[str]:
    """Return the members of a list, of a text with `##`, or of a text with commas or blanks between them.

    Secrets among them are there by value, for a comparison.
    """
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    said = plain(value)
    parts = said.split("##") if "##" in said else said.replace(",", " ").split()
    return [part.strip() for part in parts if part.strip()]


def duration(seconds: float | None) -> str:
    """Return `5 minutes`, `12 hours`, `90 seconds`; "no limit" for None."""
    if seconds is None:
        return "no limit"
    for unit, size in _UNITS:
        count = seconds / size
        if count >= 1 and count == int(count):
            return f"{int(count):,} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"
