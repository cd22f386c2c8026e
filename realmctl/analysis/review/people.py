"""Who is concerned by a plan: how many people have a role that changes, asked of the server where the account may.

Must not know about: how it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from realmctl.analysis.review.names import spoken_role
from realmctl.engine.read.view import View
from realmctl.errors import Forbidden
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from realmctl.model.change import Action, Plan
from realmctl.model.objects import Snapshot
from realmctl.model.sentence import Name, Sentence

_MOST = 20
"""Roles that are asked about."""
_COUNTED = 100
_KINDS = {
    "role": "role",
    "client-role": "client-role",
    "role-composites": "role",
    "client-role-composites": "client-role",
}


def people(admin: Admin, plan: Plan, snapshot: Snapshot) -> tuple[Sentence, ...]:
    """A sentence for each role that changes and that somebody has; of the first twenty roles."""
    roles = dict.fromkeys(
        Address(_KINDS[change.address.kind], change.address.names)
        for change in plan.changes
        if change.address.kind in _KINDS and change.action is not Action.CREATE
    )
    there = [role for role in roles if role in snapshot.objects][:_MOST]
    view = View(admin, plan.realm, {a: live.id for a, live in snapshot.objects.items() if live.id})
    return tuple(one for found in view.side_by_side(partial(_holders, view, role) for role in there) for one in found)


def _holders(view: View, role: Address) -> tuple[Sentence, ...]:
    return tuple(_told(view, role))


def _told(view: View, role: Address) -> Iterator[Sentence]:
    where = ("clients", view.id(Address("client", role.names[:1]))) if role.kind == "client-role" else ()
    path = (*where, "roles", role.name)
    query = {"first": "0", "max": str(_COUNTED + 1), "briefRepresentation": "true"}
    try:
        users, groups = view.side_by_side(partial(view.get, *path, part, query=query) for part in ("users", "groups"))
    except Forbidden:
        yield ("Who has the role ", Name(spoken_role(role)), " could not be seen with this account.")
        return
    count = len(users or ())
    told = f"more than {_COUNTED} people" if count > _COUNTED else f"{count} {'person' if count == 1 else 'people'}"
    in_groups = f", and the members of {len(groups)} group{'' if len(groups) == 1 else 's'}" if groups else ""
    if count or groups:
        yield ("The role ", Name(spoken_role(role)), f" is given to {told}{in_groups}.")
