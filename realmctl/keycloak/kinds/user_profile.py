"""The user profile (UPConfig): which attributes users have, who may see and change them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.catalog.name_rules import RULES
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look
from realmctl.keycloak.kinds.maps import Ask, Map, map_at
from realmctl.keycloak.kinds.null_values import ways
from realmctl.model.address import Address
from realmctl.model.change import Change, Request, merged_with
from realmctl.model.fields import Compare, Resource
from realmctl.model.objects import Declared, Live

DOCUMENT = "users/profile"
PROFILE = Address("user-profile")
_PROVIDER = "org.keycloak.userprofile.UserProfileProvider"


class UserProfileAttribute(Resource):
    """An attribute of the user profile."""

    telling_empty: ClassVar[frozenset[str]] = frozenset({"required"})  # Required of everybody, always.

    displayName: str | None = None
    validations: dict[str, dict[str, Any] | None] | None = Field(None, description="null takes one away.")
    annotations: dict[str, Any] | None = None
    required: dict[str, list[str] | None] | None = None
    permissions: dict[str, list[str] | None] | None = Field(None, description="{view: [admin, user], edit: [admin]}")
    selector: dict[str, list[str] | None] | None = None
    group: str | None = None
    multivalued: bool | None = None
    defaultValue: str | None = None


def _policy(value: Any) -> Any:
    # Keycloak has no word for it: the policy is off where the document does not have one (26.7.3).
    return None if value == "DISABLED" else value


_UnmanagedPolicy = Annotated[str | None, BeforeValidator(_policy), WithJsonSchema({"type": "string"})]


class UserProfile(Resource):
    """The user profile; attributes nobody declares stay as they are."""

    unmanagedAttributePolicy: _UnmanagedPolicy | None = Field(
        None, description="ENABLED, ADMIN_VIEW, ADMIN_EDIT, or DISABLED, which is the same as null."
    )
    attributes: Annotated[dict[str, UserProfileAttribute | None] | None, Compare.TREE] = None
    groups: Annotated[dict[str, dict[str, Any] | None] | None, Compare.TREE] = None
    attributeOrder: Annotated[list[str] | None, Compare.FIRST] = Field(
        None, description="The attributes that forms ask for first, in this order; the others follow as they are."
    )


def refusal(name: str, values: int, said: Mapping[str, Any], live: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why an administrator can't give a user so many values of an attribute, and what to declare; None where they can.

    `said` of the profile is laid over what is `live`. What Keycloak refuses it drops, without a word (26.7.3).
    """
    known = _merged(live.get("attributes") or {}, said.get("attributes") or {})
    if name not in known:
        if said.get("unmanagedAttributePolicy", live.get("unmanagedAttributePolicy")) in ("ENABLED", "ADMIN_EDIT"):
            return None
        advice = "declare it in userProfile.attributes, or userProfile: { unmanagedAttributePolicy: ADMIN_EDIT }"
        return f"the user profile has no attribute '{name}', and Keycloak drops what it has not", advice
    if "admin" not in ((known[name].get("permissions") or {}).get("edit") or ()):
        advice = "declare permissions: { view: [admin], edit: [admin] } for it in userProfile.attributes"
        return f"the user profile lets no administrator set the attribute '{name}', and Keycloak drops it", advice
    if values > 1 and not known[name].get("multivalued"):
        advice = "declare multivalued: true for it in userProfile.attributes"
        return f"the user profile takes one value of the attribute '{name}', not {values}", advice
    return None


class UserProfiles(Kind):
    """The user profile of the realm: one document, compared by attribute; in an export only once it was changed."""

    name, title, field, model, owned = "user-profile", "user profile", "userProfile", UserProfile, False
    listed_after = "required-action"
    single = True
    emptied_by = ways(left_out=("unmanagedAttributePolicy",))
    admin_events = AdminEvents(("users/profile",), ("USER_PROFILE",))

    def takes_secret(self, path: tuple[str | int, ...]) -> bool:
        shown = ("displayName", "defaultValue", "annotations", "displayHeader", "displayDescription")
        return path[0] in ("attributes", "groups") and len(path) > 2 and path[2] in shown

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        for attribute, said in (fields.get("attributes") or {}).items():
            for name, values in ((said or {}).get("validations") or {}).items():
                yield from map_at(("attributes", attribute, "validations", name), key_types.VALIDATION, name, values)

    def undecided(self, live: Live, *, builtin: bool) -> frozenset[str]:
        return frozenset({"attributeOrder"})  # An export states it where the files give another one.

    def parse_export(self, export: Export) -> Iterator[Live]:
        profile = export.get(DOCUMENT)
        if profile is None:
            for component in (export.get("components") or {}).get(_PROVIDER) or ():
                for text in (component.get("config") or {}).get("kc.user.profile.config") or ():
                    profile = json.loads(text)
        if profile is not None:
            fields = {**profile, **{part: _by_name(profile.get(part)) for part in ("attributes", "groups")}}
            fields["attributeOrder"] = list(fields["attributes"])
            yield Live(Address(self.name), fields)

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for name, said in (want.fields.get("attributes") or {}).items():
            if said is not None and (wrong := RULES["user-attribute"].wrong(name)):
                yield ("attributes", name), wrong

    def read_apart(self, look: Look) -> dict[str, Any]:
        return {DOCUMENT: look.get("users", "profile")}

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        order = want.fields.get("attributeOrder") or []
        there = order_after(have.fields if have else {}, {"attributes": want.fields.get("attributes")})
        for name in sorted(set(order)):
            if name not in there and have:
                yield ("attributeOrder",), f"the user profile has no attribute '{name}'", "declare it in attributes"
            if order.count(name) > 1:
                yield ("attributeOrder",), f"'{name}' stands there {order.count(name)} times", "name it once"

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        body = dict(have.fields)
        if "unmanagedAttributePolicy" in want.fields:
            body["unmanagedAttributePolicy"] = want.fields["unmanagedAttributePolicy"]
        for part in ("attributes", "groups"):
            merged = _merged(have.fields[part], want.fields.get(part) or {})
            body[part] = [{"name": name, **rest} for name, rest in merged.items()]
        attributes = {attribute["name"]: attribute for attribute in body["attributes"]}
        body["attributes"] = [attributes[name] for name in _ordered(attributes, want.fields)]
        del body["attributeOrder"]
        return (Request("PUT", ("users", "profile"), {key: value for key, value in body.items() if value is not None}),)


def order_after(live: Mapping[str, Any], declared: Mapping[str, Any]) -> list[str]:
    """The order in which the attributes stand once what is declared has been laid over what is live."""
    merged = _merged(live.get("attributes") or {}, declared.get("attributes") or {})
    return _ordered(merged, declared)


def _ordered(names: Iterable[str], declared: Mapping[str, Any]) -> list[str]:
    first = declared.get("attributeOrder") or []
    there = list(names)
    return [*(name for name in first if name in there), *(name for name in there if name not in first)]


def _by_name(items: Any) -> dict[str, Any]:
    return {item["name"]: {key: value for key, value in item.items() if key != "name"} for item in items or ()}


def _merged(live: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = merged_with(dict(live), declared)
    return merged
