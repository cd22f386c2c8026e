"""References that a team's declarations make: to its own objects, to roles it may grant, to what is harmless.

Everything else is refused. Must not know about: which field a reference stands in.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.teams.subject import TeamFile, root_of, title
from realmctl.errors import Finding, Place
from realmctl.keycloak.kinds.group import group_of
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.token_contents import splits
from realmctl.model.address import Address
from realmctl.model.ignore_rule import pattern
from realmctl.model.objects import Declared
from realmctl.model.reference_place import reference_place
from realmctl.model.suggestion import meant

_HARMLESS = frozenset({"client-scope", "required-action"})
"""Kinds whose built-in objects anybody may refer to: they give a client and a user no more than every one has."""


def check_references(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """The references that the kind of an object knows of, links included."""
    for path, target in kinds()[declared.address.kind].refers(declared.address, declared.fields):
        if not may_refer(look, target):
            yield refuse_reference(look, target, reference_place(declared, path, target))


def may_refer(look: TeamFile, target: Address) -> bool:
    """Whether the team's declarations may refer to an object. One without a name is a part of every realm."""
    if not target.names or target in look.own:
        return True
    if target.kind in ("role", "client-role"):
        return look.bounds.grants_role(".".join(target.names))
    if target.kind == "client-scope" and any(pattern(one).fullmatch(target.name) for one in look.bounds.scopes):
        return True
    return target.kind in _HARMLESS and target in look.realm.builtin


def refuse_reference(look: TeamFile, target: Address, place: Place) -> Finding:
    """The finding for a reference to an object out of bounds."""
    root = root_of(target)
    if target.kind in ("role", "client-role"):
        told, bound, entry = f"grant the {title(target)}", "grants", ".".join(target.names)
    elif target.kind == "client-scope":
        told, bound, entry = f"use the {title(target)}", "scopes", target.name
    else:
        told, bound, entry = f"refer to the {title(target)}", "", ""
    if not look.realm.declares(target) and look.bounds.includes(root.kind, root.name):
        told += ", which none of its files declares"
        guess = meant(target.name, (one.name for one in look.own if one.kind == target.kind))
        advice = f"Declare it in a file of the team {look.name}, or correct the name{guess or '.'}"
        return Finding("outside-bounds", f"the team {look.name} may not {told}", place, advice)
    return look.refuse(told, place, bound=bound, entry=entry, owner=(root.kind, root.names[0]))


def check_role_text(look: TeamFile, text: str, place: Place) -> Iterator[Finding]:
    """A role as mappers name it, `role` or `client-id.role`: every role that the text can mean has to be allowed.

    Which one Keycloak takes depends on the clients that exist (`token_contents.splits`); a meaning that no file
    declares and Keycloak does not ship counts only if there is no other.
    """
    meanings = [Address("client-role", split) for split in splits(text)] + [Address("role", (text,))]
    known = [one for one in meanings if look.realm.declares(one) or one in look.realm.builtin]
    if known:
        for one in known:
            if not may_refer(look, one):
                yield refuse_reference(look, one, place)
        return
    # Nothing declares it: only `grants` can say that the role is meant, by the text.
    if not look.bounds.grants_role(text):
        yield refuse_reference(look, meanings[0], place)


def check_group_text(look: TeamFile, text: str, place: Place) -> Iterator[Finding]:
    """A group as mappers name it, by path. A path that can be read in two ways is refused."""
    target = group_of(text)
    plain = tuple(text.removeprefix("/").split("/"))
    if target.names != plain or not may_refer(look, target):
        yield refuse_reference(look, target if target.names != ("",) else Address("group", (text,)), place)
