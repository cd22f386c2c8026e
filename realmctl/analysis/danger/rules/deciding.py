"""Rules about roles that something asks for: who gains one, and who loses one that makes a login ask for a proof.

Must not know about: roles of Keycloak's own, roles that the files protect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.analysis.danger.holders import ANY_LOGIN, Grant, ReachedRole, grants, reached_roles
from realmctl.analysis.danger.login_paths import proof_of
from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.role_effects import Opened, effects_of_role
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.rules.administration import gained_roles, power
from realmctl.analysis.danger.rules.flows import uses
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, text
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_ACCOUNTS = ("service-account-roles", "service-account-groups")


def _deciding(t: Transition) -> Iterator[Found]:
    if t.is_birth:
        return
    known: dict[Address, list[Opened]] = {}

    def wanted(role: Address) -> bool:
        if power(role, t.after.name) is not None or role in t.protected or t.is_new(role):
            return False
        return bool(known.setdefault(role, effects_of_role(t, role)))

    for root, every in gained_roles(t, wanted):
        some = [one for one in every if one.grant.reach > ANY_LOGIN]
        if not some:
            continue
        judged = [(_severity(t, one, known[one.role]), one) for one in some]
        severity, first = min(judged, key=lambda pair: pair[0].rank)
        what = [part for one in known[first.role] for part in (", which ", *one.what)]
        told = say(" can use {role}", role=name_text(first.role))
        yield Found(severity, (*first.grant.who, *told, *what, ": ", *first.told, *_others(some, first)), root)


def _others(every: Sequence[ReachedRole], first: ReachedRole) -> Sentence:
    roles = list(dict.fromkeys(name_text(one.role) for one in every if one.role != first.role))
    return (". The change also gives ", *list_names(roles), ".") if roles else (".",)


def _severity(t: Transition, one: ReachedRole, opens: Sequence[Opened]) -> Severity:
    """How bad it is that some people gain a role that something asks for."""
    link = one.grant.link
    worst = min((each.some for each in opens), key=lambda severity: severity.rank)
    if link.kind in _ACCOUNTS:
        fresh = t.is_new(Address("client", link.names))
        return worst if fresh or _is_near(t, one) else H
    if (
        link.kind == "identity-provider-mapper"
        and link in t.touched
        and not t.is_new(Address("identity-provider", link.names[:1]))
    ):
        # The same people get something else, or other people get the same: somebody's mapping was taken over.
        return H if not t.is_new(link) or _came_before(t, one.grant) else worst
    holder = Address({"group-roles": "group"}.get(link.kind, link.kind), link.names)
    return M if worst is H and t.is_new(holder) else worst


def _is_near(t: Transition, one: ReachedRole) -> bool:
    """Whether the account could use the service before, or is the client that the service is for."""
    before = {other.role for other in reached_roles(t.before, lambda _: True).values() if other.grant.link.names ==
              one.grant.link.names and other.grant.link.kind in _ACCOUNTS}  # fmt: skip
    services = set(t.demanded.get(".".join(one.role.names), ()))
    mine = {name for role in before for name in t.demanded.get(".".join(role.names), ())}
    return one.role.names[0] == one.grant.link.name or bool(services & mine)


def _came_before(t: Transition, grant: Grant) -> bool:
    return any(other.who == grant.who and other.link.kind == grant.link.kind for other in grants(t.before))


def _conditions(view: RealmView, other: RealmView) -> tuple[dict[Address, set[str]], dict[Address, set[str]]]:
    """The roles for which flows in use ask for a proof, and those for which they do not, each with the proofs."""
    asking: dict[Address, set[str]] = {}
    exempt: dict[Address, set[str]] = {}
    for alias in {alias for _, alias in uses(view, other) if alias}:
        todo = list(view.get(Address("flow", (alias,)), "executions") or ())
        while todo:
            step = todo.pop()
            inner = [one for one in step.get("executions") or () if text(one.get("requirement")) != "DISABLED"]
            todo += inner
            proofs = set(filter(None, map(proof_of, inner)))
            for role, negated in _roles(view, inner) if text(step.get("requirement")) == "CONDITIONAL" else ():
                (exempt if negated else asking).setdefault(role, set()).update(proofs)
            config = step.get("config") or {}
            for key, where in (("forceOtpRole", asking), ("skipOtpRole", exempt)):
                if text(config.get(key)):
                    where.setdefault(view.role_named(text(config[key])), set()).add("a one-time code")
    return asking, exempt


def _roles(view: RealmView, steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Address, bool]]:
    for step in steps:
        config = step.get("config") or {}
        if text(step.get("authenticator")) == "conditional-user-role" and text(config.get("condUserRole")):
            yield view.role_named(text(config["condUserRole"])), is_true(config.get("negate"))


def _escaped(t: Transition) -> Iterator[Found]:
    """People who are asked for less, because a condition of a flow goes by a role that they lose or gain."""
    asking, exempt = _conditions(t.after, t.before)
    if asking:
        still = reached_roles(t.after, asking.__contains__)
        for grant in grants(t.before):
            lost = grant.role in asking and (grant.who, grant.role) not in still
            if lost and grant.role in t.after and _remains(t, grant):
                told = say(" no longer have the role {role}", role=name_text(grant.role))
                if grant.reach == 0 or "Everybody" in str(grant.who[0]) or "The user" in str(grant.who[0]):
                    told = say(" no longer has the role {role}", role=name_text(grant.role))
                proofs = sorted(asking[grant.role]) or ["a further proof"]
                yield Found(H, (*grant.who, *told, ". The login asks only holders of that role for ",
                                " and ".join(proofs), "."), grant.link)  # fmt: skip
    if exempt:
        for root, every in gained_roles(t, exempt.__contains__):
            first = every[0]
            proofs = sorted(exempt[first.role]) or ["a further proof"]
            told = say(" can use {role}. The login does not ask holders of that role for ", role=name_text(first.role))
            yield Found(H, (*first.grant.who, *told, " and ".join(proofs), ": ", *first.told, "."), root)


def _remains(t: Transition, grant: Grant) -> bool:
    """Whether those who held a role by a grant are still there, and still have anything else by it."""
    link = grant.link
    if link.kind in ("role-composites", "client-role-composites"):
        return Address("role" if link.kind == "role-composites" else "client-role", link.names) in t.after
    if link.kind in ("default-roles", "default-groups"):
        return True
    return any(other.who == grant.who for other in grants(t.after))


_PATHS = (
    "role-composites.composites", "client-role-composites.composites", "default-roles.defaultRoles",
    "group-roles.realmRoles", "group-roles.clientRoles", "user-roles.realmRoles", "user-roles.clientRoles",
    "service-account-roles.serviceAccountRoles", "service-account-groups.serviceAccountGroups",
    "identity-provider-mapper.config.*",
)  # fmt: skip

RULES = (
    DangerRule(
        "deciding-role-gained",
        H,
        "Somebody gains a role that something asks for",
        "A service at the gateway, a policy of a client or an administration permission asks for the role, and its "
        "owner "
        "is not asked. High for the service account of a client that could not use the service, for a mapping of an "
        "identity provider that now gives something else or to other people, and for a permission that changes "
        "objects; "
        "else medium.",
        "Have the owner of the service approve it.",
        _deciding,
        _PATHS,
    ),
    DangerRule(
        "login-condition-escaped",
        H,
        "People are asked for less, because a role of theirs changes",
        "A condition in a login flow goes by a role: who has it is asked for a further proof, or is not. Taking the "
        "role "
        "out of a composite, a group or the default roles changes the login of all who had it, without a change of the "
        "flow.",
        "Keep the role wherever the flow relies on it.",
        _escaped,
        _PATHS,
    ),
)  # fmt: skip
