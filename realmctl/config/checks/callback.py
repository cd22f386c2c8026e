"""Where the gateway's callback is: what is beside it needs no login, so it must not be around Keycloak.

Must not know about: services, the gateway's values.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.address import Address
from realmctl.model.service import covers


def check(subject: Subject) -> Iterator[Finding]:
    """A prefix of oauth2-proxy at, above or below Keycloak's path: it would open the console and other realms."""
    keycloak = keycloak_path(subject)
    if subject.gateway is None or keycloak is None:
        return
    gateway = subject.gateway
    # A backend that folds case would take /Auth for /auth.
    prefix, taken = gateway.proxy_prefix.casefold(), keycloak.casefold()
    if covers(prefix, taken) or covers(taken, prefix):
        message = f"{gateway.callbackPath} puts oauth2-proxy at {gateway.proxy_prefix}, and Keycloak is at "
        message += f"{keycloak or '/'}: its console would need no login"
        advice = "write callbackPath: /oauth2/callback"
        if covers(taken, "/oauth2"):
            advice = "give Keycloak a path of its own, such as publicUrl: https://HOST/auth"
        yield Finding("callback-at-keycloak", message, subject.place("oauth2Proxy", "callbackPath"), advice)


def keycloak_path(subject: Subject) -> str | None:
    """Keycloak's path on the gateway's own hosts, "" for their root; None where it is elsewhere, or no gateway is."""
    if subject.gateway is None:
        return None
    realm = subject.desired.resources.get(Address("realm", ()))
    said = ((realm.fields.get("attributes") if realm else None) or {}).get("frontendUrl")
    address = urlsplit(said if isinstance(said, str) and said else subject.gateway.keycloak_url)
    return address.path.rstrip("/") if address.netloc in subject.gateway.hosts else None
