"""Components of any type (ComponentRepresentation): key providers, LDAP and Kerberos federation with their mappers,
client registration policies.

Declared by type, then by name; names of components need not be unique. Must not know about: the user profile and
workflows, which Keycloak keeps as components too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from realmctl.keycloak.catalog import catalogue, key_types
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects, Wanted
from realmctl.keycloak.kinds.ldap_mappers import is_made_with
from realmctl.keycloak.kinds.maps import Ask, Map, map_at
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, PLACE, Omission
from realmctl.keycloak.kinds.request_parts import body_of, field_of, merge, part_of_realm
from realmctl.model.address import Address
from realmctl.model.change import CLEAR, Change, Fingerprint, Id, Request
from realmctl.model.fields import Compare, Owned, as_secret, holds_secret, wire_text
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import MASK, Secret

SHORT: Mapping[str, str] = {
    "keys": "org.keycloak.keys.KeyProvider",
    "userFederation": "org.keycloak.storage.UserStorageProvider",
    "clientRegistrationPolicies": "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy",
    "ldapMappers": "org.keycloak.storage.ldap.mappers.LDAPStorageMapper",
}
"""Short names of provider types; every other type is written as Keycloak writes it."""
KEYS = "keys"
"""The one type whose objects may become of another type: a new key takes the place of the old one."""
_SHORT_OF = {full: short for short, full in SHORT.items()}

ELSEWHERE: Mapping[str, str] = {
    "org.keycloak.userprofile.UserProfileProvider": "userProfile",
    "org.keycloak.models.workflow.WorkflowProvider": "workflows",
    "org.keycloak.models.workflow.WorkflowStepProvider": "workflows",
}
"""Types that are declared in a section of their own."""

_NUMBERED = re.compile(r" \(([2-9]|[1-9]\d{1,3})\)")
_FINGERPRINT = "realmctl.fingerprint.component."


def _config(value: Any) -> Any:
    """Keycloak keeps lists of texts without order, and no empty ones (26.7.3)."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        items = item if isinstance(item, list) else [item]
        if item is None:
            found[str(key)] = None
        elif holds_secret(str(key)) and len(items) == 1 and str(items[0]).lower() not in ("true", "false"):
            found[str(key)] = as_secret(wire_text(items[0]))
        else:
            found[str(key)] = sorted(text for text in (wire_text(one) for one in items) if text)
    return found


_scalars = {"type": ["string", "boolean", "number", "null"]}
_ComponentConfig = Annotated[
    dict[str, Any],
    BeforeValidator(_config),
    Compare.KEYS,
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"anyOf": [_scalars, {"type": "array", "items": _scalars}]}}
    ),
]


class SubComponent(Owned):
    """A component below another one, such as a mapper of an LDAP federation."""

    providerId: str | None = Field(None, description="Its type, such as user-attribute-ldap-mapper.")
    name: str | None = Field(None, description="Of several with one name: that name; the key then ends in (2), (3)…")
    config: _ComponentConfig | None = Field(None, description="The type's own settings; null for a key removes it.")


class Component(SubComponent):
    """A component."""

    providerId: str | None = Field(None, description="Its type: rsa-generated, ldap, kerberos, max-clients…")


class Components(Kind):
    """A component. PUT merges config key by key, and an empty list takes a key away (26.7.3)."""

    name, title, field, levels = "component", "component", "components", 2
    listed_after = "user-profile"
    structural = Kind.structural | {"name"}
    type_field = "providerId"
    model: ClassVar[type[Owned]] = Component
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "providerType": PLACE,
        "parentId": PLACE,
        "subType": PLACE,
    }
    emptied_by = ways()
    admin_events = AdminEvents(("components/{id}",), ("COMPONENT",), same_fields=True)

    def outer(self, name: str) -> str:
        kind, colon, rest = name.partition(":")
        return _SHORT_OF.get(kind, kind) + colon + rest

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        if fields.get("config"):
            above = address.names[-2].partition(":")[0]
            provider = fields.get("providerId") or ask(address, "providerId") or ""
            yield from map_at(("config",), key_types.COMPONENT, f"{above}/{provider}", fields["config"])

    def parse_export(self, export: Export) -> Iterator[Live]:
        attributes = export.get("attributes") or {}
        for kind, found in (export.get("components") or {}).items():
            if kind in ELSEWHERE:
                continue
            for subtype in sorted({one.get("subType") or "" for one in found}):
                outer = f"{_SHORT_OF.get(kind, kind)}:{subtype}" if subtype else _SHORT_OF.get(kind, kind)
                same = [one for one in found if (one.get("subType") or "") == subtype]
                yield from _lives(self.name, (outer,), same, attributes)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        found = look.get("components") or ()
        known = {one["id"] for one in found}
        return {"components": _below(found, lambda one: one.get("parentId") not in known)}

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        kind, _, subtype = want.address.names[0].partition(":")
        body = {
            "providerType": SHORT.get(kind, kind),
            **({"subType": subtype} if subtype else {}),
            **_body(want, around.desired.realm),
        }
        requests = [Request("POST", ("components",), body, creates=want.address)]
        below = {
            a for a in around.desired.resources if a.kind == SubComponents.name and a.names[:2] == want.address.names
        }
        if below:
            # An LDAP federation comes with mappers of Keycloak's choice (26.7.3): those declared are the whole list.
            requests.append(Request(CLEAR, ("components",), {"parent": Id(want.address)}))
        return (*requests, *_marks(want.address, _present(want.fields)))

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        old = change.renamed_from
        if field_of(change, "providerId"):
            return (*self._replace(want, have, around), *(_moved(old, [have], forget=True) if old else ()))
        patch = self.patch(change, want)
        if "name" in want.fields and "name" in patch:
            patch["name"] = want.fields["name"]
        if "config" in patch:
            patch["config"] = _lists(patch["config"])
        changed = {field.path.removeprefix("config.") for field in change.fields}
        marked = {path.removeprefix("config.") for path in have.fingerprints}
        config = {
            key: one
            for key, one in (want.fields.get("config") or {}).items()
            if key in changed and (one is not None or key in marked)
        }
        moved: Iterator[Request] = iter(())
        if old:
            # What is below it has its new name by that, and no change of its own.
            kinds, names = (Components.name, SubComponents.name), want.address.names
            found = around.snapshot.objects.items()
            moved = _moved(old, [one for a, one in found if a.kind in kinds and a.names[: len(names)] == names])
        written = merge(("components", Id(want.address)), patch)
        return (written, *moved, *_marks(want.address, {**have.fields, **want.fields, "config": config}))

    def _replace(self, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return (*self.delete(have, around), *self.create(want, around))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        gone = {_mark(have.address, path.removeprefix("config.")): None for path in have.fingerprints}
        forget = (part_of_realm({"attributes": gone}),) if gone else ()
        return (Request("DELETE", ("components", Id(have.address))), *forget)

    def locate(self, look: Look, address: Address) -> str:
        kind, _, subtype = address.names[0].partition(":")
        found = look.get("components", query={"type": SHORT.get(kind, kind)}) or ()
        same = [one for one in found if (one.get("subType") or "") == subtype]
        return next(
            (live.id or "" for live in _lives(self.name, address.names[:-1], same, {}) if live.address == address), ""
        )

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        kind = want.address.names[-2].partition(":")[0]
        if kind in ELSEWHERE:
            yield (), f"components of the type {kind} are declared elsewhere", f"declare {ELSEWHERE[kind]}"
        elif have is None and not want.fields.get("providerId"):
            yield (), f"{self.title} {want.address.name!r} is new and has no type", "write providerId: …"
        elif kind != KEYS and have and want.fields.get("providerId", kept := have.fields.get("providerId")) != kept:
            told = f"the type of {self.title} {want.address.name!r} can't be changed from {kept}"
            yield ("providerId",), told, "give the new one a name of its own"
        said = want.fields.get("name")
        if said and said != want.address.name and not _NUMBERED.fullmatch(want.address.name.removeprefix(said)):
            yield ("name",), f"the key of a further {said!r} has to be '{said} (2)', '{said} (3)'…", "change the key"


class SubComponents(Components):
    """A component below another one."""

    name, title, owner, field = "sub-component", "sub-component", "component", "subComponents"
    listed_after = "component"
    model: ClassVar[type[Owned]] = SubComponent
    read_after: ClassVar[tuple[str, ...]] = ("component",)
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "providerType": PLACE,
        "parentId": PLACE,
        "subType": Omission("No shipped type below another one has it."),
        "subComponents": Omission("No shipped type has a third level."),
    }

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {}  # They are in the list of all components.

    def parse_export(self, export: Export) -> Iterator[Live]:
        attributes = export.get("attributes") or {}
        above = {live.id or repr(live.address): live for live in Components().parse_export(export)}
        for owner in above.values():
            for kind, found in (owner.fields.get("subComponents") or {}).items():
                yield from _lives(self.name, (*owner.address.names, _SHORT_OF.get(kind, kind)), found, attributes)

    def brought_by(self, live: Live, objects: Objects) -> Address | None:
        names = live.address.names
        provider = objects.get(Address("component", names[:-2])) if names[-2] == "ldapMappers" else None
        return provider.address if provider and is_made_with(provider, live) else None

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        kind = want.address.names[-2]
        owner = Id(Address("component", want.address.names[:2]))
        body = {"providerType": SHORT.get(kind, kind), "parentId": owner, **_body(want, around.desired.realm)}
        made = Request("POST", ("components",), body, creates=want.address)
        return (made, *_marks(want.address, _present(want.fields)))

    def locate(self, look: Look, address: Address) -> str:
        owner = look.id(Address("component", address.names[:2]))
        query = {"parent": owner, "type": SHORT.get(address.names[-2], address.names[-2])}
        found = look.get("components", query=query) or () if owner else ()
        return next(
            (live.id or "" for live in _lives(self.name, address.names[:-1], found, {}) if live.address == address), ""
        )


def _lives(
    kind: str, above: tuple[str, ...], found: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]
) -> Iterator[Live]:
    """Components of a type; of several with one name all but the first get a number, in the order of their ids."""
    taken = {str(one.get("name")) for one in found}
    seen: set[str] = set()
    for one in sorted(found, key=lambda one: str(one.get("id"))):
        name = str(one.get("name"))
        if name in seen:
            name = next(f"{name} ({n})" for n in range(2, len(found) + 2) if f"{name} ({n})" not in taken | seen)
        seen.add(name)
        address = Address(kind, (*above, name))
        prefix = _mark(address, "")
        marks = {
            f"config.{key.removeprefix(prefix)}": str(v) for key, v in attributes.items() if key.startswith(prefix)
        }
        config = {key: _live_value(values) for key, values in (one.get("config") or {}).items()}
        yield Live(address, {**one, "config": config}, one.get("id"), fingerprints=marks)


def _live_value(values: Any) -> Any:
    items = [str(one) for one in (values if isinstance(values, list) else [values]) if one]
    return MASK if items == [MASK] else sorted(items)


def _below(found: Sequence[Mapping[str, Any]], at: Any) -> dict[str, list[dict[str, Any]]]:
    """The flat list as the export nests it."""
    tree: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        if at(one):
            kept = {key: value for key, value in one.items() if key not in ("parentId", "providerType")}
            inner = _below(found, lambda other, parent=one["id"]: other.get("parentId") == parent)
            tree.setdefault(one["providerType"], []).append({**kept, "subComponents": inner})
    return tree


def _body(want: Declared, realm: str) -> dict[str, Any]:
    body = body_of(want, "name")
    if want.fields.get("name", want.address.name) != want.address.name:
        # Namesakes are told apart by the order of their ids, and Keycloak takes an id that is given (26.7.3).
        number = int(want.address.name.rpartition("(")[2].rstrip(")"))
        digest = sha256(f"{realm}/{want.address}".encode()).hexdigest()
        body["id"] = str(UUID(f"{0xFFFFC000 + number:x}" + digest[:24]))
    if "config" in body:
        body["config"] = _lists(body["config"])
    return body


def _lists(config: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        key: [] if value is None else [value] if isinstance(value, Secret) else value
        for key, value in (config or {}).items()
    }


def _mark(address: Address, key: str) -> str:
    # A realm attribute's name holds 255 characters: the address may be longer, its hash is not.
    return f"{_FINGERPRINT}{sha256(str(address).encode()).hexdigest()[:20]}.{key}"


def _moved(old: Address, found: Sequence[Live], *, forget: bool = False) -> Iterator[Request]:
    """Puts the fingerprints of what was called `old`, or was below it, under its new name, or forgets them."""
    marks: dict[str, str | None] = {}
    for live in found:
        kept = live.address.names[len(old.names) :]
        former = Address(live.address.kind, (*old.names, *kept))
        for path, fingerprint in live.fingerprints.items():
            key = path.removeprefix("config.")
            marks[_mark(former, key)] = None
            if not forget:
                marks[_mark(live.address, key)] = fingerprint
    if marks:
        yield part_of_realm({"attributes": marks})


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without the keys that the config must not have: a new object has no fingerprints to forget."""
    config = {key: value for key, value in (fields.get("config") or {}).items() if value is not None}
    return {**fields, "config": config}


def _marks(address: Address, fields: Mapping[str, Any]) -> Iterator[Request]:
    """Keeps fingerprints of what Keycloak won't show in the realm's attributes, and forgets those of what is gone.

    A component's own config could not hold them: Keycloak hides keys that the type doesn't declare (26.7.3).
    """
    above = address.names[-2].partition(":")[0]
    provider = str(fields.get("providerId") or "")
    marks: dict[str, Any] = {}
    for key, value in (fields.get("config") or {}).items():
        if value is None:
            marks[_mark(address, key)] = None
        elif (text := _unshown(above, provider, key, value)) is not None:
            marks[_mark(address, key)] = None if text.vault else Fingerprint(text)
    if any(mark is not None for mark in marks.values()) or (marks and fields.get("id")):
        yield part_of_realm({"attributes": marks})


def _unshown(above: str, provider: str, key: str, value: Any) -> Secret | None:
    """The value of a key that Keycloak masks or hides; of a type that someone deployed, any text may be such a one."""
    if isinstance(value, Secret):
        return value
    text = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(text, str):
        return None
    known = catalogue().components.get(above, {})
    keys = known.get(provider)
    if keys is None:
        shown = above not in known or text in ("true", "false") or text.lstrip("-").isdigit()
    else:
        shown = key in keys
    return None if shown else Secret(text, registered=False)
