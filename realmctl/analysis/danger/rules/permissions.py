"""Rules about permissions: fine-grained administration, and authorization services of clients.

Must not know about: roles of `realm-management`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.analysis.danger.role_effects import ADMIN as _ADMIN
from realmctl.analysis.danger.role_effects import LOOKING as _LOOKING
from realmctl.analysis.danger.role_effects import PERMISSIONS as _PERMISSIONS
from realmctl.analysis.danger.role_effects import objects_of
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.settings import Judge, Row, changed, table, turned_on
from realmctl.analysis.danger.settings import weaker as weaker_in
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import items, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


def _admin(t: Transition) -> Iterator[Found]:
    for policy in t.of("authorization-policy"):
        if policy.names[0] not in _ADMIN:
            continue
        kind = t.after.said(policy, "type")
        old, new = (_said(t.before.fields(policy)), _said(t.after.fields(policy)))
        if old == new or (not t.is_new(policy) and _is_stricter(t, policy)):
            continue
        if kind in _PERMISSIONS:
            if not t.is_new(policy) and _narrower(old, new):
                continue
            scopes = items(t.after.get(policy, "config", "scopes"))
            looks = bool(scopes) and all(one in _LOOKING for one in scopes)
            policies = items(t.after.get(policy, "config", "applyPolicies"))
            told = say(
                "{who} can administer {targets} without an administrator's role: the permission {name} allows "
                "{scopes}.",
                who=("People for whom the policy ", *list_names(policies), " holds") if policies else ("Everybody",),
                scopes=list_names(scopes) if scopes else ("everything",),
                targets=objects_of(t.after, policy), name=policy.name,
            )  # fmt: skip
            yield Found(M if looks else C, told, policy, ("config",))
        elif not (t.is_new(policy) and not _in_use(t, policy)):
            told = say("Other people can administer: the policy {name} ({kind}), by which administration permissions "
                       "decide, has other {keys}.",
                       name=policy.name, kind=kind, keys=list_names(_moved(old, new)))  # fmt: skip
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


def _is_stricter(t: Transition, policy: Address) -> bool:
    """Whether a policy only lets in fewer people: fewer roles, groups, clients or users, or one more policy to meet."""
    old, new = (_said(view.fields(policy)) for view in (t.before, t.after))
    moved = _moved(old, new)
    negative = new.get("logic") == "NEGATIVE"
    for key in moved:
        was, now = (_members(view.get(policy, "config", key)) for view in (t.before, t.after))
        if key in ("roles", "groups", "clients", "users", "clientScopes"):
            fewer, more = now < was and bool(now), now > was and bool(was)
            if not (more if negative else fewer):
                return False
        elif key == "applyPolicies":
            unanimous = new.get("decisionStrategy", "UNANIMOUS") == "UNANIMOUS"
            if not (now > was and bool(was) if unanimous else now < was and bool(now)):
                return False
        else:
            return False
    return bool(moved)


def _members(value: Any) -> set[str]:
    return {str(sorted(one.items())) if isinstance(one, Mapping) else str(one) for one in value or ()}


def _people(t: Transition, policy: Address, keys: list[str]) -> Sentence:
    """Who comes and who goes by the lists of a policy that changed."""
    told: list[str | Name] = []
    for key in keys:
        was, now = (_names(view.get(policy, "config", key)) for view in (t.before, t.after))
        words = {"applyPolicies": "policies"}.get(key, key)
        if key in _LISTS and was != now:
            told += [f" The {words} are ", *list_names(sorted(now) or ["none"]), " instead of ",
                     *list_names(sorted(was) or ["none"]), "."]  # fmt: skip
    return tuple(told)


_LISTS = frozenset({"roles", "groups", "clients", "users", "applyPolicies", "resources", "scopes"})


def _names(value: Any) -> set[str]:
    return {str(one.get("id") or one.get("path")) if isinstance(one, Mapping) else str(one) for one in value or ()}


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
        if not moved or _is_stricter(t, policy):
            continue
        turned = "logic" in moved or ("decisionStrategy" in moved and new.get("decisionStrategy") == "AFFIRMATIVE")
        turned = turned or bool(set(moved) & {"roles", "groups", "clients", "users", "applyPolicies"})
        told = say("Other people can use what client {client} protects: the policy {name} has other {keys}.",
                   client=policy.names[0], name=policy.name, keys=list_names(moved))  # fmt: skip
        yield Found(H if turned else M, (*told, *_people(t, policy, moved)), policy, ("config",))
    for policy in t.gone("authorization-policy"):
        if policy.names[0] not in _ADMIN and Address("client", policy.names[:1]) in t.after:
            told = say("Client {client} no longer checks the policy {name}: it is deleted.", client=policy.names[0],
                       name=policy.name)  # fmt: skip
            yield Found(M, told, policy)


def _lost_or(severity: Severity) -> Judge:
    """Judge a list: `severity` where members are lost, medium where there are more of them."""

    def judge(old: Any, new: Any) -> Severity | None:
        was, now = set(items(old)), set(items(new))
        return severity if was - now else M if was and now - was else None

    return judge


RULES = (
    DangerRule(
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
    DangerRule(
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
        Row("authorization-resource", "uris", _lost_or(H), "The policies of the resource {name} apply to other "
            "addresses: "
            "{new} instead of {old}."),
        Row("authorization-resource", "scopes", _lost_or(H), "The resource {name} has other scopes, and policies for "
            "the "
            "others no longer apply: {new} instead of {old}."),
        Row("authorization-resource", "type", changed(M), "Other policies are about the resource {name}."),
        Row("authorization-resource", "ownerManagedAccess", turned_on(M), "Owners of {name} may let others in."),
        Row("client", "authorizationServicesEnabled", turned_on(L), "Client {name} decides by policies."),
    ),
)  # fmt: skip
