"""Realms drawn at random: every kind, and names that nobody thought of. Each says of every object the same fields.

What a file leaves unsaid stays as it was, so that two realms can only be expected to end up equal where both say the
same; what one of them leaves out altogether is an object. No test is in here.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.every_kind import LDAP, OLDER

Draw = st.SearchStrategy
_LONG = "x" * 255

ODD = (
    "a b", "b/c", "c%2F", 'd "q" \'s\'', "e\N{GRINNING FACE}", "\xe9", "e\u0301", "\u0430pi", "f#?&=;+,:@", "g.h",
    "<i>", "[j]{k}|\\^~`", "Offline_Access", "K", "k", "default-roles", "l" + _LONG[1:], "null", "true", "1e3", "-",
    "m\u202en",
)  # fmt: skip
"""Spaces, slashes, escapes, quotes, emoji, look-alikes, composed and not, cases, built-ins' near misses, long ones."""
PLAIN = ("one", "two", "three-3", "Four_4", "v1.5")
"""Where Keycloak takes few characters: scopes, aliases of providers."""
TEXTS = ("", "A text", "\xfc \N{GRINNING FACE} 100%", '"quoted" \\ $(', "${role_x}", "0123")
PROVIDERS = ("hop-one", "hop-two")
"""Identity providers that steps of flows lead to: each realm has them."""
BROKER = {
    "providerId": "oidc",
    "config": {
        "clientId": "broker", "clientSecret": "drawn", "authorizationUrl": "https://a.example/a",
        "tokenUrl": "https://a.example/t",
    },
}  # fmt: skip
ALIASES = ("ours", "o w n", "fl%w", "flow\N{GRINNING FACE}", "'it''s'", "Browser", "y" * 200)


def _some(draw: st.DrawFn, names: tuple[str, ...] | list[str], most: int = 3) -> list[str]:
    return sorted(draw(st.lists(st.sampled_from(names), unique=True, max_size=most))) if names else []


def _text(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(TEXTS))


def _attributes(draw: st.DrawFn) -> dict[str, Any]:
    values: Draw[list[str] | None] = st.sampled_from([None, ["v"], ["\xfc", "a b", "0"]])
    return {key: draw(values) for key in ("k", "a b", "\xfc/%")}


def _mappers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        name: {
            "protocol": "openid-connect",
            "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {
                "claim.name": draw(st.sampled_from(["c", "a.b"])),
                "claim.value": draw(st.sampled_from(["1", "\xfc"])),
            },
        }
        for name in _some(draw, ODD, 2)
    }


@st.composite
def realms(draw: st.DrawFn) -> dict[str, Any]:
    """One realm, as its file would say it."""
    roles = _roles(draw)
    names = list(roles)
    scopes = _scopes(draw, names)
    flows = _flows(draw)
    clients = _clients(draw, names, list(scopes), list(flows))
    groups = _groups(draw, names, clients)
    providers = {**dict.fromkeys(PROVIDERS, BROKER), **_providers(draw, names)}
    said: dict[str, Any] = {
        **_settings(draw),
        "roles": roles,
        "clientScopes": scopes,
        "authenticationFlows": flows,
        "clients": clients,
        "groups": groups,
        "identityProviders": providers,
        "browserFlow": draw(st.sampled_from(["browser", *flows])),
        "defaultRoles": ["offline_access", *_some(draw, names, 2)],
        "defaultGroups": ["/" + name.replace("/", "~/") for name in _some(draw, list(groups), 1)],
        "requiredActions": {
            "CONFIGURE_TOTP": {"enabled": draw(st.booleans()), "priority": draw(st.sampled_from([10, 55]))},
        },
        "userProfile": _profile(draw),
        "components": _components(draw),
        **_policies(draw),
        "organizationsEnabled": True,
        "organizations": _organizations(draw, list(providers)),
    }
    if not OLDER:
        said["workflows"] = _workflows(draw)
    return said


def _settings(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "displayName": _text(draw),
        "accessTokenLifespan": draw(st.sampled_from([60, 300])),
        "bruteForceProtected": draw(st.booleans()),
        "passwordPolicy": draw(st.sampled_from(["", "length(14)", "length(8) and notUsername(undefined)"])),
        "otpPolicyDigits": draw(st.sampled_from([6, 8])),
        "webAuthnPolicyUserVerificationRequirement": draw(st.sampled_from(["required", "discouraged"])),
        "webAuthnPolicyPasswordlessCreateTimeout": draw(st.sampled_from([0, 120])),
        "browserSecurityHeaders": {"xFrameOptions": draw(st.sampled_from(["DENY", "SAMEORIGIN"]))},
        "smtpServer": draw(st.sampled_from([{}, {"host": "smtp.example.com", "from": "a@b.example"}]))
        or dict.fromkeys(("host", "from")),
        "attributes": {"odd key/%": draw(st.sampled_from([None, "v", "\xfc"]))},
        "eventsEnabled": draw(st.booleans()),
        "enabledEventTypes": ["LOGIN", *_some(draw, ["LOGOUT", "REGISTER"])],
        "internationalizationEnabled": True,
        "supportedLocales": ["de", "en"],
        "localization": {"de": {key: draw(st.sampled_from([None, "x", "\xfc %"])) for key in ("title", "a b/c")}},
    }


def _roles(draw: st.DrawFn) -> dict[str, Any]:
    """Roles whose composites only lead on to later names: Keycloak takes circles, people don't mean them."""
    names = _some(draw, ODD)
    return {
        name: {
            "description": _text(draw),
            "attributes": _attributes(draw),
            "composites": {
                "realm": _some(draw, names[index + 1 :], 2),
                "client": {"account": _some(draw, ["view-profile"])},
            },
        }
        for index, name in enumerate(names)
    }


def _scopes(draw: st.DrawFn, roles: list[str]) -> dict[str, Any]:
    return {
        name: {
            "description": _text(draw),
            "protocol": "openid-connect",
            "attributes": {"include.in.token.scope": draw(st.booleans()), "consent.screen.text": _text(draw) or None},
            "protocolMappers": _mappers(draw),
            "scopeMappings": _some(draw, roles, 1),
        }
        for name in _some(draw, PLAIN, 2)
    }


def _step(draw: st.DrawFn, depth: int, taken: set[str]) -> dict[str, Any]:
    kind = draw(st.integers(0, 3 if depth else 2))
    if kind < 2:
        return {"authenticator": ("auth-cookie", "auth-spnego")[kind], "requirement": "ALTERNATIVE"}
    free = [alias for alias in ("part/1", "part 2", "p%3", "\xfcnder") if alias not in taken and "/" not in alias]
    if kind == 3 and free:
        alias = draw(st.sampled_from(free))
        taken.add(alias)
        steps = [_step(draw, depth - 1, taken) for _ in range(draw(st.integers(1, 2)))]
        requirement = draw(st.sampled_from(["ALTERNATIVE", "DISABLED"]))
        return {"flow": alias, "description": _text(draw), "requirement": requirement, "executions": steps}
    alias = f"to a provider {len(taken)}"
    taken.add(alias)
    return {
        "authenticator": "identity-provider-redirector",
        "requirement": "ALTERNATIVE",
        "configAlias": alias,
        "config": {"defaultProvider": draw(st.sampled_from(PROVIDERS))},
    }


def _flows(draw: st.DrawFn) -> dict[str, Any]:
    taken: set[str] = set()
    return {
        alias: {
            "description": _text(draw),
            "executions": [_step(draw, 2, taken) for _ in range(draw(st.integers(1, 3)))],
        }
        for alias in _some(draw, ALIASES, 2)
    }


def _clients(draw: st.DrawFn, roles: list[str], scopes: list[str], flows: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _some(draw, [one for one in ODD if len(one) < len(_LONG)], 3):
        wanted = draw(st.permutations(["email", "phone", *scopes]))
        split = draw(st.integers(0, len(wanted)))
        service = draw(st.booleans())
        found[name] = {
            "name": _text(draw),
            "description": _text(draw),
            "enabled": draw(st.booleans()),
            "publicClient": False,
            "standardFlowEnabled": draw(st.booleans()),
            "serviceAccountsEnabled": service,
            "secret": "drawn",
            "redirectUris": _some(draw, ["https://a.example/cb", "https://b.example/x%20y*"]),
            "webOrigins": _some(draw, ["https://a.example"]),
            "attributes": {
                "pkce.code.challenge.method": draw(st.sampled_from([None, "S256"])),
                "odd key": _text(draw) or None,
            },
            "fullScopeAllowed": draw(st.booleans()),
            "scopeMappings": _some(draw, roles, 2),
            "defaultClientScopes": list(wanted[:split]),
            "optionalClientScopes": list(wanted[split:]),
            "protocolMappers": _mappers(draw),
            "roles": {role: {"description": _text(draw)} for role in _some(draw, ODD, 2)},
            "authenticationFlowBindingOverrides": {"browser": draw(st.sampled_from([None, *flows]))},
        }
        if service:
            found[name] |= {"serviceAccountRoles": _some(draw, roles, 2), "serviceAccountGroups": []}
        if service and draw(st.booleans()):
            found[name] |= _authorization(draw, name, roles)
        else:
            found[name]["authorizationServicesEnabled"] = False
    return found


def _authorization(draw: st.DrawFn, client: str, roles: list[str]) -> dict[str, Any]:
    scopes = _some(draw, ODD, 2)
    policies: dict[str, Any] = {"self": {"type": "client", "logic": "POSITIVE", "config": {"clients": [client]}}}
    roles = [role for role in roles if "/" not in role]  # Keycloak takes what is before a slash for a client.
    if roles:
        policies["some role"] = {
            "type": "role",
            "logic": "NEGATIVE",
            "config": {"roles": _some(draw, roles[:1]) or roles[:1]},
        }
    resources = {
        name: {
            "displayName": _text(draw),
            "type": draw(st.sampled_from(["urn:x", "urn:\xfc"])),
            "scopes": scopes,
            "uris": ["/a b/*"],
        }
        for name in _some(draw, ODD, 2)
    }
    for name in resources:
        policies[f"see {name}"[:255]] = {
            "type": "resource",
            "description": _text(draw),
            "config": {"resources": [name], "applyPolicies": ["self"]},
        }
    return {
        "authorizationServicesEnabled": True,
        "roles": {"uma_protection": {}, "use": {"description": ""}},
        "authorizationSettings": {
            "policyEnforcementMode": draw(st.sampled_from(["ENFORCING", "PERMISSIVE"])),
            "decisionStrategy": draw(st.sampled_from(["UNANIMOUS", "AFFIRMATIVE"])),
            "scopes": {name: {"displayName": _text(draw)} for name in scopes},
            "resources": resources,
            "policies": policies,
        },
    }


def _groups(draw: st.DrawFn, roles: list[str], clients: dict[str, Any], depth: int = 2) -> dict[str, Any]:
    return {
        name: {
            "description": _text(draw),
            "attributes": _attributes(draw),
            "realmRoles": _some(draw, roles, 1),
            "clientRoles": {client: list(said["roles"])[:1] for client, said in clients.items() if draw(st.booleans())},
            "subGroups": _groups(draw, roles, {}, depth - 1) if depth and draw(st.booleans()) else {},
        }
        for name in _some(draw, ODD, 2)
    }


def _providers(draw: st.DrawFn, roles: list[str]) -> dict[str, Any]:
    plain = [role for role in roles if "." not in role]
    return {
        alias: {
            "providerId": "oidc",
            "displayName": _text(draw),
            "enabled": draw(st.booleans()),
            "trustEmail": draw(st.booleans()),
            "config": {
                "clientId": "broker",
                "clientSecret": "drawn",
                "authorizationUrl": "https://a.example/a",
                "tokenUrl": "https://a.example/t",
                "pkceEnabled": draw(st.booleans()),
                "pkceMethod": "S256",
                "defaultScope": _text(draw) or None,
            },
            "mappers": {
                name: {
                    "identityProviderMapper": "oidc-hardcoded-role-idp-mapper",
                    "config": {"syncMode": "INHERIT", "role": plain[0]},
                }
                for name in (_some(draw, ODD, 2) if plain else ())
            },
        }
        for alias in _some(draw, PLAIN, 2)
    }


def _profile(draw: st.DrawFn) -> dict[str, Any]:
    attribute = {
        "displayName": _text(draw) or "D",
        "permissions": {"view": ["admin"], "edit": ["admin"]},
        "multivalued": draw(st.booleans()),
    }
    attributes = {name: draw(st.sampled_from([None, attribute])) for name in ("department", "cost.center")}
    there = [name for name, said in attributes.items() if said]
    return {
        "unmanagedAttributePolicy": draw(st.sampled_from(["ADMIN_VIEW", "ENABLED"])),
        "attributes": attributes,
        "attributeOrder": draw(st.permutations(["username", "email", "firstName", "lastName", *there])),
    }


def _components(draw: st.DrawFn) -> dict[str, Any]:
    keys = {
        name: {
            "providerId": "hmac-generated",
            "config": {"priority": draw(st.sampled_from([5, 7])), "enabled": draw(st.booleans())},
        }
        for name in _some(draw, ODD, 2)
    }
    federation = {
        name: {**LDAP, "config": {**LDAP["config"], "bindCredential": "drawn"}} for name in _some(draw, ODD, 1)
    }
    return {"keys": keys, "userFederation": federation}


def _policies(draw: st.DrawFn) -> dict[str, Any]:
    profiles = {
        name: {
            "description": _text(draw),
            "executors": [{"executor": "pkce-enforcer", "configuration": {"auto-configure": draw(st.booleans())}}],
        }
        for name in _some(draw, ODD, 2)
    }
    policies = {
        name: {
            "description": _text(draw),
            "enabled": False,
            "conditions": [{"condition": "client-scopes", "configuration": {"type": "Optional", "scopes": ["phone"]}}],
            "profiles": list(profiles),
        }
        for name in _some(draw, ODD, 1)
    }
    return {"clientProfiles": profiles, "clientPolicies": policies}


def _organizations(draw: st.DrawFn, providers: list[str]) -> dict[str, Any]:
    linked = _some(draw, providers, 1)
    found: dict[str, Any] = {}
    for index, alias in enumerate(_some(draw, ["acme", "a-b", "org.3"], 2)):
        found[alias] = {
            "name": draw(st.sampled_from(["Acme Ltd.", "\xfc \N{GRINNING FACE}"])) + f" {alias}",
            "description": _text(draw),
            # Who is off takes its providers along.
            "enabled": bool(linked and not index) or draw(st.booleans()),
            "attributes": _attributes(draw),
            "domains": [f"{alias}.example"],
            "identityProviders": linked if not index else [],
        }
    return found


def _workflows(draw: st.DrawFn) -> dict[str, Any]:
    return {
        name: {
            "on": "user_created",
            "enabled": draw(st.booleans()),
            "steps": [{"uses": "disable-user", "after": draw(st.sampled_from(["5d", "10d"]))}],
        }
        for name in _some(draw, ODD, 1)
    }
