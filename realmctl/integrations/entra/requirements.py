"""What a realm wants of its app registration, drawn from its word `entra` and what it compiles to.

Must not know about: Microsoft Graph, HTTP, what the registration is like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit

from realmctl.config.macros.entra import EntraSaying
from realmctl.errors import Place, UsageProblem
from realmctl.model.secret import Secret

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig

Authentication = Literal["secret", "certificate", "federated", "unsupported"]

_METHODS: Mapping[str, Authentication] = {
    "client_secret_post": "secret",
    "client_secret_basic": "secret",
    "private_key_jwt": "certificate",
    # Keycloak can, Entra can't: its discovery document has only the three above.
    "client_secret_jwt": "unsupported",
}
"""Keycloak's `clientAuthMethod`, and the kind of credential that it takes. Others come of a provider of one's own."""


@dataclass(frozen=True)
class Want:
    """One realm's wishes. `base` is Keycloak's public address with its path, `scopes` what the browser asks for."""

    realm: str
    base: str
    word: EntraSaying
    config: RealmConfig
    client_id: str
    scopes: tuple[str, ...]
    authentication: Authentication
    x509_headers: bool
    secret: Secret | None

    @property
    def redirect_uri(self) -> str:
        """Where Entra sends the browser after a login (Keycloak's broker endpoint)."""
        return f"{self.base}/realms/{quote(self.realm, safe='')}/broker/{quote(self.word.alias, safe='')}/endpoint"

    @property
    def logout_uri(self) -> str:
        """Where Entra sends the browser after a logout that began in Keycloak (26.7.3: OIDCIdentityProvider)."""
        return f"{self.redirect_uri}/logout_response"

    @property
    def claims(self) -> dict[str, tuple[str, ...]]:
        """Every claim of the ID token that the realm reads, and the path in the word that asks for it."""
        word = self.word
        found: dict[str, tuple[str, ...]] = {
            word.usernameClaim: ("usernameClaim",),
            word.emailClaim: ("emailClaim",),
        }
        for claim, attribute in {"oid": "entra_oid", **word.attributes}.items():
            if attribute is not None:
                found.setdefault(claim, ("attributes", claim) if claim in word.attributes else ())
        return found

    @property
    def tenant_place(self) -> Place:
        """Where the realm's files say whose people may come in."""
        return self.place("tenants" if self.word.tenants else "tenantId")

    def place(self, *path: str | int) -> Place:
        """Where the realm's files ask for what is at `path` in the word: its key, or the nearest thing above it."""
        origin = self.config.origin
        return origin.key_place("entra", *path) if path else origin.key_place("entra")

    def provider_place(self, key: str, *path: str) -> Place:
        """Where a key of the provider's `config` was said; `path` is where the word says it, unless overridden."""
        found = self.config.origin.key_place("identityProviders", self.word.alias, "config", key)
        said = self.place(*path)
        return found if found != self.config.origin.key_place("entra") else said


def want_of(config: RealmConfig, *, public_url: str | None, url: str | None) -> Want | None:
    """What the realm wants; None where it has no word `entra`.

    Keycloak's public address is, in this order, `public_url`; the realm's own `frontendUrl`, which outdoes the
    server's; `url`, under which realmctl reaches it. Raises UsageProblem where there is none, or it can't be meant.
    """
    word = config.words.get("entra")
    if not isinstance(word, EntraSaying):
        return None
    provider: dict[str, Any] = config.expanded["identityProviders"][word.alias]["config"]
    method = str(provider.get("clientAuthMethod", "client_secret_post"))
    secret = config.sections["identityProviders"][word.alias]["config"].get("clientSecret")
    attributes = config.expanded.get("attributes") or {}
    scopes = provider.get("defaultScope") or ""
    return Want(
        realm=config.name,
        base=_address(public_url or str(attributes.get("frontendUrl") or "") or url),
        word=word,
        config=config,
        client_id=str(provider.get("clientId", word.clientId)),
        scopes=tuple(map(str, scopes if isinstance(scopes, list) else str(scopes).split())),
        authentication=_METHODS.get(method, "federated"),
        x509_headers=str(provider.get("jwtX509HeadersEnabled", "")).lower() == "true",
        secret=secret if isinstance(secret, Secret) and not secret.vault and secret.reveal() else None,
    )


def _address(text: str | None) -> str:
    if not text:
        raise UsageProblem(
            "Nothing says under which address people reach Keycloak, so the redirect URI is not known.",
            advice="Give it with --public-url or KEYCLOAK_PUBLIC_URL, with Keycloak's path: "
            "https://apps.example.com/auth. KEYCLOAK_URL will do where both are the same.",
        )
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageProblem(
            f"{text!r} is not an address that a browser could be sent to.",
            advice="Write --public-url (or KEYCLOAK_PUBLIC_URL) like https://apps.example.com/auth.",
        )
    return text.rstrip("/")
