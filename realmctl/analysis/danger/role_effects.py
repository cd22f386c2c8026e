"""What a role opens: services at the gateway, what clients protect by policies, and permissions to administer.

Pure. Must not know about: who holds a role, before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import list_names, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import items, plain, text
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

ADMIN = frozenset({"admin-permissions", "realm-management"})
"""The clients whose authorization settings say who administers what (version 2 and 1 of such permissions)."""
PERMISSIONS = frozenset({"scope", "resource", "uma"})
LOOKING = frozenset({"view", "view-members", "query", "list"})


@dataclass(frozen=True)
class Opened:
    """What a role opens (`what` follows ", which "), and how bad it is that some people, or all, gain it."""

    what: Sentence
    some: Severity = Severity.MEDIUM
    everybody: Severity = Severity.HIGH


def effects_of_role(t: Transition, role: Address) -> list[Opened]:
    """Return what a role opens after the change."""
    services = t.demanded.get(".".join(role.names), ())
    found = [Opened(("opens the service ", *list_names(services)))] if services else []
    return found + _by_policy(t.after).get(role, [])


def named_roles(view: RealmView, policy: Address) -> list[Address]:
    """Return the roles that a policy of type `role` names."""
    said = view.get(policy, "config", "roles") or ()
    names = [str(one.get("id")) if isinstance(one, Mapping) else str(one) for one in said]
    return [view.role_named(name.replace("/", ".", 1)) for name in names]


@lru_cache(maxsize=4)
def _by_policy(view: RealmView) -> dict[Address, list[Opened]]:
    found: dict[Address, list[Opened]] = {}
    for permission in view.of("authorization-policy"):
        if view.said(permission, "type") not in PERMISSIONS:
            continue
        what = _permitted(view, permission)
        for name in items(view.get(permission, "config", "applyPolicies")):
            policy = Address("authorization-policy", (permission.names[0], name))
            negative = view.said(policy, "logic") == "NEGATIVE"
            for role in named_roles(view, policy) if view.said(policy, "type") == "role" and not negative else ():
                found.setdefault(role, []).append(what)
    return found


def _permitted(view: RealmView, permission: Address) -> Opened:
    client, name = permission.names
    scopes = items(view.get(permission, "config", "scopes"))
    if client not in ADMIN:
        return Opened(say("client {client} asks for (permission {name})", client=client, name=name))
    allows: Sentence = list_names(scopes) if scopes else ("everything",)
    told = (
        *say("by the administration permission {name} allows ", name=name),
        *allows,
        " of ",
        *objects_of(view, permission),
    )
    looks = bool(scopes) and all(one in LOOKING for one in scopes)
    if looks:
        return Opened(told)
    return Opened(told, Severity.HIGH, Severity.CRITICAL)


def objects_of(view: RealmView, permission: Address) -> Sentence:
    """Return the objects that an administration permission is for: `groups /a and /b`, `all users`."""
    what = plain(view.get(permission, "config", "defaultResourceType")).lower() or "objects"
    names = items(view.get(permission, "config", "resources"))
    return (f"{text(what)} ", *list_names(names)) if names else (f"all {text(what)}",)
