"""Rules about roles: what everybody gets, and what nobody can get.

Must not know about: claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.lint.rule import Doubt, LintedRealm, LintRule
from realmctl.model.address import Address

_MANAGEMENT = "realm-management"
_GIVING = (
    "role-composites",
    "client-role-composites",
    "group-roles",
    "default-roles",
    "service-account-roles",
    "user-roles",
)
"""Links that give a role to somebody."""


def _default_admin(look: LintedRealm) -> Iterator[Doubt]:
    default = look.get("default-roles")
    for text in (default.fields.get("defaultRoles") or ()) if default else ():
        role = _administrative(look, Address.parse(text))
        if role and default:
            yield Doubt(f"everybody gets the role {role} of {_MANAGEMENT}", default.origin.place("defaultRoles"))
    groups = look.get("default-groups")
    for text in (groups.fields.get("defaultGroups") or ()) if groups else ():
        given = look.get("group-roles", *Address.parse(text).names)
        for member in _roles(given.fields) if given else ():
            role = _administrative(look, member)
            if role and groups:
                told = f"everybody gets the role {role} of {_MANAGEMENT}, by the group {Address.parse(text).name}"
                yield Doubt(told, groups.origin.place("defaultGroups"))


def _administrative(look: LintedRealm, role: Address) -> str:
    """The role of realm-management that a role is, or leads to; "" where it is none."""
    every = (one for one in look.granted([role]) if one.kind == "client-role" and one.names[0] == _MANAGEMENT)
    return min((one.name for one in every), default="")


def _roles(fields: Mapping[str, Any]) -> Iterator[Address]:
    for members in fields.values():
        for text in members if isinstance(members, list) else ():
            yield Address.parse(text)


def _unreachable(look: LintedRealm) -> Iterator[Doubt]:
    """Only where people come from a provider: else roles are given by hand, which no file says."""
    if not any(True for _ in look.of("identity-provider")):
        return
    given = {role for link in look.of(*_GIVING) for role in _roles(link.fields)}
    mapped = {str((mapper.fields.get("config") or {}).get("role")) for mapper in look.of("identity-provider-mapper")}
    named = {role for test in look.config.frame.tests.values() for role in test.given.roles}
    for role in look.of("role", "client-role"):
        address = role.address
        known_as = address.name if address.kind == "role" else ".".join(address.names)
        if address in given or known_as in mapped or str(address) in named or address.name == "uma_protection":
            continue
        owner = f" of client '{address.names[0]}'" if address.kind == "client-role" else ""
        told = f"nothing gives the role '{address.name}'{owner} to anybody: no app role, group, or other role"
        yield Doubt(told, role.origin.place())


RULES = (
    LintRule(
        "default-admin",
        "Every account, one that was registered a minute ago included, administers the realm.",
        "Take it out of the default roles and groups, and of what they are composed of.",
        "OWASP Top 10, A01: Broken access control",
        _default_admin,
    ),
    LintRule(
        "unreachable-role",
        "A role that nobody can get is a leftover, or a mapping that was forgotten.",
        "Map an app role or a group to it (`entra.appRoles`), or say in a test who has it.",
        "realmctl's own: the question that reviewers ask of a new role",
        _unreachable,
    ),
)
