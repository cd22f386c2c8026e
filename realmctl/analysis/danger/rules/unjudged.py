"""The rule for what no other rule judges: settings of providers that decide about logins and keys.

Must not know about: what any of them means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from realmctl.analysis.danger.harmless_fields import HARMLESS
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import plain
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.danger import Severity

H, M = Severity.HIGH, Severity.MEDIUM

_MAPS: Mapping[str, tuple[str, ...]] = {
    "identity-provider": ("config",),
    "component": ("config",),
    "client": ("attributes",),
    "realm": ("attributes", "smtpServer", "browserSecurityHeaders"),
    "required-action": ("config",),
}
"""The maps of settings, by kind. Those of mappers and steps are judged as a whole by rules of their own."""
_KEYCLOAKS = (
    "saml", "oauth2.", "oidc.", "client.use", "client.session", "client.offline", "access.token", "id.token", "jwt.",
    "tls.", "dpop", "ciba", "backchannel", "frontchannel", "acr.", "require.", "request.", "user.info", "x509",
    "standard.", "oid4vc", "vc.", "pkce", "token.", "authorization.", "introspection.", "logout.", "use.", "jwks",
    "minimum.", "default.acr", "allow.", "security", "cibaBack", "actionToken", "webAuthn", "otp", "bruteForce",
)  # fmt: skip
"""What Keycloak's own attributes of clients and realms begin with; all others are free for applications."""
_OURS = ("realmctl.",)


def _unjudged(t: Transition) -> Iterator[Found]:
    for kind, maps in _MAPS.items():
        for address in t.of(kind):
            if t.is_new(address) or (kind == "component" and address.names[0] not in ("keys", "userFederation")):
                continue
            for field in maps:
                old, new = (view.get(address, field) or {} for view in (t.before, t.after))
                keys = [key for key in sorted({*old, *new}) if plain(old.get(key)) != plain(new.get(key))]
                left = [key for key in keys if _is_open(kind, field, key)]
                inner = [key for key in keys if (kind, field) == ("realm", "attributes") and _is_inner(key)]
                if inner:
                    told = say("The attribute {keys} of the realm overrides a setting that Keycloak keeps under this "
                        "name.",
                               keys=list_names(inner))  # fmt: skip
                    yield Found(H, told, address, (field, inner[0]))
                    left = [key for key in left if key not in inner]
                if left:
                    name = " / ".join(address.names) or "the realm"
                    told = say(
                        "realmctl has no rule for {keys} of {name}, which changes. Check what the setting means.",
                        keys=list_names(left),
                        name=name,
                    )
                    yield Found(M, told, address, (field, left[0]))


def _is_inner(key: str) -> bool:
    """Whether Keycloak itself keeps a setting of the realm in an attribute of this name (JpaRealmAdapter, 26.7.3)."""
    said = f"realm.attributes.{key}" in judged_fields()
    return not said and (key in kinds()["realm"].fields() or key.endswith(("FlowId", "Enabled")))


def _is_open(kind: str, field: str, key: str) -> bool:
    if key.startswith(_OURS) or f"{kind}.{field}.{key}" in judged_fields():
        return False
    return field != "attributes" or kind == "realm" or key.startswith(_KEYCLOAKS)


@cache
def judged_fields() -> frozenset[str]:
    """Return every field that a rule looks at, or that is harmless."""
    from realmctl.analysis.danger import rule_set

    return frozenset(HARMLESS) | {field for rule in rule_set().values() for field in rule.fields}


RULES = (
    DangerRule(
        "setting-unjudged",
        H,
        "A setting changed that no rule judges",
        "Settings of identity providers, directories, keys, mail and security headers, and attributes of Keycloak's "
        "own, decide about logins. realmctl has a rule or a reason for each that Keycloak 26.7.3 ships; for others a "
        "reviewer has to know what the setting means. High for an attribute of the realm in which Keycloak keeps a "
        "setting of its own: it changes that setting under another name.",
        "Read the documentation of the provider.",
        _unjudged,
    ),
)
