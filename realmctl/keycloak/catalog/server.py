"""What a Keycloak server has beside types of objects: password policies, themes, locales, events, algorithms.

Packaged data of a real server. Must not know about: YAML, files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PasswordPart:
    """One part of a password policy. `takes` is "int", "String", or "" where it has no value."""

    takes: str
    several: bool


@dataclass(frozen=True, slots=True)
class ServerLists:
    """The server's own lists; what somebody deployed is not in them."""

    version: str
    password_policies: Mapping[str, PasswordPart]
    hash_algorithms: tuple[str, ...]
    themes: Mapping[str, tuple[str, ...]]
    """Type of theme (login, account, admin, email) → names."""
    locales: tuple[str, ...]
    """Those that a theme of Keycloak's has texts for."""
    event_listeners: tuple[str, ...]
    event_types: tuple[str, ...]
    signatures: tuple[str, ...]
    key_encryptions: tuple[str, ...]
    content_encryptions: tuple[str, ...]


@cache
def server() -> ServerLists:
    """What Keycloak ships; read once."""
    found = json.loads(files(__package__).joinpath("data", "server.json").read_text(encoding="utf-8"))
    return ServerLists(
        version=found["version"],
        password_policies={name: PasswordPart(**one) for name, one in found["passwordPolicies"].items()},
        themes={kind: tuple(names) for kind, names in found["themes"].items()},
        **{
            field: tuple(found[key])
            for field, key in (
                ("hash_algorithms", "hashAlgorithms"),
                ("locales", "locales"),
                ("event_listeners", "eventListeners"),
                ("event_types", "eventTypes"),
                ("signatures", "signatures"),
                ("key_encryptions", "keyEncryptions"),
                ("content_encryptions", "contentEncryptions"),
            )
        },
    )
