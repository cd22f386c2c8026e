"""A plan's changes in plain sentences: roles, who gets them, applications, services, logins.

Of everything else the details say what there is to say. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from realmctl.analysis.danger import Transition
from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.review.names import spoken_role
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.sentence import Name, Sentence

_MOST = 8
"""Names in one sentence."""


def words(plan: Plan, t: Transition) -> Iterator[Sentence]:
    """A sentence for every change there is one for."""
    for change in plan.changes:
        tell = _TELLING.get(change.address.kind)
        if tell:
            yield from tell(t, change)


def list_names(names: list[str], most: int = _MOST) -> Sentence:
    """`a`, `b` and 3 more."""
    parts: list[str | Name] = []
    for index, name in enumerate(names[:most]):
        parts += [", " if index else "", Name(name)]
    if len(names) > most:
        parts.append(f" and {len(names) - most} more")
    return tuple(part for part in parts if part != "")


def _role(t: Transition, change: Change) -> Iterator[Sentence]:
    role = change.address
    of = (" of ", Name(role.names[0])) if role.kind == "client-role" else ()
    if change.action is Action.DELETE:
        yield ("The role ", Name(role.name), *of, " goes away, and whoever has it loses it.")
    elif change.renamed_from:
        yield ("The role ", Name(change.renamed_from.name), *of, " is called ", Name(role.name), " from now on.")
    elif change.action is Action.CREATE:
        grants = _granted(t.after, role)
        with_it = (", and with it ", *list_names(grants)) if grants else ()
        yield ("There is a new role ", Name(role.name), *of, *with_it, ".", *_described(t, role))


def _granted(view: RealmView, role: Address) -> list[str]:
    """The names of all roles that anyone who has `role` has with it."""
    return sorted(spoken_role(one) for one in view.granted([role]) if one != role)


def _described(t: Transition, role: Address) -> Sentence:
    text = t.after.fields(role).get("description")
    return (" It is described as ", Name(str(text)), ".") if text else ()


def _composites(t: Transition, change: Change) -> Iterator[Sentence]:
    role = Address("role" if change.address.kind == "role-composites" else "client-role", change.address.names)
    if t.is_new(role):
        return  # Said with the new role.
    before, now = set(_granted(t.before, role)), set(_granted(t.after, role))
    for more, verb in ((now - before, "also has"), (before - now, "no longer has")):
        if more:
            yield ("Anyone who has the role ", Name(spoken_role(role)), f" {verb} ", *list_names(sorted(more)), ".")


def _group_roles(_t: Transition, change: Change) -> Iterator[Sentence]:
    come, gone = _moved(change)
    group = Name("/" + "/".join(change.address.names))
    for roles, verb in ((come, "get"), (gone, "lose")):
        if roles:
            yield ("Members of the group ", group, f" {verb} ", *list_names(roles), ".")


def _default_roles(_t: Transition, change: Change) -> Iterator[Sentence]:
    for field in change.fields:
        if field.path == "defaultRoles":
            come, gone = _names(field)
            for roles, verb in ((come, "gets"), (gone, "loses")):
                if roles:
                    yield ("Everybody in the realm ", f"{verb} ", *list_names(roles), ".")


def _service_account(_t: Transition, change: Change) -> Iterator[Sentence]:
    come, gone = _moved(change)
    for roles, verb in ((come, "gets"), (gone, "loses")):
        if roles:
            yield ("The service ", Name(change.address.name), f" itself {verb} ", *list_names(roles), ".")


def _moved(change: Change) -> tuple[list[str], list[str]]:
    come: list[str] = []
    gone: list[str] = []
    for field in change.fields:
        more, less = _names(field)
        come, gone = [*come, *more], [*gone, *less]
    return come, gone


def _names(field: FieldChange) -> tuple[list[str], list[str]]:
    come, gone = field.moved()
    return [spoken_role(Address.parse(str(one))) for one in come], [
        spoken_role(Address.parse(str(one))) for one in gone
    ]


def _broker_mapper(t: Transition, change: Change) -> Iterator[Sentence]:
    was, now = (_given(view.fields(change.address)) for view in (t.before, t.after))
    provider = Name(change.address.names[0])
    if was and (change.action is Action.DELETE or was != now):
        yield ("Who comes from ", provider, " with ", *was[0], " no longer gets ", Name(was[1]), " for it.")
    if now and was != now:
        yield ("Who comes from ", provider, " with ", *now[0], " gets ", Name(now[1]), ".")


def _given(mapper: Any) -> tuple[Sentence, str] | None:
    """What of a login a mapper looks at, and the role or group it gives for that."""
    config = mapper.get("config") or {}
    what = config.get("role") or config.get("group")
    if not what:
        return None
    if config.get("claim"):
        return _claim(str(config["claim"]), str(config.get("claim.value"))), str(what)
    try:
        claims = json.loads(config.get("claims") or "[]")
    except ValueError:
        claims = []
    if not claims:
        return ("any login",), str(what)
    parts: list[str | Name] = []
    for one in claims:
        parts += [" and " if parts else "", *_claim(str(one.get("key")), str(one.get("value")))]
    return tuple(part for part in parts if part), str(what)


def _claim(claim: str, value: str) -> Sentence:
    known = {"roles": "the app role ", "groups": "the group "}
    return (known[claim], Name(value)) if claim in known else ("the claim ", Name(claim), " = ", Name(value))


def _client(_t: Transition, change: Change) -> Iterator[Sentence]:
    client = Name(change.address.name)
    if change.action is Action.DELETE:
        yield ("The application ", client, " goes away: nobody can log in to it, and it gets no tokens.")
        return
    if change.action is Action.CREATE:
        yield ("There is a new application ", client, ".")
    for field in change.fields:
        if field.path == "redirectUris" and change.action is Action.UPDATE:
            come, gone = field.moved()
            if come:
                yield ("Logins to ", client, " may now end at ", *list_names([str(one) for one in come]), ".")
            if gone:
                yield ("Logins to ", client, " may no longer end at ", *list_names([str(one) for one in gone]), ".")
        elif field.path == "enabled" and change.action is Action.UPDATE:
            yield ("The application ", client, " is switched ", "on." if field.new else "off: nobody can log in to it.")
        elif field.path == "secret" and change.action is Action.UPDATE:
            yield ("The secret of ", client, " changes: whoever uses it needs the new one.")


def _provider(_t: Transition, change: Change) -> Iterator[Sentence]:
    provider = Name(change.address.name)
    if change.action is Action.DELETE:
        yield ("Nobody can log in through ", provider, " any more.")
    elif change.action is Action.CREATE:
        yield ("People can log in through ", provider, ".")


def _bindings(_t: Transition, change: Change) -> Iterator[Sentence]:
    for field in change.fields:
        if field.path == "browserFlow" and field.old:
            yield (
                "Everybody logs in by another flow: ",
                Name(str(field.new)),
                " instead of ",
                Name(str(field.old)),
                ".",
            )


_TELLING = {
    "role": _role,
    "client-role": _role,
    "role-composites": _composites,
    "client-role-composites": _composites,
    "group-roles": _group_roles,
    "default-roles": _default_roles,
    "service-account-roles": _service_account,
    "identity-provider-mapper": _broker_mapper,
    "client": _client,
    "identity-provider": _provider,
    "flow-bindings": _bindings,
}
