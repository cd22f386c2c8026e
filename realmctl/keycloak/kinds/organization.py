"""Organizations (OrganizationRepresentation), and the identity providers that belong to each.

No export shows them, so they are read by lists. Must not know about: members, which are people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.attribute_order import shortened
from realmctl.keycloak.kinds.base import Around, Conflict, Export, Kind, Look
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, Omission
from realmctl.keycloak.kinds.organization_conflicts import conflicts
from realmctl.keycloak.kinds.request_parts import body_of, merge, moved, part_of_realm
from realmctl.keycloak.kinds.role_mappings import member_references
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Compare, Owned, StringLists
from realmctl.model.objects import Declared, Desired, Live, Snapshot

_REALM = Address("realm")


def _domains(value: Any) -> Any:
    """Names, or `{name, verified}` → the latter, sorted: Keycloak keeps them without order."""
    if not isinstance(value, list):
        return value
    found: list[dict[str, Any]] = []
    for one in value:
        known = {"name": one} if isinstance(one, str) else one
        wrong = not isinstance(known, Mapping) or not isinstance(known.get("name"), str)
        if wrong or set(known) - {"name", "verified"}:
            raise ValueError("write a domain's name, or {name: example.com, verified: true}")
        found.append({"name": str(known["name"]), "verified": bool(known.get("verified", False))})
    return sorted(found, key=lambda one: str(one["name"]))


_domain = {"type": "object", "properties": {"name": {"type": "string"}, "verified": {"type": "boolean"}}}
_Domains = Annotated[
    list[dict[str, Any]],
    BeforeValidator(_domains),
    WithJsonSchema({"type": "array", "items": {"anyOf": [{"type": "string"}, _domain]}}),
]


class Organization(Owned):
    """An organization."""

    name: str | None = Field(None, description="The name people see; the alias if left out.")
    enabled: bool | None = None
    description: str | None = None
    redirectUrl: str | None = Field(None, description="Where new members land.")
    attributes: StringLists | None = None
    domains: _Domains | None = Field(None, description="Its e-mail domains, all of them; {name, verified: true}.")


class Organizations(Kind):
    """An organization, known by its alias. PUT keeps omitted attributes and drops omitted domains (26.7.3)."""

    name, title, field, model, key = "organization", "organization", "organizations", Organization, "alias"
    listed_after = "client-policy"
    switch = "organizationsEnabled"
    fixed_name = "Keycloak refuses another alias (26.7.3); its name may change."
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "members": Omission("People are not code's business."),
        "groups": Omission(
            "Not covered: neither the export nor the list of organizations tells an organization's own groups."
        ),
    }
    not_exported: ClassVar[Mapping[str, str]] = {"members": "members", "groups": "groups of its own"}
    emptied_by = ways(left_out=("description", "redirectUrl"), lists=("domains",), maps=("attributes",))
    admin_events = AdminEvents(("organizations/{id}",), ("ORGANIZATION",))
    in_clear = frozenset({"attributes"})

    def read_apart(self, look: Look) -> dict[str, Any]:
        # Where the realm has organizations switched off, the list is 404 (26.7.3).
        found = look.listed("organizations", query={"briefRepresentation": "false"})
        return {"organizations": found}

    def parse_export(self, export: Export) -> Iterator[Live]:
        for one in export.get("organizations") or ():
            fields = {**one, "domains": _domains(list(one.get("domains") or ()))}
            yield Live(Address(self.name, (one["alias"],)), fields, one.get("id"))

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        yield (), _REALM  # Its organizationsEnabled has to be written first.

    def conflicts(self, desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
        return conflicts(desired, snapshot)

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        body = {"name": want.address.name, "enabled": True, **body_of(want, "alias")}
        return (Request("POST", ("organizations",), body, creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        path = ("organizations", Id(want.address))
        return (*shortened(change, path), merge(path, self.patch(change, want)))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        gone = Request("DELETE", ("organizations", Id(have.address)))
        realm = around.desired.resources.get(_REALM)
        if realm is None or realm.fields.get("organizationsEnabled") is not False:
            return (gone,)
        # Switched off, they are there and out of reach (26.7.3: 404), and come back with the switch. Deletions come
        # last, when the realm has been written.
        on, off = (part_of_realm({"organizationsEnabled": on}) for on in (True, False))
        return (on, gone, off)

    def locate(self, look: Look, address: Address) -> str:
        found = look.listed("organizations")
        return next((str(one["id"]) for one in found if one["alias"] == address.name), "")

    def cost(self, look: Look, have: Live) -> str:
        count = look.get("organizations", look.id(have.address), "members", "count")
        return f"has {count} member{'' if count == 1 else 's'}" if count else ""


class OrganizationProviders(Kind):
    """The identity providers of an organization; one belongs to one organization at most."""

    name, title, owner, owned = (
        "organization-identity-providers", "identity providers of organization", "organization", False,
    )  # fmt: skip
    read_after = ("organization",)
    admin_events = AdminEvents(("organizations/{organization}/identity-providers/**",), ("ORGANIZATION",))

    def fields(self) -> Mapping[str, Compare]:
        return {"identityProviders": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        return {"identityProviders": (_Providers | None, Field(None, description="Its identity providers; all."))}

    def read_apart(self, look: Look) -> dict[str, Any]:
        # Neither the export nor the brief list tells whose they are (26.7.3).
        found = look.listed("identity-provider", "instances")
        return {"identity-provider/instances": found}

    def parse_export(self, export: Export) -> Iterator[Live]:
        of: dict[str, list[str]] = {}
        for provider in export.get("identity-provider/instances") or ():
            if provider.get("organizationId"):
                address = str(Address("identity-provider", (provider["alias"],)))
                of.setdefault(provider["organizationId"], []).append(address)
        for one in export.get("organizations") or ():
            yield Live(Address(self.name, (one["alias"],)), {"identityProviders": sorted(of.get(one.get("id"), ()))})

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        base = self._path(want.address)
        added, removed = moved(change, "identityProviders")
        # Whoever has one has to let go of it first (26.7.3: 400).
        left = [
            (live.address, one)
            for live in around.snapshot.objects.values()
            if live.address.kind == self.name and live.address != want.address
            for one in added
            if str(one) in live.fields["identityProviders"]
        ]
        return (
            *(Request("DELETE", (*self._path(other), one.name), fine=frozenset({404})) for other, one in left),
            *(Request("DELETE", (*base, one.name), fine=frozenset({404})) for one in removed),
            *(Request("POST", base, one.name, fine=frozenset({409})) for one in added),
        )

    @staticmethod
    def _path(address: Address) -> tuple[str | Id, ...]:
        return ("organizations", Id(Address("organization", address.names)), "identity-providers")


def _providers(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if not all(isinstance(one, str) for one in value):
        raise ValueError("write the alias of each identity provider as text")
    return [str(Address("identity-provider", (str(one),))) for one in value]


_Providers = Annotated[
    list[str],
    BeforeValidator(_providers),
    Compare.SET,
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
