"""Rules about permissions: fine-grained administration, and authorization services of clients.

Must not know about: roles of `realm-management`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.danger.rule import Found, Rule, listed, say
from realmctl.danger.settings import Row, changed, table, turned_on
from realmctl.danger.settings import weaker as weaker_in
from realmctl.danger.transition import Transition
from realmctl.danger.values import items, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_ADMIN = frozenset({"admin-permissions", "realm-management"})
"""The clients whose authorization settings say who administers what (version 2 and 1 of such permissions)."""
_PERMISSIONS = frozenset({"scope", "resource", "uma"})
_LOOKING = frozenset({"view", "view-members", "query", "list"})


def _admin(t: Transition) -> Iterator[Found]:
    for policy in t.of("authorization-policy"):
        if policy.names[0] not in _ADMIN:
            continue
        kind = t.after.said(policy, "type")
        old, new = (_said(t.before.fields(policy)), _said(t.after.fields(policy)))
        if old == new:
            continue
        if kind in _PERMISSIONS:
            if not t.is_new(policy) and _narrower(old, new):
                continue
            scopes = items(t.after.get(policy, "config", "scopes"))
            looks = bool(scopes) and all(one in _LOOKING for one in scopes)
            policies = items(t.after.get(policy, "config", "applyPolicies"))
            told = say(
                "Whoever fulfils {policies} may {scopes} {targets}: the administration permission {name}.",
                policies=listed(policies) if policies else ("no policy at all",),
                scopes=listed(scopes) if scopes else ("do everything with",),
                targets=_targets(t, policy), name=policy.name,
            )  # fmt: skip
            yield Found(M if looks else C, told, policy, ("config",))
        elif not (t.is_new(policy) and not _in_use(t, policy)):
            told = say("Other people have administration permissions: the policy {name} ({kind}) decides by {keys}.",
                       name=policy.name, kind=kind, keys=listed(_moved(old, new)))  # fmt: skip
            yield Found(C, told, policy, ("config",))


def _said(fields: Mapping[str, Any]) -> dict[str, str]:
    config = fields.get("config") or {}
    kept = {key: plain(fields.get(key)) for key in ("type", "logic", "decisionStrategy")}
    return {**{key: value for key, value in kept.items() if value}, **{key: str(item) for key, item in config.items()}}


def _moved(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _narrower(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether a permission is only for fewer scopes or fewer objects."""
    moved = _moved(old, new)
    if not set(moved) <= {"scopes", "resources"}:
        return False
    return all(_fewer(old.get(key, "[]"), new.get(key, "[]"), all_=key == "resources") for key in moved)


def _fewer(old: str, new: str, *, all_: bool) -> bool:
    was, now = (set(one.strip("[]").replace("'", "").split(", ")) - {""} for one in (old, new))
    return bool(now) and (now <= was or (all_ and not was))


def _targets(t: Transition, policy: Address) -> tuple[Any, ...]:
    what = plain(t.after.get(policy, "config", "defaultResourceType")).lower() or "all objects"
    names = items(t.after.get(policy, "config", "resources"))
    return (f"{what} ", *listed(names)) if names else (f"all {what}",)


def _in_use(t: Transition, policy: Address) -> bool:
    return any(
        policy.name in items(t.after.get(one, "config", "applyPolicies"))
        for one in t.after.of("authorization-policy") if one.names[0] == policy.names[0]
    )  # fmt: skip


def _services(t: Transition) -> Iterator[Found]:
    """Policies and permissions of ordinary clients."""
    for policy in t.of("authorization-policy"):
        if policy.names[0] in _ADMIN or t.is_new(policy):
            continue
        old, new = (_said(view.fields(policy)) for view in (t.before, t.after))
        moved = _moved(old, new)
        if not moved:
            continue
        turned = "logic" in moved or ("decisionStrategy" in moved and new.get("decisionStrategy") == "AFFIRMATIVE")
        told = say("Other people may use what client {client} protects: {name} decides by {keys}.",
                   client=policy.names[0], name=policy.name, keys=listed(moved))  # fmt: skip
        yield Found(H if turned else M, told, policy, ("config",))
    for policy in t.gone("authorization-policy"):
        if policy.names[0] not in _ADMIN and Address("client", policy.names[:1]) in t.after:
            told = say("Client {client} does not ask for {name} any more.", client=policy.names[0], name=policy.name)
            yield Found(M, told, policy)


RULES = (
    Rule(
        "admin-permission-widened",
        C,
        "Somebody gains a permission to administer",
        "A fine-grained permission lets people manage users, groups, clients or roles without any role of "
        "`realm-management`. Looking alone is medium.",
        "Limit the permission to the objects that it is for, and its policies to a group of administrators.",
        _admin,
        ("authorization-policy.config", "authorization-policy.type", "authorization-policy.logic",
         "authorization-policy.decisionStrategy"),
    ),
    Rule(
        "authorization-policy-changed",
        H,
        "Other people may use what a client protects",
        "A policy that decides by something else, or the other way round, lets other people in.",
        "Check who fulfils the policy.",
        _services,
        ("authorization-policy.config", "authorization-policy.logic", "authorization-policy.decisionStrategy"),
    ),
    table(
        "authorization-weaker",
        H,
        "A client protects its resources less",
        "PERMISSIVE lets requests through that no policy is about; DISABLED lets all through. AFFIRMATIVE is content "
        "with one policy of several.",
        "Keep `policyEnforcementMode: ENFORCING` and `decisionStrategy: UNANIMOUS`.",
        Row("authorization", "policyEnforcementMode", weaker_in(H, "ENFORCING", "PERMISSIVE", "DISABLED"),
            "Client {name} lets requests through that no policy allows: {new}.", "ENFORCING"),
        Row("authorization", "decisionStrategy", weaker_in(H, "UNANIMOUS", "CONSENSUS", "AFFIRMATIVE"),
            "One policy of several is enough at client {name}: {new}.", "UNANIMOUS"),
        Row("authorization", "allowRemoteResourceManagement", turned_on(M), "Client {name} may add resources itself."),
        Row("authorization-resource", "uris", changed(M), "Other addresses belong to the resource {name}: {new}."),
        Row("authorization-resource", "scopes", changed(M), "Other things can be done with the resource {name}: "
            "{new}."),
        Row("authorization-resource", "type", changed(M), "Other policies are about the resource {name}."),
        Row("authorization-resource", "ownerManagedAccess", turned_on(M), "Owners of {name} may let others in."),
        Row("client", "authorizationServicesEnabled", turned_on(L), "Client {name} decides by policies."),
    ),
)  # fmt: skip
