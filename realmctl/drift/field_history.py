"""Which event gave a field of an object its value of now; none where the events do not show it.

Pure. Must not know about: which events are of the object, how they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realmctl.drift.event_paths import Ids, Trail, fits
from realmctl.engine.plan.diff import alike
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.drift import Deviation
from realmctl.model.fields import Compare

Lost = Mapping[str, set[Address]]
"""By field of an object: what it referred to, and is gone."""
_OF = " / "
"""Stands between a client and its role where a set's members are shown to people."""


@dataclass(frozen=True, slots=True)
class AdminEvent:
    """One admin event. `at` is in milliseconds; `body` is the request's, where the realm keeps details."""

    at: int
    operation: str
    path: str
    body: Any
    realm: str
    """The id of the realm that the account is of."""
    user: str
    client: str
    address: str
    type: str = ""
    """What it says it is of, as Keycloak names resources; "" where it doesn't say."""
    own: bool = False

    @property
    def account(self) -> tuple[str, str]:
        """Who did it: realm and user, by id."""
        return self.realm, self.user


@dataclass(frozen=True, slots=True)
class Match:
    """An event that speaks of an object; `sure` where its details show the very change."""

    event: AdminEvent
    sure: bool


def of_fields(
    one: Deviation, of: Sequence[AdminEvent], ids: Ids, ends: Mapping[str, Sequence[AdminEvent]], own: Trail
) -> list[Match]:
    """For every field the event that set it to its value of now, or that took away what it named.

    Without any: the last event of the object that may have set one of the fields, and does not show it. `ends` are, by
    field, the events that took away what it named.
    """
    told: dict[int, Match] = {}
    for field in one.fields:
        if field.compare is Compare.SECRET:
            # Details hide it: who sent one last may have changed it.
            event = next((event for event in of if _said(event, field.path)[0]), None)
            found = [Match(event, False)] if event else []
        else:
            setter = _setter(field, of)
            linked = list(_linking(field, of, ids))
            shown = ([setter] if setter else []) or linked
            # Where somebody took a reference out first, the end of what it named did not.
            named = shown or list(ends.get(field.path, ()))
            found = [Match(event, True) for event in named]
        told |= {id(match.event): match for match in found}
    if not told:
        last = next((event for event in of if any(_may_set(event, field, one, own, ids) for field in one.fields)), None)
        told = {0: Match(last, False)} if last else {}
    return sorted(told.values(), key=lambda match: -match.event.at)


def _may_set(event: AdminEvent, field: FieldChange, one: Deviation, own: Trail, ids: Ids) -> bool:
    """Whether an event that does not show it may have given a field its value of now."""
    if one.address.kind == "flow":
        return True  # Steps are changed by events of their own, which name other things.
    if field.compare is Compare.SECRET or isinstance(event.body, list):
        return False
    if isinstance(event.body, Mapping):
        return _leaves_open(event.body, field, one, ids)
    # Without details: its own path for its own fields, a path below it for what belongs to it.
    is_own = not own.life or any(fits(event.path, path) for path in own.life)
    return is_own or field.compare is Compare.SET


def _leaves_open(body: Mapping[str, Any], field: FieldChange, one: Deviation, ids: Ids) -> bool:
    """Whether details that do not show the value of now do not show another one either."""
    said, value = _in_body(body, field.path)
    if said:
        # Some events name by id what the field has by name, or have another form of the value.
        other_form = field.old is not None and type(value) is not type(field.old)
        return other_form or (isinstance(value, str) and value in ids.values())
    top = body.get(field.path.partition(".")[0])
    if isinstance(top, Mapping) or (top is None and _has_same_fields(one.address)):
        # What a body leaves out, it may empty, and not fill.
        return field.old in (None, False, "", [], {})
    return True


def _has_same_fields(address: Address) -> bool:
    """Return whether the details of an object's events have the same fields as the object (26.7.3)."""
    kind = kinds().get(address.kind)
    return bool(kind and kind.admin_events and kind.admin_events.same_fields)


def _linking(field: FieldChange, newest_first: Sequence[AdminEvent], ids: Ids) -> Iterator[AdminEvent]:
    """The events that put a member of a set in, or took it out, as their path or details name it."""
    if field.compare is not Compare.SET:
        return
    lost, gained = field.moved()
    for members, operations in ((lost, ("DELETE",)), (gained, ("CREATE", "UPDATE"))):
        for member in map(str, members):
            known = {ids[one] for one in _addresses(member) if ids.get(one)}
            event = next((one for one in newest_first if _names(one, member, known)), None)
            # The newest event that names it has to be of the right kind: else something else did it since.
            if event and event.operation in operations:
                yield event


def _names(event: AdminEvent, member: str, known: set[str]) -> bool:
    """Whether an event's path ends with the member's id, or its details list the member."""
    if event.path.rsplit("/", 1)[-1] in known:
        return True
    if not isinstance(event.body, list):
        return False
    of_client, _, name = member.rpartition(_OF)
    return any(
        item.get("name") == name and bool(item.get("clientRole")) == bool(of_client)
        for item in event.body
        if isinstance(item, Mapping) and (not known or item.get("id", "") in ("", *known))
    )


def _addresses(member: str) -> Iterator[Address]:
    """The addresses that a member of a set may have, as a person writes it."""
    of_client, found, name = member.partition(_OF)
    if found:
        yield Address("client-role", (of_client, name))
    elif member.startswith("/"):
        yield Address("group", tuple(member[1:].split("/")))
    else:
        yield from (Address(kind, (member,)) for kind in ("role", "client-scope", "identity-provider"))


def _setter(field: FieldChange, newest_first: Sequence[AdminEvent]) -> AdminEvent | None:
    """The first of those events, next to now, whose details give the field its value of now."""
    found: AdminEvent | None = None
    for event in newest_first:
        said, value = _said(event, field.path)
        if not said:
            continue
        if not _same(value, field):
            break
        found = event
    return found


def _said(event: AdminEvent, path: str) -> tuple[bool, Any]:
    """Whether an event's details speak of a field, and what they say."""
    if path == "secret" and event.path.endswith("/client-secret"):
        return True, None  # Keycloak created it again.
    return _in_body(event.body, path) if isinstance(event.body, Mapping) else (False, None)


def _in_body(body: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    top, dot, rest = path.partition(".")
    if top not in body:
        return False, None
    if not dot:
        return True, body[top]
    inner = body[top]
    return (rest in inner, inner.get(rest)) if isinstance(inner, Mapping) else (False, None)


def _same(value: Any, field: FieldChange) -> bool:
    if field.compare is Compare.SET and isinstance(value, list):
        return sorted(map(str, value)) == sorted(map(str, field.old or ()))
    return alike(value, field.old) or str(value) == str(field.old)
