"""What null takes away of the realm and of clients, where Keycloak ignores a null, and what it wants in place of it.

By experiment on 26.7.3. Of all other fields nothing does: an empty text is refused, answered with the default, or even
kept (an empty `otpPolicyType` breaks the realm). Pure. Must not know about: any other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = {
    "realm": (
        "displayName", "displayNameHtml", "passwordPolicy", "defaultLocale",
        "loginTheme", "accountTheme", "adminTheme", "emailTheme",
    ),
    "client": ("name", "description", "rootUrl", "adminUrl", "baseUrl"),
}  # fmt: skip
_LISTS = {
    "realm": ("requiredCredentials", "eventsListeners", "enabledEventTypes", "supportedLocales"),
    "client": ("redirectUris", "webOrigins"),
}
EMPTY: Mapping[str, Mapping[str, Any]] = {
    kind: {**dict.fromkeys(_TEXTS[kind], ""), **{name: [] for name in _LISTS[kind]}} for kind in _TEXTS
}
"""By kind and field: what is sent."""


def emptied(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an object of the kind, with what empties one wherever that is null."""
    empty = EMPTY[kind]
    return {name: empty.get(name) if value is None else value for name, value in fields.items()}


def ignored(kind: str, name: str) -> bool:
    """Whether null for that field of an object of the kind changes nothing."""
    return kind in EMPTY and name not in EMPTY[kind]
