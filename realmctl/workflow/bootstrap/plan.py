"""The plan of a realm's accounts for pipelines: what is there is read, what is missing is planned.

Must not know about: terminals, files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read, with_costs
from realmctl.errors import BadConfig, Forbidden, NotFound, Refused
from realmctl.model.address import Address
from realmctl.model.change import Plan
from realmctl.model.objects import Desired, Snapshot
from realmctl.workflow.bootstrap.accounts import ACCOUNTS, Wish, desired, scope
from realmctl.workflow.bootstrap.login import Login, way_of

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin


@dataclass(frozen=True, slots=True)
class AccountsPlan:
    """What is planned. By the accounts' names: the `logins` that are said anew, the `ways` in which all will log in and
    those in which they do `before`. `events` is whether the reader may view events, `hidden` which clients it may not.
    """

    desired: Desired
    plan: Plan
    logins: Mapping[str, Login]
    ways: Mapping[str, str]
    before: Mapping[str, str]
    events: bool = True
    hidden: frozenset[str] = frozenset()


def plan_accounts(admin: Admin, realm: str, wish: Wish, *, create_realm: bool = False) -> AccountsPlan:
    """The plan of the accounts that pipelines use in a realm. `create_realm`: the realm, too, where there is none.

    Raises Refused for `master`, NotFound where there is no such realm, Forbidden where the account may not see what is
    there already, UsageProblem for a wish that can't be met, BadConfig for one that this Keycloak is too old for.
    """
    if realm == "master":
        raise Refused(
            "the accounts are for one realm, and whoever may write to master may write to all of them",
            advice="name the realm whose files you keep",
        )
    seen = read(admin, scope(realm))
    if not seen.exists and not create_realm:
        raise NotFound(
            f"there is no realm {realm} on this server, or this account may not see it",
            advice="Check the name, or make it, too: realmctl bootstrap --create-realm",
        )
    if seen.unseen:
        raise Forbidden(
            f"This account may not see what the accounts consist of: {seen.unseen[0]}",
            advice=f"Log in as an administrator of master, or with the role realm-admin of the realm {realm}.",
        )
    wanted, logins = desired(seen, wish)
    # Again, for what is to be compared is known only now: a secret that is declared takes a request of its own.
    snapshot = read(admin, scope_of(wanted))
    try:
        comparison = compare(wanted, snapshot)
        plan = with_costs(admin, make_plan(comparison), comparison)
    except BadConfig as error:
        raise BadConfig([replace(finding, place=None) for finding in error.findings]) from None
    # What else is in the realm is not this plan's business, and no file declares the accounts.
    changes = tuple(replace(change, place=None) for change in plan.changes)
    said = {name: one.way for name, one in logins.items()}
    before = _ways(snapshot)
    plan = replace(plan, changes=changes, unmanaged=())
    return AccountsPlan(wanted, plan, logins, {**before, **said}, before, wish.events, wish.hidden)


def _ways(snapshot: Snapshot) -> dict[str, str]:
    """How the accounts that are there log in."""
    found = {one.name: snapshot.objects.get(Address("client", (one.client,))) for one in ACCOUNTS}
    return {name: way_of(live.fields) for name, live in found.items() if live}
