"""The realm's own settings (RealmRepresentation), and which flows it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import NO_PATH, AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.field_groups import follows
from realmctl.keycloak.kinds.maps import Ask, Map, map_at
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, OLD, Omission
from realmctl.keycloak.kinds.realm_settings import RealmSettings
from realmctl.keycloak.kinds.request_parts import body_of, part_of_realm
from realmctl.model.address import Address
from realmctl.model.change import Change, Fingerprint, Request
from realmctl.model.fields import Compare, holds_secret
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import Secret

REALM = Address("realm")
_APART = (
    "roles", "groups", "clients", "clientScopes", "users", "identityProviders", "identityProviderMappers",
    "authenticationFlows", "authenticatorConfig", "requiredActions", "components", "scopeMappings",
    "clientScopeMappings", "defaultRole", "defaultGroups", "clientProfiles", "clientPolicies", "localizationTexts",
    "users/profile", "organizations", "identity-provider/instances", "workflows",
)  # fmt: skip

_FINGERPRINT = "realmctl.fingerprint."
_MAIL = f"{_FINGERPRINT}smtpServer."
"""What the attributes' names begin with that hold fingerprints: of the realm's own secrets, of its mail server's."""


class Realm(Kind):
    """The realm. PUT merges at the top, but replaces `attributes` and `smtpServer` whole (26.7.3)."""

    name, title, owner, model, owned, key = "realm", "realm", "", RealmSettings, False, "realm"
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "keycloakVersion": Omission("The version of the server, not of the realm.", decided=False),
        "adminPermissionsClient": Omission(
            "Keycloak makes it with adminPermissionsEnabled; its permissions are said there.", decided=False
        ),
        "localizationTexts": Omission("Said by localization; a PUT ignores it."),
        "identityProviderMappers": Omission("Said by mappers of each identity provider."),
        "authenticatorConfig": Omission("Said by config of each execution of a flow."),
        "scopeMappings": Omission("Said by scopeMappings of each client and client scope."),
        "clientScopeMappings": Omission("Said by scopeMappings of each client and client scope."),
        "federatedUsers": Omission("People are not code's business."),
        "privateKey": Omission("Keys are components; Keycloak answers none here."),
        "publicKey": Omission("Keys are components; Keycloak answers none here."),
        "certificate": Omission("Keys are components; Keycloak answers none here."),
        "codeSecret": OLD,
        "passwordCredentialGrantAllowed": OLD,
        "userCacheEnabled": OLD,
        "realmCacheEnabled": OLD,
        "userFederationProviders": OLD,
        "userFederationMappers": OLD,
        "protocolMappers": OLD,
        "social": OLD,
        "updateProfileOnInitialSocialLogin": OLD,
        "socialProviders": OLD,
        "applicationScopeMappings": OLD,
        "applications": OLD,
        "oauthClients": OLD,
        "clientTemplates": OLD,
    }
    not_exported: ClassVar[Mapping[str, str]] = {"notBefore": "its notBefore: tokens from before that time are revoked"}
    emptied_by = ways(
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
    )  # fmt: skip
    never_empty: ClassVar[Mapping[str, frozenset[str]]] = {
        "attributes": frozenset(
            {
                "cibaBackchannelTokenDeliveryMode", "cibaExpiresIn", "cibaAuthRequestedUserHint", "cibaInterval",
                "parRequestUriLifespan", "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval",
            }
        )
    }  # fmt: skip
    admin_events = AdminEvents((NO_PATH, "events/config"), ("REALM",), same_fields=True)
    in_clear = frozenset({"attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        fields = {name: value for name, value in export.items() if name not in _APART}
        attributes = export.get("attributes") or {}
        marks = {key: mark for key, mark in attributes.items() if key.startswith(_FINGERPRINT)}
        fingerprints = {key.removeprefix(_FINGERPRINT): mark for key, mark in marks.items()}
        yield Live(REALM, fields, export.get("id"), fingerprints=fingerprints)

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        yield from map_at(("attributes",), key_types.REALM_ATTRIBUTES, "", fields.get("attributes"))
        yield from map_at(("smtpServer",), key_types.SMTP, "", fields.get("smtpServer"))

    def undecided(self, live: Live, *, builtin: bool) -> frozenset[str]:
        return frozenset({"otpSupportedApplications"})

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return dict(look.get())

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        body = {"enabled": True, **body_of(replace(want, fields=self.emptied(want.fields)), "realm")}
        return (Request("POST", (), with_mail_fingerprints(body) if "smtpServer" in body else body),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        patch = self.patch(change, want)
        if "smtpServer" in patch:
            patch = with_mail_fingerprints(patch)
        if headers := patch.get("browserSecurityHeaders"):
            # A header that a PUT does not carry stays; Keycloak sends none that is empty (26.7.3).
            patch["browserSecurityHeaders"] = {name: text or "" for name, text in headers.items()}
        return (part_of_realm(patch),)

    def complete(self, want: Declared, have: Live) -> Declared:
        want = super().complete(want, have)
        fields = dict(want.fields)
        for path, value, _ in follows(want.fields, have.fields):
            name, *keys = path
            if not keys:
                fields.setdefault(name, value)
            elif keys[0] not in fields[name]:
                fields[name] = {**fields[name], keys[0]: value}
        return replace(want, fields=fields)

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        for path, value, cause in follows(want.fields, have.fields) if have else ():
            said: Any = want.fields
            for key in path:
                said = (said or {}).get(key)
            if said not in (None, value, ""):
                becomes = "drops it" if value is None else f"makes it {value}".lower()
                yield path, f"{'.'.join(path)}: with {cause}, Keycloak {becomes}", "declare one of the two"

    def locate(self, look: Look, address: Address) -> str:
        return str(look.get()["id"])


class FlowBindings(Kind):
    """Which flows the realm uses for what."""

    name, title, owned = "flow-bindings", "flow bindings of the realm", False
    read_after = ("realm",)
    bindings: ClassVar[Mapping[str, str]] = {
        "browserFlow": "The flow of a browser login.",
        "registrationFlow": "The flow of a registration.",
        "directGrantFlow": "The flow of the password grant.",
        "resetCredentialsFlow": "The flow of a forgotten password.",
        "clientAuthenticationFlow": "The flow that authenticates clients.",
        "dockerAuthenticationFlow": "The flow of Docker registries.",
        "firstBrokerLoginFlow": "The flow of a first login through an identity provider.",
    }
    emptied_by = ways()
    admin_events = AdminEvents((NO_PATH,), ("REALM",))

    def fields(self) -> Mapping[str, Compare]:
        return dict.fromkeys(self.bindings, Compare.VALUE)

    def link_fields(self) -> Mapping[str, Any]:
        return {name: (str | None, Field(None, description=told)) for name, told in self.bindings.items()}

    def parse_export(self, export: Export) -> Iterator[Live]:
        yield Live(Address(self.name), {name: export.get(name) for name in self.bindings})

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        for name in self.bindings:
            if fields.get(name):
                yield (name,), Address("flow", (fields[name],))

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return (part_of_realm({field.path: field.new for field in change.fields}),)


def with_mail_fingerprints(patch: dict[str, Any]) -> dict[str, Any]:
    """The patch with fingerprints of the mail server's secrets among the realm's attributes."""
    marks: dict[str, Fingerprint | None] = {}
    for key, one in (patch.get("smtpServer") or {}).items():
        if isinstance(one, Secret):
            marks[f"{_MAIL}{key}"] = None if one.vault else Fingerprint(one)
        elif one is None and holds_secret(key):
            marks[f"{_MAIL}{key}"] = None
    if not marks:
        return patch
    return {**patch, "attributes": {**(patch.get("attributes") or {}), **marks}}
