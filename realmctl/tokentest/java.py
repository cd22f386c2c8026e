"""What Keycloak's Java makes of a JSON value: its text, and whether it equals or matches a configured text.

As Keycloak 26.7.3 does it (AbstractClaimMapper, RegexUtils, MapperTypeSerializer). Pure. Must not know about: mappers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from realmctl.errors import RealmctlError

_INT = range(-(2**31), 2**31)
"""Numbers that Java reads as Integer. AbstractClaimMapper compares no longer ones."""


def text_of(value: Any) -> str:
    """Return `toString()` of a JSON value: `true`, `[a, b]`, `{k=v}`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={text_of(one)}" for key, one in value.items()) + "}"
    return str(value)


def _double(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, _, exponent = f"{value!r}e0".partition("e")
    if exponent == "0":
        # Python writes a power of ten from 1e16 on, Java from 1e7 on.
        sign, whole = ("-", digits[1:]) if value < 0 else ("", digits)
        before, _, after = whole.partition(".")
        return f"{sign}{before[0]}.{(before[1:] + after).rstrip('0') or '0'}E{len(before) - 1}"
    power = exponent.removesuffix("e0")
    return f"{digits if '.' in digits else f'{digits}.0'}E{int(power)}"


def trim(text: str) -> str:
    """Return `trim()` of a text: without control characters and blanks at both ends. Other white space stays."""
    return text.strip("".join(map(chr, range(0x21))))


def equals(wanted: str, value: Any) -> bool:
    """Whether a claim's value is the configured one (AbstractClaimMapper.valueEquals). A list: one of its values is."""
    if isinstance(value, list):
        return any(equals(wanted, one) for one in value)
    if isinstance(value, str):
        return value == wanted
    if isinstance(value, bool):
        # Boolean.valueOf: every text but `true` is false.
        return value == (wanted.lower() == "true")
    if isinstance(value, int):
        return value in _INT and re.fullmatch(r"[+-]?\d+", wanted) is not None and int(wanted) == value
    if isinstance(value, float):
        try:
            return float(wanted) == value
        except ValueError:
            return False
    return False


def matches(pattern: str, value: Any) -> bool:
    """Whether the whole of a claim's value matches (RegexUtils.valueMatchesRegex). A list: one of its values does.

    Raises RealmctlError for an expression that is not known here.
    """
    if isinstance(value, list):
        return any(matches(pattern, one) for one in value)
    try:
        return value is not None and re.fullmatch(pattern, text_of(value)) is not None
    except re.error as error:
        raise RealmctlError(
            f"the regular expression {pattern} can't be tried here: {error}",
            advice="write it without Java's own syntax, or write what the mapper gives under given instead",
        ) from error


def pairs(config: str | None) -> list[tuple[str, str]]:
    """Return keys and values of a map in a mapper's config: JSON, a list of `{key, value}`."""
    try:
        listed = json.loads(config or "[]")
    except ValueError:
        return []
    return [(str(one.get("key", "")), str(one.get("value", ""))) for one in listed if isinstance(one, Mapping)]
