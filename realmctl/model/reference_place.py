"""Where one of an object's references was written. Must not know about: any single kind or rule."""

from __future__ import annotations

from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.objects import Declared


def reference_place(declared: Declared, path: tuple[str | int, ...], target: Address) -> Place:
    """The place of a reference that stands at `path`, alone or as one of a list."""
    if len(path) == 1 and str(target) in (declared.fields.get(str(path[0])) or ()):
        return member_place(declared, str(path[0]), target)
    return declared.origin.place(*path)


def member_place(declared: Declared, field: str, member: Address) -> Place:
    """The place of a reference in a field that is `[a, b]`, `{realm: [a], client: {c: [b]}}` or `{c: [b]}`."""
    whole = declared.origin.place(field)
    members = [Address.parse(text) for text in declared.fields.get(field) or ()]
    if member not in members:
        return whole
    alike = [one for one in members if one.kind == member.kind and one.names[:-1] == member.names[:-1]]
    among = ("realm",) if member.kind == "role" else ("client", *member.names[:-1])
    at = alike.index(member)
    paths: tuple[tuple[str | int, ...], ...] = ((members.index(member),), (*among, at), (*member.names[:-1], at))
    # The validated list no longer tells in which form it was written: the form that leads somewhere is the one.
    places = [declared.origin.place(field, *path) for path in paths]
    return next((place for place in places if place != whole), whole)
