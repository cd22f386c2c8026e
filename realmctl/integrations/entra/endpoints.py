"""Entra's own word on its endpoints, its discovery document, beside what the realm uses.

Fetched by hand, once, and pinned in the files, where a reviewer sees it change: a login must not depend on a document
that somebody else may change overnight. Must not know about: Microsoft Graph, terminals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.config.macros.entra import EntraSaying
from realmctl.errors import NotFound, ServerError
from realmctl.keycloak.admin.connection_errors import AddressSetting
from realmctl.keycloak.admin.other_servers import Web

_SETTING = AddressSetting("Entra", "the realm's authority", "")
_KEYS = {
    "issuer": ("issuer", "issuer"),
    "authorization": ("authorizationUrl", "authorization_endpoint"),
    "token": ("tokenUrl", "token_endpoint"),
    "logout": ("logoutUrl", "end_session_endpoint"),
    "keys": ("jwksUrl", "jwks_uri"),
}
"""Field of the word's `endpoints` → key of the broker's config, and of the discovery document."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address: as the realm has it, and as the document says it."""

    name: str
    used: str
    told: str

    @property
    def same(self) -> bool:
        """Whether the realm uses what Entra says."""
        return self.told in self.used.split(",")


def discover_endpoints(
    word: EntraSaying, config: Mapping[str, Any], *, ca: str | None, timeout: float
) -> list[Endpoint]:
    """The endpoints of the word's tenant, of several the first. `config` is the broker's own.

    Raises NotFound where there is no such tenant, Unreachable, and ServerError for any other answer.
    """
    url = f"{word.authority}/{word.home}/v2.0/.well-known/openid-configuration"
    web = Web(_SETTING, ca=ca, timeout=timeout)
    try:
        reply = web.send("GET", url)
    finally:
        web.close()
    try:
        document = json.loads(reply.content or b"")
    except ValueError:
        document = None
    if reply.status >= 300 or not isinstance(document, dict) or "issuer" not in document:
        if reply.status in (400, 404):
            raise NotFound(
                f"There is no tenant {word.home} at {word.authority}.", advice="Check tenantId and authority."
            )
        raise ServerError(f"{url} answered {reply.status}, and not with a discovery document.", status=reply.status)
    found = [(name, str(config.get(used, "")), str(document.get(told, ""))) for name, (used, told) in _KEYS.items()]
    if len(word.issuing) > 1:
        # People of several tenants sign in at an address that is nobody's own.
        found = [(name, used, told.replace(f"/{word.home}/", "/organizations/") if name != "issuer" else told)
                 for name, used, told in found]  # fmt: skip
    return [Endpoint(*one) for one in found]


def text(realm: str, endpoints: list[Endpoint]) -> str:
    """What differs, as the lines that would pin it; or that nothing does."""
    different = [one for one in endpoints if not one.same]
    if not different:
        return f"{realm}: all five endpoints are as Entra's discovery document has them.\n"
    lines = [f"{realm}: Entra's discovery document has other endpoints. To pin these:", "", "entra:", "  endpoints:"]
    lines += [f"    {one.name}: {one.told}  # now {one.used}" for one in different]
    return "\n".join([*lines, ""])
