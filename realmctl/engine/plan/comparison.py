"""The two sides of a plan, aligned once: plan, requests, record, explanation, review and drift are made from it.

Pure. Must not know about: what is done with a difference, how either side was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from realmctl.engine.plan.ownership import holders
from realmctl.engine.plan.relative_declarations import written_out
from realmctl.engine.plan.renames import former_address, renamed, renames
from realmctl.keycloak.fresh_realm import fresh
from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.kinds.role_composites import default_role
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Live, Snapshot

REALM = Address("realm")


@dataclass(frozen=True)
class Comparison:
    """What is declared beside what is live, both under the new names and in full. Made by `compare`."""

    declared: Desired
    """What the files declare, a relative declaration as it is written."""
    as_read: Snapshot
    """The realm as it was read, under its former names."""
    renames: Mapping[Address, Address]
    """Live → new address of every rename that is still to be done, the outermost objects first."""
    desired: Desired
    """What is declared, a relative declaration written out in full."""
    live: Snapshot
    """The realm under the new names; where there is none yet, what Keycloak makes along with a new realm."""

    @cached_property
    def former_names(self) -> Mapping[Address, Address]:
        """New → live address of every rename."""
        return {new: old for old, new in self.renames.items()}

    @property
    def around(self) -> Around:
        """Both sides as the kinds look at them."""
        return Around(self.desired, self.live)

    @cached_property
    def undecided(self) -> frozenset[Address]:
        """The owned objects, declared no more, of which this account can't tell whether they are there."""
        owned, hidden = set(self.live.inventory.owned), self.live.unseen_kinds
        return frozenset(
            address
            for address in owned - set(self.desired.resources) - self.desired.let_go - set(self.live.objects)
            if any(one.kind in hidden for one in (address, *holders(address))) or self.switched_off(address)
        )

    def former(self, address: Address) -> Address:
        """Return the address that an object has on the server now."""
        return former_address(address, self.former_names)

    def switched_off(self, address: Address) -> str:
        """Return the setting by which an object that was made is out of reach, with what holds it; "" without one."""
        realm = self.live.objects.get(REALM)
        for one in (address, *holders(address)):
            switch = kinds()[one.kind].switch
            off = switch and realm and realm.fields.get(switch) is False
            if off and one in self.live.inventory.owned and one not in self.live.objects:
                return switch
        return ""


def compare(desired: Desired, snapshot: Snapshot) -> Comparison:
    """Return the two sides, aligned. Raises BadConfig where a relative declaration can't be written out."""
    names = renames(desired, snapshot) if snapshot.exists else {}
    live = renamed(snapshot, names) if snapshot.exists else _new_realm(desired, snapshot)
    return Comparison(desired, snapshot, names, written_out(desired, live), live)


def _new_realm(desired: Desired, snapshot: Snapshot) -> Snapshot:
    """Return what a realm that is still to be made will hold of Keycloak's own."""
    default = Live(default_role(desired), {}, builtin=True)
    return replace(snapshot, objects={**fresh(snapshot.version), default.address: default})
