"""Rules about who gains administration, of the realm or the server, or a role that the files protect, by any path.

Must not know about: fine-grained administration permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from realmctl.analysis.danger.holders import ANY_LOGIN, EVERYBODY, SOME, ReachedRole, reached_roles
from realmctl.analysis.danger.role_effects import effects_of_role
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.transition import Transition
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_POWERS: Mapping[str, Severity] = {
    **dict.fromkeys(("realm-admin", "manage-realm", "manage-users", "manage-clients", "impersonation"), C),
    **dict.fromkeys(("manage-identity-providers", "manage-authorization"), C),
    **dict.fromkeys(("create-client", "manage-organizations", "manage-events"), H),
    "view-clients": H,  # It shows every client's secret (26.7.3, by experiment).
    **dict.fromkeys(("view-users", "view-realm", "view-events", "view-authorization"), M),
    **dict.fromkeys(("view-identity-providers", "view-organizations"), M),
    **dict.fromkeys(("query-users", "query-clients", "query-groups", "query-realms", "query-organizations"), L),
}
"""The roles of `realm-management`, and in `master` of the client of each realm."""


def power(role: Address, realm: str) -> Severity | None:
    """Return how bad it is that somebody gains a role of Keycloak's own; None for every other role."""
    if role.kind == "role":
        return C if realm == "master" and role.name in ("admin", "create-realm") else None
    if role.kind != "client-role":
        return None
    client = role.names[0]
    if client == "broker":
        return H if role.name == "read-token" else None
    if client == "realm-management" or (realm == "master" and client.endswith("-realm")):
        return _POWERS.get(role.name, H)
    return None


def gained_roles(
    t: Transition, wanted: Callable[[Address], bool], *, reach: int = SOME + 1
) -> list[tuple[Address, list[ReachedRole]]]:
    """Return who newly holds the wanted roles, by the change that brings it; in each group the most people first."""
    before = reached_roles(t.before, wanted, reach=reach)
    groups: dict[Address, list[ReachedRole]] = {}
    for key, one in reached_roles(t.after, wanted, reach=reach).items():
        if key not in before:
            root = next((link for link in one.links if link in t.touched), one.grant.link)
            groups.setdefault(root, []).append(one)
    for found in groups.values():
        found.sort(key=lambda one: (one.grant.reach, len(one.path)))
    return list(groups.items())


def _administration(t: Transition) -> Iterator[Found]:
    def wanted(role: Address) -> bool:
        return power(role, t.after.name) is not None

    for root, every in gained_roles(t, wanted):
        worst = min((_severity(t, one) for one in every), key=lambda s: s.rank)
        first = next(one for one in (*_outermost(every, wanted), *every) if _severity(t, one) is worst)
        mine = _outermost([one for one in every if one.grant.who == first.grant.who], wanted)
        changes = any(power(one.role, t.after.name) in (C, H) for one in mine)
        looks = " can read the data of all users of " if any(one.role.name == "view-users" for one in mine) else ""
        verb = " can administer " if changes else looks or " can look into the administration of "
        what = "the server" if t.after.name == "master" else "the realm"
        yield Found(
            worst,
            (
                *first.grant.who,
                verb,
                what,
                " (",
                *list_names(one.role.name for one in mine),
                "): ",
                *first.told,
                *_also(every),
            ),
            root,
        )


def _severity(t: Transition, one: ReachedRole) -> Severity:
    """How bad a gain is: what lets some people look is worse where everybody may."""
    severity = power(one.role, t.after.name) or L
    return H if severity is M and one.grant.reach <= ANY_LOGIN else severity


def _outermost(every: list[ReachedRole], wanted: Callable[[Address], bool]) -> list[ReachedRole]:
    """Those that no other wanted role on their path brings along."""
    return [one for one in every if not any(map(wanted, one.path[:-1]))] or every


def _also(every: list[ReachedRole]) -> Sentence:
    """Who else gains the same, in a sentence of its own."""
    who = list(dict.fromkeys(one.grant.who for one in every))
    others = len(who) - 1
    return (".",) if not others else (f". The same holds for {others} more: users, groups or roles.",)


def _protected(t: Transition) -> Iterator[Found]:
    roles = {one for one in t.protected if one.kind in ("role", "client-role")}
    if not roles:
        return
    for root, every in gained_roles(t, roles.__contains__):
        first = every[0]
        severity = C if first.grant.reach in (EVERYBODY, ANY_LOGIN) else H
        # Nothing was behind a role that is new itself.
        severity = M if all(t.is_new(one.role) for one in every) and severity is H else severity
        gets = say(" can use the protected role {role}: ", role=name_text(first.role))
        yield Found(severity, (*first.grant.who, *gets, *first.told, *_also(every)), root)


def _everybody(t: Transition) -> Iterator[Found]:
    """Roles that are neither administration nor protected, and that everybody gets."""

    def wanted(role: Address) -> bool:
        return power(role, t.after.name) is None and role not in t.protected

    for root, wide in gained_roles(t, wanted, reach=ANY_LOGIN):
        asked = [one for one in wide if effects_of_role(t, one.role)]
        first = (asked or wide)[0]
        mine = [one for one in (asked or wide) if one.grant.who == first.grant.who]
        mine = mine if asked else _outermost(mine, wanted)
        opens = list(dict.fromkeys(each for one in mine for each in effects_of_role(t, one.role)))
        severity = min((one.everybody for one in opens), key=lambda one: one.rank, default=M)
        for_what = tuple(part for one in opens for part in (", which ", *one.what))
        roles = list_names(name_text(one.role) for one in mine)
        yield Found(severity, (*first.grant.who, " can use ", *roles, *for_what, ": ", *first.told, "."), root)


def demanded_by(t: Transition, role: Address) -> tuple[str, ...]:
    """Return the services at the gateway that ask for a role."""
    return t.demanded.get(".".join(role.names), ())


def _renamed(t: Transition) -> Iterator[Found]:
    for new, old in t.renamed.items():
        if new.kind not in ("role", "client-role") or new not in t.after:
            continue
        services = demanded_by(t, new)
        # A name that nobody had before is a new word for the same; one that another role had means something.
        taken = new in t.renamed.values()
        severe = taken and (bool(services) or new in t.protected or power(new, t.after.name) is not None)
        opens: Sentence = (" This opens the service ", *list_names(services), ".") if services else ()
        told = say(
            "Everybody with the role {old} has the role name {new} in tokens from now on.",
            old=name_text(old),
            new=name_text(new),
        )
        yield Found(H if severe else M if services else L, (*told, *opens), new)


_PATHS = (
    "role-composites.composites", "client-role-composites.composites", "default-roles.defaultRoles",
    "default-roles.defaultRole", "default-groups.defaultGroups", "group-roles.realmRoles", "group-roles.clientRoles",
    "user-roles.realmRoles", "user-roles.clientRoles", "user-groups.groups",
    "service-account-roles.serviceAccountRoles", "service-account-groups.serviceAccountGroups",
    "identity-provider-mapper.config.*", "identity-provider-mapper.identityProviderMapper", "sub-component.config.*",
    "workflow.steps", "workflow.on", "workflow.if", "workflow.enabled", "protocol-mapper.config.role",
    "protocol-mapper.config.new.role.name",
)  # fmt: skip

RULES = (
    DangerRule(
        "realm-admin-gained",
        C,
        "Somebody gains administration",
        "A role of `realm-management` (in `master`: `admin`, `create-realm` and the roles of a realm's client) reaches "
        "somebody who did not have it: as a default role, by a group or a group above it, a composite at any depth, "
        "a mapper of an identity provider or of LDAP, a service account, a workflow, or hard-coded in a token. Roles "
        "that change something are critical, `view-clients` is high (it shows every client's secret), other views "
        "are medium, and high where everybody gains them.",
        "Give the role to a group of administrators, and review each path that leads to it.",
        _administration,
        _PATHS,
    ),
    DangerRule(
        "protected-role-gained",
        C,
        "Somebody gains a role that the files protect",
        "A role with `protected: true` is one that the platform treats as powerful. Critical where everybody gains it, "
        "or everybody who comes from one identity provider or directory; else high.",
        "Have the owner of the role approve it.",
        _protected,
        _PATHS,
    ),
    DangerRule(
        "everybody-gains-role",
        C,
        "Everybody gains a role",
        "A role reaches all users of the realm, or all who come from one identity provider or directory, without a "
        "condition. Critical where the role has an administration permission that changes objects, high where a "
        "service, "
        "a client's policy or another administration permission asks for it, else medium.",
        "Give the role to a group, or map it with a condition.",
        _everybody,
        _PATHS,
    ),
    DangerRule(
        "role-renamed",
        H,
        "A role gets the name of another meaning",
        "Holders keep a role that is renamed, and services decide by its name. High where another role had the new "
        "name, and the name is protected or one that a service at the gateway asks for.",
        "Declare a new role, and give it to the people who should have it.",
        _renamed,
        ("role.renamedFrom", "client-role.renamedFrom"),
    ),
)
