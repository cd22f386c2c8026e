"""Where one member of a list of references was written. Must not know about: any single rule."""

from __future__ import annotations

from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.objects import Declared


def member_place(declared: Declared, field: str, member: Address) -> Place:
    """The place of a reference in a field that is `[a, b]` or `{realm: [a], client: {c: [b]}}`."""
    whole = declared.origin.place(field)
    members = [Address.parse(text) for text in declared.fields.get(field) or ()]
    if member not in members:
        return whole
    alike = [one for one in members if one.kind == member.kind and one.names[:-1] == member.names[:-1]]
    among = ("realm",) if member.kind == "role" else ("client", *member.names[:-1])
    paths: tuple[tuple[str | int, ...], ...] = ((members.index(member),), (*among, alike.index(member)))
    # The validated list no longer tells in which form it was written: the form that leads somewhere is the one.
    places = [declared.origin.place(field, *path) for path in paths]
    return next((place for place in places if place != whole), whole)
