"""What null takes away of each kind's objects, and what realmctl sends in its place.

By experiment on 26.7.3; a live test takes each field away. A field that is in no table always has a value: Keycloak
ignores a null there, or answers with its default, or (an empty `otpPolicyType`) breaks the realm. Pure. Must not know
about: any other kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from realmctl.keycloak.kinds.client_attributes import MADE_UP

OMIT = None
"""Sent in place of a null: nothing, since a PUT without the field takes it away."""
EACH_KEY: Mapping[str, None] = {}
"""Of a map: null for each of its keys."""


def _ways(
    *,
    texts: tuple[str, ...] = (),
    lists: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    maps: tuple[str, ...] = (),
) -> Mapping[str, Any]:
    """The fields that are taken away by an empty text, by an empty list, by being left out, and key by key."""
    return {
        **dict.fromkeys(texts, ""), **{name: [] for name in lists}, **dict.fromkeys(left_out, OMIT),
        **dict.fromkeys(maps, EACH_KEY),
    }  # fmt: skip


_ROLE = _ways(left_out=("description",), maps=("attributes",))
_MAPPER = _ways(left_out=("consentText",), maps=("config",))
EMPTY: Mapping[str, Mapping[str, Any]] = {
    "realm": _ways(
        texts=(
            "displayName", "displayNameHtml", "passwordPolicy", "defaultLocale",
            "loginTheme", "accountTheme", "adminTheme", "emailTheme",
            "webAuthnPolicyRpId", "webAuthnPolicyPasswordlessRpId",
        ),
        lists=(
            "requiredCredentials", "eventsListeners", "enabledEventTypes", "supportedLocales",
            "webAuthnPolicyAcceptableAaguids", "webAuthnPolicyPasswordlessAcceptableAaguids",
            "webAuthnPolicyExtraOrigins", "webAuthnPolicyPasswordlessExtraOrigins",
        ),
        left_out=("webAuthnPolicyPasswordlessPasskeysEnabled", "webAuthnPolicyPasswordlessMediation"),
        maps=("smtpServer",),
    ),
    "client": _ways(
        texts=("name", "description", "rootUrl", "adminUrl", "baseUrl"),
        lists=("redirectUris", "webOrigins"),
        maps=("attributes",),
    ),
    "client-flow-overrides": _ways(maps=("authenticationFlowBindingOverrides",)),
    "client-scope": _ways(texts=("description",), maps=("attributes",)),
    "role": _ROLE,
    "client-role": _ROLE,
    "group": _ROLE,
    "protocol-mapper": _MAPPER,
    "scope-mapper": _MAPPER,
    "identity-provider": _ways(
        left_out=(
            "displayName", "firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias", "trustEmail", "storeToken",
            "addReadTokenRoleOnCreate", "authenticateByDefault", "linkOnly", "hideOnLogin",
        ),
    ),
    "identity-provider-mapper": _ways(maps=("config",)),
    "flow": _ways(texts=("description",)),
    "required-action": _ways(maps=("config",)),
    "component": {},
    "sub-component": {},
    "organization": _ways(left_out=("description", "redirectUrl"), lists=("domains",), maps=("attributes",)),
    "client-profile": _ways(left_out=("description",), lists=("executors",)),
    "client-policy": _ways(left_out=("description", "mode"), lists=("conditions", "profiles")),
    "workflow": _ways(left_out=("on", "if", "schedule", "concurrency")),
    "authorization": {},
    "authorization-scope": _ways(left_out=("displayName", "iconUri")),
    "authorization-resource": _ways(
        left_out=("displayName", "type", "icon_uri", "ownerManagedAccess"),
        lists=("uris", "scopes"),
        maps=("attributes",),
    ),
    "authorization-policy": _ways(left_out=("description",)),
    "user": _ways(
        texts=("email", "firstName", "lastName"), lists=("requiredActions",), left_out=("emailVerified",),
        maps=("attributes",),
    ),
    "user-profile": _ways(left_out=("unmanagedAttributePolicy",)),
    "flow-bindings": {},
}  # fmt: skip
"""By kind and field: what is sent."""


def emptied(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an object of the kind, with what empties one wherever that is null."""
    empty = EMPTY.get(kind, {})
    return {name: empty.get(name) if value is None else value for name, value in fields.items()}


def with_each_key(kind: str, want: Mapping[str, Any], have: Mapping[str, Any]) -> dict[str, Any]:
    """Return the maps of an object that are declared null, with null for each live key but those that stay."""
    return {
        name: {key: None for key in have.get(name) or () if key not in MADE_UP and not key.startswith("realmctl.")}
        for name in _maps(kind)
        if name in want and want[name] is None
    }


@cache
def _maps(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of which null takes away each key."""
    return tuple(name for name, way in EMPTY.get(kind, {}).items() if way is EACH_KEY)


def ignored(kind: str, name: str) -> bool:
    """Whether null for that field of an object of the kind changes nothing."""
    return kind in EMPTY and name not in EMPTY[kind]


ALWAYS_THERE: Mapping[tuple[str, str], frozenset[str]] = {
    ("identity-provider", "config"): frozenset({"syncMode"}),
    ("realm", "attributes"): frozenset(
        {
            "cibaBackchannelTokenDeliveryMode", "cibaExpiresIn", "cibaAuthRequestedUserHint", "cibaInterval",
            "parRequestUriLifespan", "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval",
        }
    ),
}  # fmt: skip
"""By kind and map: the keys that Keycloak answers with their default where null is sent."""
