"""The values that the comparison of two realms leaves out, each with its reason; docs/round-trips.md has this table.

Must not know about: how a realm is read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.live.naming import ORDERED, Path, matches


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A pattern of paths that are not compared, and why."""

    pattern: str
    reason: str


EXCLUSIONS = (
    Exclusion("** › createdTimestamp", "A time of creation."),
    Exclusion("** › client.secret.creation.time", "A time of creation."),
    Exclusion("** › client.secret.expiration.time", "A time."),
    Exclusion("** › access › *", "What the account that reads may do; not a part of the object."),
    Exclusion("components › * (*-generated*) › keys › * › kid", "Keycloak generates the key."),
    Exclusion("components › * (*-generated*) › keys › * › publicKey", "Keycloak generates the key."),
    Exclusion("components › * (*-generated*) › keys › * › certificate", "Keycloak generates the key."),
    Exclusion("components › * › keys › * › validTo", "A time."),
    Exclusion("components › ** › lastSync › **", "State: when the federation was last synchronised."),
    Exclusion("flows › ** › priority", "The order of the executions is compared; the numbers that make it are free."),
    Exclusion("flows › ** › authenticationConfig", "An id; the settings are compared. An import shares them."),
    Exclusion("flows › ** › settings › id", "An id; the settings are compared. An import shares them."),
    Exclusion("clients › broker › secret", "Keycloak's own client, bearer-only: no login takes this secret."),
    Exclusion("clients › realm-management › secret", "Keycloak's own client, bearer-only: no login takes this secret."),
    Exclusion("clients › realm-management › attributes › **", "Keycloak refuses every change of this client."),
    Exclusion("realm › attributes › realmctl*", "realmctl's own inventory and records."),
    Exclusion("** › realmctl.*", "realmctl's own inventory and records."),
)


@dataclass(frozen=True, slots=True)
class Implied:
    """A value that means what its absence means, and why.

    `where` restricts it to objects, such as `clients › api`, that have one of these values in a field. `follows` names
    a neighbour whose value counts where this one is absent.
    """

    pattern: str
    value: Any
    reason: str
    where: tuple[str, frozenset[str]] | None = None
    follows: str = ""

    def covers(self, path: Path, value: Any, values: Mapping[Path, Any]) -> bool:
        """Say whether the value at the path is such a one, given all values of the realm."""
        if not matches(path, self.pattern):
            return False
        if self.where and str(values.get((*path[:2], self.where[0]))) not in self.where[1]:
            return False
        if self.follows:
            return bool(value == values.get((*path[:-1], self.follows), "false"))
        return bool(self.value is ANY or value == self.value)


ANY = object()
_OPENID = ("protocol", frozenset({"openid-connect"}))
_NO_SECRET = ("clientAuthenticatorType", frozenset({"client-jwt", "client-x509", "federated-jwt"}))
_PARSED = "Boolean.parseBoolean of the attribute: none is false (OIDCAdvancedConfigWrapper)."

IMPLIED = (
    *(
        Implied(f"clients › * › attributes › {name}", "false", _PARSED, _OPENID)
        for name in (
            "backchannel.logout.revoke.offline.tokens",
            "backchannel.logout.session.required",
            "client_credentials.use_refresh_token",
            "exclude.issuer.from.auth.response",
            "exclude.session.state.from.auth.response",
            "id.token.as.detached.signature",
            "tls.client.certificate.bound.access.tokens",
            "token.response.type.bearer.lower-case",
            "use.jwks.url",
        )
    ),
    *(
        Implied(f"clients › * › attributes › {name}", "false", f"None is false ({getter}).", _OPENID)
        for name, getter in (
            ("client.introspection.response.allow.jwt.claim.enabled", "Constants"),
            ("client.use.lightweight.access.token.enabled", "Constants"),
            ("display.on.consent.screen", "ClientModel"),
            ("oauth2.device.authorization.grant.enabled", "OAuth2DeviceConfig"),
            ("oidc.ciba.grant.enabled", "CibaConfig"),
            ("require.pushed.authorization.requests", "ParConfig"),
        )
    ),
    Implied("clients › * › attributes › use.refresh.tokens", "true", "None is true.", _OPENID),
    Implied("clients › * › attributes › frontchannel.logout.session.required", "true", "None is true.", _OPENID),
    Implied("clients › * › attributes › post.logout.redirect.uris", "+", "None is all redirect URIs, as + is."),
    Implied("clients › * › attributes › saml.*", "false", "No login of an OpenID Connect client reads it.", _OPENID),
    Implied("clients › * › attributes › saml_*", "false", "No login of an OpenID Connect client reads it.", _OPENID),
    Implied("clients › * › secret", ANY, "Keycloak makes it up; this client authenticates otherwise.", _NO_SECRET),
    Implied(
        "clients › * › secret", ANY, "Keycloak makes it up; a SAML login takes none.", ("protocol", frozenset({"saml"}))
    ),
    Implied("clientScopes › * › attributes › display.on.consent.screen", "true", "None is true (ClientScopeModel)."),
    Implied("clientScopes › * › attributes › include.in.token.scope", "true", "None is true (ClientScopeModel)."),
    Implied("** › protocolMappers › * › config › lightweight.claim", "false", "None is false."),
    Implied("** › protocolMappers › * › config › access.tokenResponse.claim", "false", "None is false."),
    Implied("** › protocolMappers › * › config › aggregate.attrs", "false", "None is false."),
    Implied("** › protocolMappers › * › config › multivalued", "false", "None is false."),
    Implied(
        "** › protocolMappers › * › config › userinfo.token.claim",
        "as id.token.claim",
        "None is what id.token.claim says (OIDCAttributeMapperHelper).",
        follows="id.token.claim",
    ),
    Implied(
        "** › protocolMappers › * › config › introspection.token.claim",
        "as access.token.claim",
        "None is what access.token.claim says (OIDCAttributeMapperHelper).",
        follows="access.token.claim",
    ),
    *(
        Implied(f"identityProviders › * › {name}", False, "None is false (Booleans.isTrue).")
        for name in (
            "addReadTokenRoleOnCreate",
            "authenticateByDefault",
            "hideOnLogin",
            "linkOnly",
            "storeToken",
            "trustEmail",
        )
    ),
)
"""Read from Keycloak's classes (26.7.3), and not from realmctl's own table: the one checks the other."""


def excluded(path: Path) -> Exclusion | None:
    """Return the exclusion that a path falls under."""
    return next((one for one in EXCLUSIONS if matches(path, one.pattern)), None)


def compared(values: Iterator[tuple[Path, Any]]) -> Iterator[tuple[Path, Any]]:
    """Yield the values that no exclusion leaves out, and that say more than their absence."""
    found = {path: value for path, value in values if not excluded(path)}
    for path, value in found.items():
        if not any(one.covers(path, value, found) for one in IMPLIED):
            yield path, value


READ_AS_EQUAL = (
    ("An id, and the name of the object that has it", "Ids differ between two realms; a reference stays visible."),
    ("A text of JSON, and what it says", "Keycloak writes such a text with its keys in any order."),
    ("An empty text, list or object, and none", 'Keycloak stores most values of "" as none; an import keeps them.'),
    ("An attribute of the realm that repeats a field, and none", "An import writes the copy, a PUT does not."),
    ("The mask of a client's secret in a file, and none", "An import would store it: a text takes its place before."),
    ("Two orders of a list", "Keycloak stores the list as a set. The lists below are compared in order."),
)
"""What the comparison reads as equal, and why: `naming.py` does it."""

NOT_READ = (
    ("Users, but for service accounts", "realmctl manages a user only by name; an import leaves people out."),
    ("Sessions, consents, events, brute-force states", "They are state."),
    ("Initial access tokens, registration access tokens", "They are credentials that Keycloak hands out once."),
    ("Secrets that Keycloak masks", "No request shows them: a provider's secret, a password, a private key."),
    ("A sub-flow and a config that no flow leads to", "No list of the Admin API has them, and no login runs them."),
    ("Organizations of a realm that has them switched off", "Keycloak answers 404 for all of them."),
)
"""What the reader does not read, and why."""


def page() -> str:
    """Return the tables of docs/round-trips.md."""
    rows = [("Not compared", "Why"), *((f"`{one.pattern}`", one.reason) for one in EXCLUSIONS)]
    implied = [
        ("Means what its absence means", "Value", "Why"),
        *((f"`{one.pattern}`", "any" if one.value is ANY else f"`{_text(one.value)}`", _why(one)) for one in IMPLIED),
    ]
    equal = [("Read as equal", "Why"), *READ_AS_EQUAL]
    unread = [("Not read", "Why"), *NOT_READ]
    order = "In order: " + ", ".join(f"`{pattern}`" for pattern in ORDERED) + "."
    return "\n\n".join((*(_table(rows), _table(implied), _table(equal), _table(unread)), order))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _why(one: Implied) -> str:
    return f"{one.reason} Where {one.where[0]} is {', '.join(sorted(one.where[1]))}." if one.where else one.reason


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((head, "|" + "---|" * len(rows[0]), *body))


if __name__ == "__main__":
    sys.stdout.write(page() + "\n")
