"""What Keycloak itself fills in where a new object says nothing (26.7.3, by experiment), and what it makes up.

What is not listed here is empty in a new object. Must not know about: files, how objects are declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from realmctl.model.address import Address
from realmctl.model.objects import Live

Objects = Mapping[Address, Live]

_CLIENT: Mapping[str, Any] = {
    "enabled": True,
    "protocol": "openid-connect",
    "clientAuthenticatorType": "client-secret",
    "standardFlowEnabled": True,
    "fullScopeAllowed": True,
    "nodeReRegistrationTimeout": -1,
    "notBefore": 0,
}
_SAML_ATTRIBUTES: Mapping[str, str] = {
    "saml.allow.ecp.flow": "false",
    "saml.authnstatement": "true",
    "saml.client.signature": "true",
    "saml.force.post.binding": "true",
    "saml.server.signature": "true",
    "saml.signature.algorithm": "RSA_SHA256",
    "saml_force_name_id_format": "false",
    "saml_name_id_format": "username",
    "saml_signature_canonicalization_method": "http://www.w3.org/2001/10/xml-exc-c14n#",
}

_SERVICE_ACCOUNT = str(Address("client-scope", ("service_account",)))
"""Every client with a service account gets it."""

_WITHOUT_SECRET = ("client-jwt", "client-x509", "federated-jwt")
"""How clients authenticate that need no secret of Keycloak's making."""


_OF_CLIENT = (
    "client", "client-scopes-of-client", "protocol-mapper", "scope-mappings", "client-flow-overrides", "authorization",
    "authorization-scope", "authorization-resource", "authorization-policy", "client-role", "client-role-composites",
    "service-account-roles", "service-account-groups",
)  # fmt: skip
"""What of the client realm-management Keycloak refuses to change (26.7.3)."""


def unused_fields(live: Live, objects: Objects, *, builtin: bool) -> frozenset[str]:
    """Fields that hold what nobody decides: the secret that Keycloak makes up for each client."""
    if live.address.kind == "realm":
        return frozenset({"otpSupportedApplications"})
    if live.address.kind == "user-profile":
        return frozenset({"attributeOrder"})  # Said where the files give another one (`export.order`).
    client = objects.get(Address("client", live.address.names))
    fields = client.fields if client else {}
    if live.address.names[:1] == ("realm-management",) and live.address.kind in _OF_CLIENT:
        return frozenset(live.fields)
    if live.address.kind == "client" and (
        fields.get("publicClient")
        or fields.get("protocol") == "saml"
        or (builtin and fields.get("bearerOnly"))
        or fields.get("clientAuthenticatorType") in _WITHOUT_SECRET
    ):
        return frozenset({"secret"})
    return frozenset()


def filled_in(live: Live, objects: Objects) -> Mapping[str, Any] | None:
    """The fields of a new object of that name of which only its type is said; None for a kind nobody measured."""
    measured = _MEASURED.get(live.address.kind)
    return measured(live, objects) if measured else None


def _client(live: Live, _objects: Objects) -> Mapping[str, Any]:
    common = {
        **_CLIENT,
        "webOrigins": _origins(live.fields.get("redirectUris") or ()),
        "fullScopeAllowed": not live.fields.get("consentRequired"),
    }
    if live.fields.get("protocol") == "saml":
        return {**common, "frontchannelLogout": True, "attributes": _SAML_ATTRIBUTES}
    return common


def _origins(uris: Any) -> list[str]:
    """Keycloak allows the origins of a new client's redirect URIs, where it isn't told any."""
    found = set()
    for uri in uris:
        scheme, colon, rest = str(uri).partition("://")
        if colon and scheme in ("http", "https"):
            found.add(f"{scheme}://{rest.partition('/')[0]}")
    return sorted(found)


def _scopes_of_client(live: Live, objects: Objects) -> Mapping[str, Any]:
    """The realm's own, as far as they are of the client's protocol."""
    client = objects.get(Address("client", live.address.names))
    realm = objects.get(Address("realm-client-scopes"))
    protocol = (client.fields.get("protocol") if client else None) or "openid-connect"

    own = [_SERVICE_ACCOUNT] if client and client.fields.get("serviceAccountsEnabled") else []

    def fitting(field: str) -> list[str]:
        addresses = map(Address.parse, realm.fields.get(field) or () if realm else ())
        return [
            str(one)
            for one in addresses
            if (scope := objects.get(one)) and (scope.fields.get("protocol") or "openid-connect") == protocol
        ]

    found = {
        "defaultClientScopes": [*fitting("defaultDefaultClientScopes"), *own],
        "optionalClientScopes": fitting("defaultOptionalClientScopes"),
    }
    # A new client that is given one of the lists starts with the other one empty: one that has something in it says
    # enough; where both are empty, that has to be said.
    given = any(live.fields.get(name) for name in found)
    same = all(sorted(found[name]) == sorted(live.fields.get(name) or ()) for name in found)
    return found if same or not given else {}


def _mapper(live: Live, objects: Objects) -> Mapping[str, Any]:
    holder = "client" if live.address.kind == "protocol-mapper" else "client-scope"
    found = objects.get(Address(holder, live.address.names[:1]))
    protocol = (found.fields.get("protocol") if found else None) or "openid-connect"
    # A new one can't do without this, but one made by an older Keycloak may.
    told = "userinfo.token.claim" in (live.fields.get("config") or {})
    audience = told and live.fields.get("protocolMapper") == "oidc-audience-mapper"
    return {"protocol": protocol, **({"config": {"userinfo.token.claim": "false"}} if audience else {})}


def _joined(_live: Live, objects: Objects) -> Mapping[str, Any]:
    """A service account is a user, and joins what every new user joins."""
    realm = objects.get(Address("default-groups"))
    return {"serviceAccountGroups": realm.fields.get("defaultGroups") or [] if realm else []}


def _member(_live: Live, objects: Objects) -> Mapping[str, Any]:
    realm = objects.get(Address("default-groups"))
    return {"groups": realm.fields.get("defaultGroups") or [] if realm else []}


def _provider(live: Live, _objects: Objects) -> Mapping[str, Any]:
    google = {"config": {"issuer": "https://accounts.google.com"}}
    return {"enabled": True, **(google if live.fields.get("providerId") == "google" else {})}


def _nothing(_live: Live, _objects: Objects) -> Mapping[str, Any]:
    return {}


_MEASURED: Mapping[str, Callable[[Live, Objects], Mapping[str, Any]]] = {
    "client": _client,
    "client-scopes-of-client": _scopes_of_client,
    "protocol-mapper": _mapper,
    "scope-mapper": _mapper,
    "service-account-groups": _joined,
    "user": lambda _live, _objects: {"enabled": True, "emailVerified": False},
    "user-groups": _member,
    "identity-provider": _provider,
    "identity-provider-mapper": lambda _live, _objects: {"config": {"syncMode": "INHERIT"}},
    "client-scope": lambda _live, _objects: {"protocol": "openid-connect"},
    "flow": lambda _live, _objects: {"providerId": "basic-flow"},
    **dict.fromkeys(("role", "client-role", "group", "user-roles"), _nothing),
}
