"""Which clients show what they log in with to everybody who may view clients.

By experiment (26.7.3). Must not know about: single realms, who views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SECRETS = ("client-secret", "client-secret-jwt")
_PRIVATE_KEY = "jwt.credential.private.key"
"""The attribute with a key that Keycloak made for the client, and keeps."""


def shows_credential(client: Mapping[str, Any]) -> bool:
    """Return whether `view-clients` reads the credential of this confidential client (fields of a representation)."""
    kind = client.get("clientAuthenticatorType") or "client-secret"
    return kind in _SECRETS or (kind == "client-jwt" and _PRIVATE_KEY in (client.get("attributes") or {}))
