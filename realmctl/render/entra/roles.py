"""App roles and groups of a registration by name, as lines to paste into a realm's word `entra`.

Must not know about: what realms map already, but for the targets that they give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realmctl.config.macros.entra import EntraSaying
from realmctl.config.yaml.text import scalar
from realmctl.engine.plan.value_text import clean
from realmctl.errors import NotFound
from realmctl.integrations.entra.registration import Registration
from realmctl.render.plan_json import dump


@dataclass(frozen=True)
class ListedRole:
    """An app role. `target` is what the realm maps it to, or None."""

    value: str
    name: str
    id: str
    usable: bool
    target: Any


@dataclass(frozen=True)
class ListedGroup:
    """A group that is assigned to the application or mapped by the realm; `name` is "" where it isn't known."""

    id: str
    name: str
    assigned: bool
    target: Any


@dataclass(frozen=True)
class Listed:
    """One realm's."""

    realm: str
    client_id: str
    roles: Sequence[ListedRole]
    groups: Sequence[ListedGroup]


def list_roles(realm: str, word: EntraSaying, client_id: str, found: Registration) -> Listed:
    """What there is, sorted by name. Raises NotFound where there is no registration."""
    if found.application is None:
        raise NotFound(
            f"The tenant {word.home} has no app registration with the client id {client_id}.",
            advice="Check the client id (the application id, not the object id) and the tenant.",
        )
    roles = [
        ListedRole(
            str(role["value"]),
            str(role.get("displayName") or ""),
            str(role.get("id") or ""),
            bool(role.get("isEnabled")) and "User" in (role.get("allowedMemberTypes") or ()),
            word.appRoles.get(str(role["value"])),
        )
        for role in found.app_roles
        if role.get("value")
    ]
    names = {
        str(one.get("principalId")).lower(): str(one.get("principalDisplayName") or "")
        for one in found.assignments
        if one.get("principalType") == "Group"
    }
    targets = {group.lower(): target for group, target in word.groups.items()}
    known = {key: str((group or {}).get("displayName") or "") for key, group in found.groups.items()}
    groups = [
        ListedGroup(key, known.get(key) or names.get(key, ""), key in names, targets.get(key))
        for key in {**names, **targets}
    ]
    return Listed(
        realm,
        client_id,
        sorted(roles, key=lambda one: one.value.lower()),
        sorted(groups, key=lambda one: (one.name.lower(), one.id)),
    )


def yaml(several: Sequence[Listed]) -> str:
    """A part of the word `entra` for each realm; what the realm doesn't map yet has a comment in place of a target."""
    return "".join(f"{line}\n" for one in several for line in _yaml(one))


def _yaml(one: Listed) -> Iterator[str]:
    yield f"# realm {clean(one.realm)}, app registration {one.client_id}"
    yield "entra:"
    if one.roles:
        yield "  appRoles:"
    for role in one.roles:
        remark = role.name + ("" if role.usable else "; disabled, or for applications alone")
        yield _line(scalar(role.value), role.target, remark)
    if one.groups:
        yield "  groups:"
    for group in one.groups:
        remark = (group.name or "no such group") + ("" if group.assigned else "; not assigned to the application")
        yield _line(group.id, group.target, remark)


def _line(key: str, target: Any, remark: str) -> str:
    if target is None:
        return f"    # {key}: ROLE-OR-GROUP  # {clean(remark)}"
    shown = f"[{', '.join(map(scalar, target))}]" if isinstance(target, list) else scalar(target)
    return f"    {key}: {shown}  # {clean(remark)}"


def json(several: Sequence[Listed]) -> str:
    """`{"format": 1, "realms": […]}`."""
    return dump({"realms": [_data(one) for one in several]})


def _data(one: Listed) -> Mapping[str, Any]:
    return {
        "realm": one.realm,
        "clientId": one.client_id,
        "appRoles": [
            {"value": r.value, "displayName": r.name, "id": r.id, "usable": r.usable, "mappedTo": r.target}
            for r in one.roles
        ],
        "groups": [
            {"id": g.id, "displayName": g.name or None, "assigned": g.assigned, "mappedTo": g.target}
            for g in one.groups
        ],
    }


def text(several: Sequence[Listed]) -> str:
    """A table for a person."""
    return "".join(f"{line}\n" for one in several for line in _text(one))


def _text(one: Listed) -> Iterator[str]:
    yield f"Realm {clean(one.realm)}, app registration {one.client_id}"
    rows = [("app role", role.value, role.id, _target(role.target)) for role in one.roles]
    rows += [("group", group.name or "(no such group)", group.id, _target(group.target)) for group in one.groups]
    width = max((len(clean(row[1])) for row in rows), default=0)
    for kind, name, key, target in rows:
        yield f"  {kind:<8}  {clean(name):<{width}}  {key}  {target}"


def _target(target: Any) -> str:
    if target is None:
        return "not mapped"
    return f"→ {clean(', '.join(target) if isinstance(target, list) else str(target))}"
