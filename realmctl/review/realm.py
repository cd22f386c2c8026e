"""A realm as it is and as it will be, for questions across objects: what a role grants, whose scope a mapper is in.

Pure. Must not know about: how it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from realmctl.model.address import Address
from realmctl.model.change import Action, Plan
from realmctl.model.objects import Desired, Snapshot
from realmctl.scoped import granted

_TWO_LISTS = frozenset({"client-scopes-of-client", "realm-client-scopes"})


class After:
    """A plan between its two sides."""

    def __init__(self, plan: Plan, desired: Desired, snapshot: Snapshot) -> None:
        self.plan, self.desired, self.snapshot = plan, desired, snapshot
        self.gone = {change.address for change in plan.of(Action.DELETE)}
        updated = plan.of(Action.UPDATE)
        self._links = {one.address: one for one in updated if one.address.kind in _TWO_LISTS}

    def fields(self, address: Address, *, before: bool = False) -> Mapping[str, Any]:
        """An object's fields as they will be (or are, `before`); nothing where it is not."""
        live = self.snapshot.objects.get(address)
        if before:
            return live.fields if live else {}
        if address in self.gone:
            return {}
        want = self.desired.resources.get(address)
        there = live.fields if live else {}
        change = self._links.get(address)
        # A client scope is in one of two lists: what moves leaves the other one, although nobody declares that.
        moved = {field.path: field.new for field in change.fields} if change else {}
        return {**there, **moved, **(_laid(there, want.fields) if want else {})}

    def granted(self, role: Address, *, before: bool = False) -> set[Address]:
        """Every role that whoever has `role` has with it, at any depth."""

        def composites(link: Address) -> Iterable[str]:
            return self.fields(link, before=before).get("composites") or ()

        return granted([role], composites) - {role}

    def clients_with_scope(self, scope: str) -> Iterator[str]:
        """The clients that have a scope by default, as it will be."""
        everywhere = str(Address("client-scope", (scope,)))
        every = {one for one in (*self.desired.resources, *self.snapshot.objects) if one.kind == "client"} - self.gone
        realm = self.fields(Address("realm-client-scopes")).get("defaultDefaultClientScopes") or ()
        for client in sorted(every):
            own = self.fields(Address("client-scopes-of-client", client.names)).get("defaultClientScopes")
            if everywhere in (realm if own is None else own):
                yield client.name


def _laid(live: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Declared fields, maps laid over what is there: a config is declared key by key."""
    return {
        key: {**live[key], **value} if isinstance(value, Mapping) and isinstance(live.get(key), Mapping) else value
        for key, value in want.items()
    }


def spoken_role(role: Address) -> str:
    """`orders-reader`, or `orders-api / refund` for a client's."""
    return " / ".join(role.names)
