"""The realm that an apply of some files leaves, without a server: what they declare, laid over an untouched realm.

`tests/live/test_review_corpus.py` compares it with a real one. Must not know about: plans, reviews.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.inventory import flags
from realmctl.export.baseline import Baseline
from realmctl.keycloak.catalog import versions
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import merged_with
from realmctl.model.objects import Declared, Desired, Inventory, Live, Snapshot
from realmctl.model.secret import Secret


def applied(desired: Desired) -> Snapshot:
    """Return the realm as an apply of `desired` would leave it.

    Secrets are in the open in it: masked ones are told by their fingerprints, hundreds of hashes for each corpus.
    """
    version = versions()[-1]
    fresh = Baseline(desired.realm, version, {})
    found = {address: replace(live, fields=fresh.of(live) or {}, builtin=True) for address, live in fresh.fresh.items()}
    for address in sorted(desired.resources, key=_rank):
        found[address] = _written(desired.resources[address], found)
    for address in [one for one in found if one not in fresh.fresh]:
        found |= {link.address: link for link in _links(address, found) if link.address not in found}
    for address in desired.absent:
        found = {one: live for one, live in found.items() if one.names[: len(address.names)] != address.names}
    owned = flags(
        want for want in desired.resources.values() if kinds()[want.address.kind].owned and want.address.names
    )
    return Snapshot(desired.realm, True, found, Inventory(owned), version=version)


def _rank(address: Address) -> tuple[int, str]:
    """What others are filled in from comes first: the realm's lists, then clients, then what hangs on them."""
    first = ("realm", "realm-client-scopes", "default-groups", "client-scope", "client")
    return (first.index(address.kind) if address.kind in first else len(first), str(address))


def _written(want: Declared, found: Mapping[Address, Live]) -> Live:
    have = found.get(want.address)
    fields = _plain(want.fields)
    new = Live(want.address, fields)
    kept = have.fields if have else {**_empty(want.address), **(kinds()[want.address.kind].filled_in(new, found) or {})}
    named = {kinds()[want.address.kind].key: want.address.name} if kinds()[want.address.kind].owned else {}
    merged = _without_none(merged_with({**named, **kept}, fields))
    return Live(want.address, merged, builtin=bool(have and have.builtin))


def _links(owner: Address, found: Mapping[Address, Live]) -> Iterator[Live]:
    """What Keycloak keeps beside every object of that kind, empty where nobody declares it."""
    fields = found[owner].fields
    for kind in kinds().values():
        if kind.is_link and kind.owner == owner.kind and kind.fields():
            if kind.owner_switch and not fields.get(kind.owner_switch):
                continue
            link = Live(Address(kind.name, owner.names), {})
            yield replace(link, fields={**_empty(link.address), **(kind.filled_in(link, found) or {})})


def _empty(address: Address) -> dict[str, Any]:
    """What a link of which nothing is declared holds; of anything else nothing is known."""
    kind = kinds()[address.kind]
    if not kind.is_link:
        return {}
    found: dict[str, Any] = {name: [] for name in kind.fields()}
    return {**found, "defaultRole": []} if address.kind == "user-roles" else found


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return value
