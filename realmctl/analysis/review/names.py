"""How a review names things and lists names. Must not know about: output formats."""

from __future__ import annotations

from realmctl.model.address import Address


def spoken_role(role: Address) -> str:
    """`orders-reader`, or `orders-api / refund` for a client's."""
    return " / ".join(role.names)
