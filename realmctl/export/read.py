"""The whole realm as a snapshot, from a server: everything that any kind knows how to read.

Must not know about: what becomes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realmctl.engine.read.scope import scope_to
from realmctl.engine.read.snapshot import read
from realmctl.keycloak.kinds.registry import children, kinds
from realmctl.model.address import Address
from realmctl.model.objects import Snapshot

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin


def read_realm(admin: Admin, realm: str) -> Snapshot:
    """The realm with all that the account may see; a realm that isn't there is a snapshot that says so."""
    # A reader looks for what it is given: so that is one object of each kind, and then every object that was found.
    # Whom only a name leads to is nobody's to find: people, but for those that an inventory names.
    people = {name for name, kind in kinds().items() if kind.by_name_only}
    known = [name for name, kind in kinds().items() if people.isdisjoint({name, kind.owner})]
    snapshot = read(admin, scope_to(realm, {Address(name, ("",)) for name in known}, client_secrets=True))
    looked: set[Address] = set()
    # Who may only view is told what is in an object only once that is known: a client's roles, then what these include.
    while snapshot.exists and not (found := _to_look_at(snapshot)) <= looked:
        looked |= found
        objects = looked | {Address(name) for name in known} | _people(snapshot)
        snapshot = read(admin, scope_to(realm, objects, client_secrets=True))
    return snapshot


def _to_look_at(snapshot: Snapshot) -> set[Address]:
    """Every object that was found, with what links it to others; and every client's roles."""
    links = {name: [kind.name for kind in children(name) if kind.is_link] for name in kinds()}
    found = set(snapshot.objects)
    found |= {Address(link, address.names) for address in snapshot.objects for link in links[address.kind]}
    return found | {Address("client-role", (*address.names, "")) for address in found if address.kind == "client"}


def _people(snapshot: Snapshot) -> set[Address]:
    """Whom an owner made or took over: files without them, applied, would delete them."""
    found = [address for address in snapshot.inventory.others if kinds()[address.kind].by_name_only]
    links = {address.kind: [kind.name for kind in children(address.kind)] for address in found}
    return {Address(name, address.names) for address in found for name in (address.kind, *links[address.kind])}
