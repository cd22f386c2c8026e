"""How many people keep what a former mapping of an identity provider gave: counted on the server where the account may.

Must not know about: how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from realmctl.analysis.danger.former_mappings import Left
from realmctl.analysis.review.names import spoken_role
from realmctl.engine.read.view import View
from realmctl.errors import Forbidden, NotFound
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from realmctl.model.objects import Snapshot
from realmctl.model.sentence import Name, Sentence

_MOST = 10
"""Roles and groups that are counted."""
_LOOKED_AT = 50
"""People of each whose identity providers are read, one request each."""


def keepers(admin: Admin, left: Iterable[Left], snapshot: Snapshot) -> tuple[Sentence, ...]:
    """Return a sentence for each role and group that people of a provider keep; of the first ten."""
    there = [one for one in left if one.target is not None and one.target in snapshot.objects][:_MOST]
    if not there:
        return ()
    view = View(admin, snapshot.realm, {a: live.id for a, live in snapshot.objects.items() if live.id})
    return tuple(told for one in there for told in _told(view, one, one.target or Address("role")))


def _told(view: View, one: Left, target: Address) -> Iterator[Sentence]:
    query = {"first": "0", "max": str(_LOOKED_AT + 1), "briefRepresentation": "true"}
    if target.kind == "group":
        path: tuple[str, ...] = ("groups", view.id(target), "members")
        what: Sentence = ("the group ", Name("/" + "/".join(target.names)))
    else:
        where = ("clients", view.id(Address("client", target.names[:1]))) if target.kind == "client-role" else ()
        path = (*where, "roles", target.name, "users")
        what = ("the role ", Name(spoken_role(target)))
    try:
        users = view.get(*path, query=query) or []
        come = view.side_by_side(partial(_comes_from, view, user, one.provider) for user in users[:_LOOKED_AT])
    except (Forbidden, NotFound):
        yield ("Who keeps ", *what, " could not be seen with this account.")
        return
    count, more = sum(come), len(users) > _LOOKED_AT
    if count or more:
        people = f"{'At least ' if more else ''}{count} {'person' if count == 1 else 'people'} from "
        one_only = count == 1 and not more
        if target.kind == "group":
            verbs = (" is in ", " and stays in it.") if one_only else (" are in ", " and stay in it.")
        else:
            verbs = (" has ", " and keeps it.") if one_only else (" have ", " and keep it.")
        yield (people, Name(one.provider), verbs[0], *what, verbs[1])


def _comes_from(view: View, user: Mapping[str, Any], provider: str) -> bool:
    found = view.get("users", str(user.get("id") or ""), "federated-identity") or ()
    return any(one.get("identityProvider") == provider for one in found)
