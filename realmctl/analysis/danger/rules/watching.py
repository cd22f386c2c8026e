"""Rules about what is kept of what happened, and who is told of it.

Must not know about: what the events say.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.settings import Judge, Row, spoken_duration, table, turned_off
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import items, number
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_REALM = Address("realm")
_DAY = 86400
_OWN = frozenset(
    {"jboss-logging", "email", "metrics", "user-event-metrics", "workflow-event-listener", "ssf-event-listener"}
)
"""Keycloak's own listeners; every other one is a program that was deployed, which may send events anywhere."""


def _shorter() -> Judge:
    """Judge for how long events are kept: 0 and an absent value stand for ever."""

    def judge(old: object, new: object) -> Severity | None:
        was, now = (number(value) or float("inf") for value in (old, new))
        if now >= was or (was == float("inf") and now >= 30 * _DAY):
            return None
        return H if now < 30 * _DAY and now * 2 <= was else M

    return judge


def _listeners(t: Transition) -> Iterator[Found]:
    if _REALM not in t.touched:
        return
    old, new = (frozenset(items(one)) for one in t.pair(_REALM, "eventsListeners"))
    gone, come = sorted(old - new), sorted(new - old - _OWN)
    if gone:
        told = ("Events are no longer sent to ", *list_names(gone), ".")
        yield Found(H, told, _REALM, ("eventsListeners",))
    if come:
        told = say("{listeners} receives every event: who logged in, who changed what.", listeners=list_names(come))
        yield Found(H, told, _REALM, ("eventsListeners",))


def _types(t: Transition) -> Iterator[Found]:
    """Which events are kept; an empty list stands for all."""
    if _REALM not in t.touched:
        return
    old, new = (frozenset(items(one)) for one in t.pair(_REALM, "enabledEventTypes"))
    gone = sorted(old - new) if new else []
    if new and not old:
        told = say("Keycloak records only these events, and no others: {types}.", types=list_names(sorted(new)))
        yield Found(H, told, _REALM, ("enabledEventTypes",))
    elif gone:
        told = say("Keycloak no longer records these events: {types}.", types=list_names(gone))
        yield Found(H, told, _REALM, ("enabledEventTypes",))


RULES = (
    table(
        "events-off",
        H,
        "What happens is not kept",
        "Without events nobody can say who logged in, or who changed what, and when. Without details nobody can say "
        "what the change was.",
        "Write `eventsEnabled: true`, `adminEventsEnabled: true` and `adminEventsDetailsEnabled: true`.",
        Row("realm", "eventsEnabled", turned_off(H), "Keycloak no longer records logins."),
        Row("realm", "adminEventsEnabled", turned_off(H), "Keycloak no longer records changes by administrators."),
        Row("realm", "adminEventsDetailsEnabled", turned_off(H), "Records of changes by administrators no longer say "
            "what changed."),
        Row("realm", "eventsExpiration", _shorter(), "Records of logins are deleted after {new} instead of {old}.",
            shown=spoken_duration),
        Row("realm", "attributes/adminEventsExpiration", _shorter(), "Records of administrators' changes are deleted "
            "after {new} "
            "instead of {old}.", shown=spoken_duration),
    ),
    DangerRule(
        "event-types-fewer",
        H,
        "Fewer kinds of events are kept",
        "A kind of event that is not kept hides what it tells of.",
        "Leave `enabledEventTypes` out: then all are kept.",
        _types,
        ("realm.enabledEventTypes",),
    ),
    DangerRule(
        "event-listeners",
        H,
        "Other listeners get the events",
        "A listener that is gone misses an attack. A new one that is not Keycloak's own is a program on the server, "
        "and may send events, with people's names and addresses, anywhere.",
        "Keep `jboss-logging`, and check who wrote a new listener.",
        _listeners,
        ("realm.eventsListeners",),
    ),
)  # fmt: skip
