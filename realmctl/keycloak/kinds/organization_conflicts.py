"""What keeps a declared organization from being as the file says: another one's name, or its domain.

By experiment (26.7.3): 409 to a name, 400 to a domain that another one has. Deletions come last, and changes in no
order, so that whoever has it now is in the way, too. Pure. Must not know about: requests, how organizations are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.keycloak.kinds.base import Conflict
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Live, Snapshot


def conflicts(desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
    """What Keycloak would refuse halfway, when the organization that has it now may be gone already."""
    wanted = {address: want for address, want in desired.resources.items() if address.kind == "organization"}
    there = {address: live for address, live in snapshot.objects.items() if address.kind == "organization"}
    now = {address: _has(address, live.fields) for address, live in there.items()}
    then = {address: _has(address, _said_over(wanted[address], there.get(address))) for address in wanted}
    then |= {one: now[one] for one in there if one not in wanted and not _goes(one, desired, snapshot)}
    for address, want in wanted.items():
        for taken in sorted(then[address] - now.get(address, set())):
            what, name = taken
            path = (what,) if what in want.fields else ()
            for other in sorted({*then, *now} - {address}):
                told = f"the organization {other.name} has the {_TITLES[what]} {name}"
                if taken in then.get(other, ()):
                    too = ", too" if other in wanted else ""
                    yield want, path, f"{told}{too}", "give it to one of them"
                elif taken in now.get(other, ()):
                    advice = f"take it from {other.name} in an apply of its own first"
                    yield want, path, f"{told} until this apply is done", advice


_TITLES = {"domains": "domain", "name": "name"}


def _said_over(want: Declared, have: Live | None) -> Mapping[str, Any]:
    return {**(have.fields if have else {}), **want.fields}


def _has(address: Address, fields: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What no other organization may have; Keycloak keeps domains in lower case (26.7.3)."""
    domains = {("domains", str(one["name"]).lower()) for one in fields.get("domains") or ()}
    return {*domains, ("name", str(fields.get("name") or address.name))}


def _goes(address: Address, desired: Desired, snapshot: Snapshot) -> bool:
    """Whether what is not declared is deleted at the end of the apply."""
    if address in desired.absent:
        return True
    if address in snapshot.inventory.owned:
        return address not in desired.let_go
    return address.kind in desired.prune and address not in snapshot.inventory.others
