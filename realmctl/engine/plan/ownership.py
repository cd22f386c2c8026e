"""What belongs to what, by the address alone: the one chain from an object to all that it goes with.

Pure. Must not know about: which objects are declared or live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address


def holders(address: Address) -> Iterator[Address]:
    """Yield the objects that an object goes with when they are deleted, the nearest first."""
    kind = kinds()[address.kind]
    if kind.nests and len(address.names) > 1:
        yield (above := Address(address.kind, address.names[:-1]))
        yield from holders(above)
    elif kind.owner and kind.owner != "realm":
        names = address.names if kind.is_link else address.names[: len(address.names) - kind.levels]
        yield (above := Address(kind.owner, names))
        yield from holders(above)


def holder(address: Address) -> Address:
    """Return the object that an address is about: itself, or for a link the object that has the link."""
    kind = kinds().get(address.kind)
    if kind is None or not kind.is_link or not kind.owner:
        return address
    return holder(Address(kind.owner, address.names))


def goes(deleted: Collection[Address], address: Address) -> bool:
    """Return whether an object is deleted, or goes with an object that holds it."""
    return bool(deleted) and (address in deleted or any(one in deleted for one in holders(address)))
