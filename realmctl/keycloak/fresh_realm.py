"""An untouched realm of the server's version, as objects: what is built in, and what a new realm is planned against.

Pure: the realm is packaged data (`catalog`). Must not know about: the live server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Live
from realmctl.model.redaction import publish

LOCK_ROLE = "realmctl-lock"
"""The realm role that holds the lock of an apply (see `lock`): never an object of anybody's."""

_LOCK = frozenset(Address(kind, (LOCK_ROLE,)) for kind in ("role", "role-composites"))


def fresh(version: str) -> dict[Address, Live]:
    """The objects of a new realm."""
    from realmctl.keycloak.catalog import fresh_realm

    export = fresh_realm(version or None)
    found = objects(export)
    default = export["defaultRole"]["name"]
    return {address: live for address, live in found.items() if address != Address("role", (default,))}


def builtin(version: str) -> frozenset[Address]:
    """The addresses of what Keycloak itself makes in a realm."""
    return frozenset(fresh(version))


def objects(export: Mapping[str, Any], known: Iterable[Address] = ()) -> dict[Address, Live]:
    """Every object of an exported realm, by address; those in `known` are marked as built in."""
    known = frozenset(known)
    found: dict[Address, Live] = {}
    for kind in kinds().values():
        for live in kind.parse_export(export):
            for name in live.address.names:
                publish(name)  # Whatever a secret is made of, a reviewer has to see which object is changed.
            if live.address not in _LOCK:
                found[live.address] = replace(live, builtin=True) if live.address in known else live
    return found


def is_builtin(live: Live, realm: str) -> bool:
    """Whether Keycloak would refuse or miss it: marked so, or what `master` alone has, to administer all realms."""
    if live.builtin:
        return True
    address = live.address
    return realm == "master" and bool(address.names) and kinds()[address.kind].is_of_master(address)
