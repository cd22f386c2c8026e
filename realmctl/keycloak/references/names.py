"""Where a text leads among the objects of a realm, as Keycloak looks it up (26.7.3).

Pure. Must not know about: which side of a comparison the objects are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from realmctl.keycloak.catalog import fresh_profile
from realmctl.keycloak.catalog import references as known
from realmctl.keycloak.catalog.references import Reference
from realmctl.keycloak.kinds.group import find_by_path, group_of, plain_path
from realmctl.keycloak.references.mention import Mention
from realmctl.model.address import Address

Objects = Mapping[Address, Mapping[str, Any]]

_PROFILE = Address("user-profile")
_LIMIT = 25
"""How many dots Keycloak looks at (DefaultAlternativeLookupProvider)."""
_EVERY_USER = frozenset({"id", "username", "email", "emailVerified", "firstName", "lastName", "enabled"})
"""Properties that mappers read by the name of an attribute, and no profile has to have."""
_LDAP = frozenset({"LDAP_ID", "LDAP_ENTRY_DN", "createTimestamp", "modifyTimestamp", "KERBEROS_PRINCIPAL", "locale"})
"""Attributes that Keycloak sets by itself."""


class Names:
    """The objects of a realm, to be found by the texts that name them. Of several layers the first has its say."""

    def __init__(self, *layers: Objects, ignored: Iterable[str] = ()) -> None:
        self._layers = layers
        self._ignored = frozenset(ignored)
        """Kinds that could not be seen: whatever is named of them may exist."""

    def __contains__(self, address: object) -> bool:
        return any(address in layer for layer in self._layers)

    def __iter__(self) -> Iterator[Address]:
        return iter(dict.fromkeys(address for layer in self._layers for address in layer))

    def ask(self, address: Address, field: str) -> Any:
        """Return the value of a field of an object; None for nothing."""
        values = (layer[address].get(field) for layer in self._layers if address in layer)
        return next((value for value in values if value is not None), None)

    def is_unknown(self, mention: Mention) -> bool:
        """Return whether it is not known what there is of the kind that a text names."""
        kind = mention.reference.kind
        if kind in (known.ATTRIBUTE, known.PROFILE_GROUP):
            return self._profile is None or _PROFILE.kind in self._ignored
        if kind == "role":
            return bool(self._ignored & {"role", "client-role", "client"})
        return kind in self._ignored

    def find(self, mention: Mention) -> tuple[Address, ...]:
        """Return the objects that a text leads to; several where Keycloak compares a name that several may have."""
        return self._find(mention.reference, mention.text, mention.holder)

    def intended(self, mention: Mention) -> Address:
        """Return the object that a text names, whether it exists or not."""
        found = self.find(mention)
        reference, text = mention.reference, mention.text
        if found:
            return found[0]
        if reference.kind == "role":
            return self._role(reference, text)
        if reference.form == known.PATH:
            return group_of(text) if text.strip("/") else Address("group", (text,))
        return Address(reference.kind, (text,))

    def by_path(self, path: str) -> list[Address]:
        """Return every group that has this path on the server: `a/b`, and `b` below `a`."""
        return self._paths.get("/" + path.strip("/"), [])

    def _find(self, reference: Reference, text: str, holder: Address) -> tuple[Address, ...]:
        if reference.form == known.PATH:
            names = find_by_path(text, lambda one: Address("group", one) in self)
            return (Address("group", names),) if names else ()
        if reference.form in (known.ROLE_NAME, known.GROUP_NAME):
            return tuple(self._by_name.get((reference.kind, text), ()))
        if reference.kind == known.ATTRIBUTE:
            return (_PROFILE,) if self._has_attribute(text) else ()
        if reference.kind == known.PROFILE_GROUP:
            is_there = text in _shipped_groups() or text in ((self._profile or {}).get("groups") or ())
            return (_PROFILE,) if is_there else ()
        if reference.kind == "flow":
            return self._flow(text, holder)
        address = self._role(reference, text) if reference.kind == "role" else Address(reference.kind, (text,))
        return (address,) if address in self else ()

    def _role(self, reference: Reference, text: str) -> Address:
        if reference.form == known.SLASHED:
            client, slash, name = text.partition("/")
            return Address("client-role", (client, name)) if slash else Address("role", (text,))
        if reference.form == known.LAST_DOT:
            client, dot, name = text.rpartition(".")
            return Address("client-role", (client, name)) if dot else Address("role", (text,))
        for client, name in role_splits(text):
            if Address("client", (client,)) in self:
                return Address("client-role", (client, name))
        return Address("role", (text,))

    def _flow(self, alias: str, holder: Address) -> tuple[Address, ...]:
        top = Address("flow", (alias,))
        if top in self:
            return (top,)
        found = self._sub_flows.get(alias, ())
        return (holder,) if holder in found else tuple(found[:1])

    def _has_attribute(self, name: str) -> bool:
        profile = self._profile or {}
        is_open = str(profile.get("unmanagedAttributePolicy") or "DISABLED") != "DISABLED"
        return is_open or name in (profile.get("attributes") or {}) or name in _EVERY_USER | _LDAP

    @cached_property
    def _profile(self) -> Mapping[str, Any] | None:
        """The user profile: attributes and groups of all layers, settings of the first."""
        found = [layer[_PROFILE] for layer in self._layers if _PROFILE in layer]
        if not found:
            return None
        joined = {
            part: {name: one for layer in reversed(found) for name, one in (layer.get(part) or {}).items()}
            for part in ("attributes", "groups")
        }
        return {**{key: value for layer in reversed(found) for key, value in layer.items()}, **joined}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], list[Address]]:
        found: dict[tuple[str, str], list[Address]] = {}
        for address in self:
            if address.kind in ("client-role", "group"):
                found.setdefault((address.kind, address.name), []).append(address)
        return found

    @cached_property
    def _paths(self) -> Mapping[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for address in self:
            if address.kind == "group":
                found.setdefault(plain_path(address.names), []).append(address)
        return found

    @cached_property
    def _sub_flows(self) -> Mapping[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for layer in self._layers:
            for address, fields in layer.items():
                if address.kind == "flow":
                    for alias in _aliases(fields.get("executions") or ()):
                        found.setdefault(alias, []).append(address)
        return found


@cache
def _shipped_groups() -> frozenset[str]:
    """Return the groups of the user profile that Keycloak makes: a realm that is still to be made has them, too."""
    return frozenset(group["name"] for group in fresh_profile()["groups"])


def _aliases(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        if step.get("flow"):
            yield str(step["flow"])
        yield from _aliases(step.get("executions") or ())


def role_splits(role: str) -> Iterator[tuple[str, str]]:
    """Yield client and role that a mapper's `a.b.c` may mean, in the order in which Keycloak tries them; else it is a
    realm role (KeycloakModelUtils.getRoleFromString, 26.7.3).
    """
    at = role.rfind(".")
    for _ in range(_LIMIT):
        if at < 0:
            return
        yield role[:at], role[at + 1 :]
        at = role.rfind(".", 0, at)


def possible(mention: Mention) -> Iterator[Address]:
    """Yield each object that a text may name, whatever exists: what a reader who sees no whole realm looks up."""
    reference, text = mention.reference, mention.text
    if reference.kind == "role":
        slashed = text.partition("/")
        yield Address("role", (text,))
        for client, name in role_splits(text):
            yield Address("client-role", (client, name))
        if reference.form == known.SLASHED and slashed[1]:
            yield Address("client-role", (slashed[0], slashed[2]))
    elif reference.form == known.NAME and reference.kind not in (known.ATTRIBUTE, known.PROFILE_GROUP):
        yield Address(reference.kind, (text,))


def spell_reference(reference: Reference, target: Address) -> str:
    """Return the text that names an object in this form."""
    if reference.form == known.PATH:
        return plain_path(target.names)
    if reference.form in (known.QUALIFIED, known.LAST_DOT):
        return ".".join(target.names)
    return "/".join(target.names) if reference.form == known.SLASHED else target.name
