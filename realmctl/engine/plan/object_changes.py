"""A plan's changes as a reader thinks of them: one per object, in Keycloak's words.

A role's composites or a client's scopes are changes of their own to the engine; here they are fields of the role and
the client. Must not know about: output formats.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.ownership import holder
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange
from realmctl.model.fields import Compare, durations

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def objects(changes: Iterable[Change]) -> list[Change]:
    """The changes with every link merged into the object it belongs to, at the place of the first of them."""
    found: dict[Address, Change] = {}
    for change in changes:
        owner = holder(change.address)
        told = replace(change, address=owner, fields=tuple(_told(change, field) for field in change.fields))
        known = found.get(owner)
        if known is None:
            linked = owner != change.address
            found[owner] = replace(told, action=Action.UPDATE) if linked else told
        else:
            first, second = (told, known) if owner == change.address else (known, told)
            found[owner] = replace(first, fields=(*first.fields, *second.fields), notes=(*first.notes, *second.notes))
    return list(found.values())


def spoken(address: Address) -> str:
    """What kind of thing it is, in words."""
    if address.kind == "realm":
        return "realm settings"
    kind = kinds().get(address.kind)
    return kind.title if kind else address.kind


def member(text: str) -> str:
    """A reference, held as an address, as a person writes it: `orders-reader`, `orders-api / refund`, `/team/leads`."""
    address = Address.parse(text)
    if address.kind == "group":
        return "/" + "/".join(address.names)
    return " / ".join(address.names)


def _told(change: Change, field: FieldChange) -> FieldChange:
    kind = kinds().get(change.address.kind)
    if kind is None:
        return field
    if kind.is_link and field.compare is Compare.SET:
        return replace(field, old=_members(field.old), new=_members(field.new))
    if not kind.is_link and field.path in durations(kind.model):
        return replace(field, old=Seconds.of(field.old), new=Seconds.of(field.new))
    return field


def _members(value: Any) -> Any:
    return [member(text) for text in value] if isinstance(value, list) else value


class Seconds(int):
    """A number of seconds that knows how a person would write it."""

    @classmethod
    def of(cls, value: Any) -> Any:
        """The value as seconds; whatever is no number stays as it is."""
        return cls(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def words(self) -> str:
        """`1800 (30m)`; the number alone where that says no more."""
        left, parts = int(self), []
        for unit, size in _UNITS:
            count, left = divmod(left, size)
            if count:
                parts.append(f"{count}{unit}")
        short = "".join(parts)
        return f"{int(self)} ({short})" if len(parts) <= 2 and int(self) >= 60 else str(int(self))
