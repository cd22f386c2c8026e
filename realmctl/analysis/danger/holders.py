"""Who holds which roles in a realm, by which path: users, groups, default roles, mappers of every sort, workflows.

Pure. Must not know about: which roles are dangerous, before and after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import name_text, say
from realmctl.analysis.danger.values import is_true, items, text
from realmctl.keycloak.token_roles import LINKS
from realmctl.model.address import Address
from realmctl.model.claim import NEVER
from realmctl.model.sentence import Name, Sentence

EVERYBODY, ANY_LOGIN, SOME = 0, 1, 2
"""How many people a grant reaches: all of the realm, all who come one way, those who fulfil a condition."""

_LINK_ROLES = {link: kind for kind, link in LINKS.items()}
_ALL = frozenset({".*", ".+", "^.*$", "^.+$", ".*?", "(.*)", "(.+)"})
"""Regular expressions that any value matches."""
_PAIRS = (("claims", "are.claim.values.regex"), ("attributes", "are.attribute.values.regex"))
"""Where a broker's mapper has its conditions, and the switch that makes their values regular expressions."""


@dataclass(frozen=True)
class Grant:
    """Some people (`who`, the subject of a sentence) hold `role`, because `link` says so (`via`, before the role)."""

    who: Sentence
    reach: int
    link: Address
    role: Address
    via: Sentence
    more: tuple[Address, ...] = ()
    """Further objects that this grant depends on, such as the group's own roles."""


@lru_cache(maxsize=4)  # Several rules ask, about the two sides of one change.
def grants(view: RealmView) -> tuple[Grant, ...]:
    """Return every direct grant of a role in a realm. What the role contains is the caller's to follow."""
    return tuple(_grants(view))


def _grants(view: RealmView) -> Iterator[Grant]:
    yield from _default(view)
    for address in view.of(*_BY_KIND):
        yield from _BY_KIND[address.kind](view, address)


def _default(view: RealmView) -> Iterator[Grant]:
    who: Sentence = ("Everybody who logs in",)
    link = Address("default-roles")
    for role in view.roles(link, "defaultRoles"):
        yield Grant(who, EVERYBODY, link, role, ("the default roles contain ",))
    joined = Address("default-groups")
    for one in view.fields(joined).get("defaultGroups") or ():
        group = Address.parse(str(one))
        via = say("the default group {group} has the role ", group=name_text(group))
        yield from _of_group(view, group, who, EVERYBODY, joined, via)


def _of_group(
    view: RealmView, group: Address, who: Sentence, reach: int, link: Address, via: Sentence
) -> Iterator[Grant]:
    for given, role in view.group_roles(group):
        yield Grant(who, reach, link, role, via, (given, group))


def _roles_of(view: RealmView, link: Address, who: Sentence, via: Sentence, *fields: str) -> Iterator[Grant]:
    for role in view.roles(link, *fields):
        yield Grant(who, SOME, link, role, via)


def _composites(view: RealmView, link: Address) -> Iterator[Grant]:
    holder = Address(_LINK_ROLES[link.kind], link.names)
    who = say("Everybody who has the role {role}", role=name_text(holder))
    for role in view.members(holder):
        yield Grant(who, SOME + 1, link, role, say("the role {role} contains ", role=name_text(holder)), (holder,))


def _group(view: RealmView, link: Address) -> Iterator[Grant]:
    who = say("The members of the group {group}", group=name_text(link))
    yield from _roles_of(
        view, link, who, say("the group {group} has the role ", group=name_text(link)), "realmRoles", "clientRoles"
    )


def _subgroup(view: RealmView, group: Address) -> Iterator[Grant]:
    """What a group has from the groups above it."""
    who = say("The members of the group {group}", group=name_text(group))
    for given, role in view.group_roles(group):
        if given.names != group.names:
            via = say("the group {above} above it has the role ", above=name_text(given))
            yield Grant(who, SOME, group, role, via, (given,))


def _user(view: RealmView, link: Address) -> Iterator[Grant]:
    who = say("The user {user}", user=link.name)
    if link.kind == "user-roles":
        yield from _roles_of(view, link, who, ("the account has the role ",), "realmRoles", "clientRoles")
        return
    for one in view.fields(link).get("groups") or ():
        group = Address.parse(str(one))
        yield from _of_group(
            view, group, who, SOME, link, say("its group {group} has the role ", group=name_text(group))
        )


def _service_account(view: RealmView, link: Address) -> Iterator[Grant]:
    who = say("The service account of client {client}", client=link.name)
    if link.kind == "service-account-roles":
        yield from _roles_of(view, link, who, ("the account has the role ",), "serviceAccountRoles")
        return
    for one in view.fields(link).get("serviceAccountGroups") or ():
        group = Address.parse(str(one))
        yield from _of_group(
            view, group, who, SOME, link, say("its group {group} has the role ", group=name_text(group))
        )


def _broker(view: RealmView, mapper: Address) -> Iterator[Grant]:
    """A mapper of an identity provider that gives a role or a group."""
    config, kind = view.get(mapper, "config") or {}, text(view.get(mapper, "identityProviderMapper"))
    role, group = text(config.get("role")), text(config.get("group"))
    # Keycloak keeps keys of a former type, and looks at those of the type alone.
    role, group = ("", group) if "-group-" in kind else (role, "" if "-role-" in kind else group)
    if not role and not group:
        return
    if gives_nothing(config):
        return
    condition = condition_of(kind, config)
    who = say("Everybody from the identity provider {alias}", alias=mapper.names[0])
    who = (*who, " with ", *condition) if condition else who
    reach = SOME if condition else ANY_LOGIN
    via = say("the mapper {mapper} gives ", mapper=mapper.name)
    if role:
        yield Grant(who, reach, mapper, view.role_named(role), via)
    else:
        at = view.group_at(group)
        yield from _of_group(view, at, who, reach, mapper, (*via, "the group ", Name(name_text(at)), " with the role "))


def gives_nothing(config: Mapping[str, Any]) -> bool:
    """Return whether a broker's mapper demands a value that no claim or attribute can have."""
    return any(
        is_true(config.get(regex)) and any(text(one.get("value")) == NEVER for one in _pairs(config.get(key)))
        for key, regex in _PAIRS
    )


def condition_of(kind: str, config: Mapping[str, Any]) -> Sentence:
    """Return what a broker's mapper demands of a login; () where it applies to every login."""
    if "hardcoded" in kind:
        return ()
    if kind == "keycloak-oidc-role-to-role-idp-mapper":
        return say("the role {role} there", role=text(config.get("external.role")))
    pairs = [
        (text(one.get("key")), text(one.get("value")))
        for key, regex in _PAIRS
        for one in _pairs(config.get(key))
        if not (is_true(config.get(regex)) and text(one.get("value")) in _ALL)
    ]
    if text(config.get("claim")) and "advanced" not in kind:
        pairs.append((text(config["claim"]), text(config.get("claim.value"))))
    saml = text(config.get("attribute.name")) or text(config.get("attribute.friendly.name"))
    if saml and "advanced" not in kind:
        pairs.append((saml, text(config.get("attribute.value"))))
    found: list[str | Name] = []
    for claim, value in pairs:
        found += [" and "] if found else []
        known = {"roles": "the app role ", "groups": "the group "}
        found += [known[claim]] if claim in known else ["the claim ", Name(claim), " = "]
        found += [Name(value)]
    return tuple(found)


def _pairs(value: Any) -> list[Mapping[str, Any]]:
    try:
        read = json.loads(value) if isinstance(value, str) and value else value or []
    except ValueError:
        return []
    return [one for one in read if isinstance(one, Mapping)] if isinstance(read, list) else []


def _ldap(view: RealmView, mapper: Address) -> Iterator[Grant]:
    """A mapper of an LDAP federation that gives a role or a group to everybody, or as the directory says."""
    provider, config = view.said(mapper, "providerId"), view.get(mapper, "config") or {}
    directory = mapper.names[1] if len(mapper.names) > 1 else ""
    who = say("Everybody from the directory {directory}", directory=directory)
    via = say("the mapper {mapper} gives ", mapper=mapper.name)
    if provider == "hardcoded-ldap-role-mapper" and text(config.get("role")):
        yield Grant(who, ANY_LOGIN, mapper, view.role_named(text(config["role"])), via)
    elif provider == "hardcoded-ldap-group-mapper" and text(config.get("group")):
        group = view.group_at(text(config["group"]))
        yield from _of_group(view, group, who, ANY_LOGIN, mapper, via)
    elif provider == "role-ldap-mapper":
        client = text(config.get("client.id"))
        realm_roles = is_true(config.get("use.realm.roles.mapping"), default=not client)
        every = view.of("role") if realm_roles else (r for r in view.of("client-role") if r.names[0] == client)
        who = say("Everybody in a directory group of {directory} that is called like the role", directory=directory)
        for role in every:
            yield Grant(who, SOME, mapper, role, via)


def _token(view: RealmView, mapper: Address) -> Iterator[Grant]:
    """A protocol mapper that puts a role into tokens, or lets one role stand there as another one."""
    kind, config = view.said(mapper, "protocolMapper"), view.get(mapper, "config") or {}
    whose = "with the scope " if mapper.kind == "scope-mapper" else "of the client "
    via = say("the mapper {mapper} writes ", mapper=mapper.name)
    if kind in ("oidc-hardcoded-role-mapper", "saml-hardcode-role-mapper") and text(config.get("role")):
        who: Sentence = ("Everybody with a token ", whose, Name(mapper.names[0]))
        yield Grant(who, ANY_LOGIN, mapper, view.role_named(text(config["role"])), via)
    elif kind in ("oidc-role-name-mapper", "saml-role-name-mapper"):
        old, new = (view.role_named(text(config.get(key))) for key in ("role", "new.role.name"))
        if old != new:
            who = ("Everybody who has the role ", Name(name_text(old)), " and a token ", whose, Name(mapper.names[0]))
            yield Grant(who, SOME, mapper, new, via)


def _workflow(view: RealmView, workflow: Address) -> Iterator[Grant]:
    """Steps of a workflow that give roles or groups."""
    if not is_true(view.get(workflow, "enabled"), default=True):
        return
    who = say("The users that the workflow {workflow} acts on", workflow=workflow.name)
    for step in view.get(workflow, "steps") or ():
        uses, given = text(step.get("uses")), step.get("with") or {}
        if "revoke" in uses or "leave" in uses or not isinstance(given, Mapping):
            continue
        for key, value in given.items():
            for name in items(value) if "role" in key.lower() and "role" in uses else ():
                role = view.role_named(name.replace("/", ".", 1))
                yield Grant(who, SOME, workflow, role, ("it gives the role ",))
            for name in items(value) if "group" in key.lower() and "group" in uses else ():
                at = view.group_at(name)
                via = say("it adds them to the group {group} with the role ", group=name_text(at))
                yield from _of_group(view, at, who, SOME, workflow, via)


_BY_KIND: Mapping[str, Callable[[RealmView, Address], Iterator[Grant]]] = {
    "group-roles": _group,
    "group": _subgroup,
    "user-roles": _user,
    "user-groups": _user,
    "service-account-roles": _service_account,
    "service-account-groups": _service_account,
    "identity-provider-mapper": _broker,
    "sub-component": _ldap,
    "protocol-mapper": _token,
    "scope-mapper": _token,
    "workflow": _workflow,
    "role-composites": _composites,
    "client-role-composites": _composites,
}


@dataclass(frozen=True)
class ReachedRole:
    """A grant followed to a role that it leads to: `path` begins with the granted role and ends with that one."""

    grant: Grant
    path: tuple[Address, ...]

    @property
    def role(self) -> Address:
        """The role that is reached."""
        return self.path[-1]

    @property
    def links(self) -> Iterator[Address]:
        """The objects that make the path, from the people to the role."""
        yield self.grant.link
        yield from self.grant.more
        for role in self.path[:-1]:
            yield Address(LINKS[role.kind], role.names)
        yield from self.path

    @property
    def key(self) -> tuple[Sentence, Address]:
        """What makes two of them the same: who holds which role."""
        return (self.grant.who, self.role)

    @property
    def told(self) -> Sentence:
        """The path in words: `the default roles contain 'staff', which contains 'ops'`."""
        parts: list[str | Name] = [*self.grant.via, Name(name_text(self.path[0]))]
        for role in self.path[1:]:
            parts += [", which contains ", Name(name_text(role))]
        return tuple(parts)


def reached_roles(
    view: RealmView, wanted: Callable[[Address], bool], *, reach: int = SOME + 1
) -> dict[tuple[Sentence, Address], ReachedRole]:
    """Return who holds the wanted roles by any path, one path each; of grants that reach so many people at least."""
    found: dict[tuple[Sentence, Address], ReachedRole] = {}
    below: dict[Address, list[tuple[Address, ...]]] = {}
    leading = _leading(view, wanted)
    for grant in grants(view):
        if grant.reach > reach or grant.role not in leading:
            continue
        paths = below.get(grant.role)
        if paths is None:
            every = view.granted([grant.role], within=leading)
            paths = below[grant.role] = [path for role, path in every.items() if wanted(role)]
        for path in paths:
            one = ReachedRole(grant, path)
            found.setdefault(one.key, one)
    return found


def _leading(view: RealmView, wanted: Callable[[Address], bool]) -> set[Address]:
    """The wanted roles, and all that contain one at any depth: few of many, so that paths are looked for among few."""
    holders: dict[Address, list[Address]] = {}
    known: set[Address] = set()
    for grant in grants(view):
        known.add(grant.role)
        if grant.link.kind in _LINK_ROLES:
            holders.setdefault(grant.role, []).append(Address(_LINK_ROLES[grant.link.kind], grant.link.names))
        elif grant.link.kind == "default-roles":
            holders.setdefault(grant.role, []).append(view.default_role)
    todo = [role for role in known if wanted(role)]
    found: set[Address] = set()
    while todo:
        role = todo.pop()
        if role not in found:
            found.add(role)
            todo += holders.get(role, ())
    return found
