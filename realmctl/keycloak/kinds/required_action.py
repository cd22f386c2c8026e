"""Required actions (RequiredActionProviderRepresentation): what a user may be told to do at login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.maps import Ask, Map, map_at
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model.address import Address
from realmctl.model.change import Change, Request
from realmctl.model.fields import ConfigStrings, Owned
from realmctl.model.objects import Declared, Live


class RequiredAction(Owned):
    """A required action."""

    name: str | None = None
    providerId: str | None = Field(None, description="The provider; the alias if left out.")
    enabled: bool | None = None
    defaultAction: bool | None = Field(None, description="Every new user gets it.")
    priority: int | None = Field(None, description="The lower, the earlier.")
    config: ConfigStrings | None = None


class RequiredActions(Kind):
    """A required action. PUT replaces it whole; without its alias it is lost (26.7.3): read, merge, write."""

    name, title, field, model, key = (
        "required-action", "required action", "requiredActions", RequiredAction, "alias",
    )  # fmt: skip
    listed_after = "identity-provider-mapper"
    fixed_name = "A required action is known to users and providers by its alias."
    emptied_by = ways(maps=("config",))
    admin_events = AdminEvents(
        ("authentication/required-actions/{name}", "authentication/required-actions/{name}/**"),
        ("REQUIRED_ACTION", "REQUIRED_ACTION_CONFIG"),
        by_body=("authentication/register-required-action", "providerId"),
    )

    def parse_export(self, export: Export) -> Iterator[Live]:
        for action in export.get("requiredActions") or ():
            yield Live(Address(self.name, (action["alias"],)), action)

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        provider = fields.get("providerId") or ask(address, "providerId") or address.name
        return map_at(("config",), key_types.REQUIRED_ACTION, provider, fields.get("config"))

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {"requiredActions": look.get("authentication", "required-actions")}

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        alias = want.address.name
        known = {"providerId": want.fields.get("providerId") or alias, "name": want.fields.get("name") or alias}
        register = Request("POST", ("authentication", "register-required-action"), known, fine=frozenset({409}))
        rest = {**body_of(want, "alias"), **known}
        return (register, merge(("authentication", "required-actions", known["providerId"]), rest))

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        old = change.renamed_from.name if change.renamed_from else want.address.name
        return (merge(("authentication", "required-actions", old), self.patch(change, want)),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("authentication", "required-actions", have.address.name)),)

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have and want.fields.get("providerId", kept := have.fields.get("providerId")) != kept:
            # A PUT of another provider is answered as done, and the provider stays (26.7.3).
            told = f"the provider of the required action {want.address.name!r} can't be changed from {kept}"
            yield ("providerId",), told, "declare one with the other provider under an alias of its own"

    def locate(self, look: Look, address: Address) -> str:
        action = look.get("authentication", "required-actions", address.name)
        return address.name if action else ""
