"""Rules about levels of login (LoA): the number that stands for each name that a client may ask for.

Must not know about: the flows that reach a level.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import number, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_REALM = Address("realm")
_KEY = "acr.loa.map"


def _levels(value: Any) -> dict[str, float]:
    try:
        said = value if isinstance(value, Mapping) else json.loads(plain(value) or "{}")
    except ValueError:
        return {}
    found = {str(name): number(level) for name, level in said.items()} if isinstance(said, Mapping) else {}
    return {name: level for name, level in found.items() if level is not None}


def _of(view: RealmView, holder: Address) -> dict[str, float]:
    """The levels that hold at a client: its own, and the realm's where it has none."""
    return _levels(view.get(holder, "attributes", _KEY)) or _levels(view.realm("attributes", _KEY))


def _lowered(t: Transition) -> Iterator[Found]:
    for holder in t.of("realm", "client"):
        own = [plain(view.get(holder, "attributes", _KEY)) for view in (t.before, t.after)]
        if own[0] == own[1]:
            continue
        old, new = _of(t.before, holder), _of(t.after, holder)
        where: Sentence = ("In the realm",) if holder == _REALM else say("At client {name}", name=holder.name)
        path = ("attributes", _KEY)
        lower = [name for name, level in old.items() if name in new and new[name] < level]
        for name in lower:
            told = say(" the login level {level} is reached by a weaker login: its number is {new} instead of {old}.",
                       level=name, new=f"{new[name]:g}", old=f"{old[name]:g}")  # fmt: skip
            yield Found(H, (*where, *told), holder, path)
        gone = [name for name in old if name not in new]
        for name in gone if not lower else ():
            told = say(
                " the login level {level} does not exist any more: a request for it is not enforced.", level=name
            )
            yield Found(H, (*where, *told), holder, path)
        raised = [name for name, level in old.items() if name in new and new[name] > level]
        for name in raised if not lower and not gone else ():
            told = say(" the login level {level} has the number {new} instead of {old}.", level=name,
                       new=f"{new[name]:g}", old=f"{old[name]:g}")  # fmt: skip
            yield Found(M, (*where, *told), holder, path)


RULES = (
    DangerRule(
        "login-level-lowered",
        H,
        "A weaker login counts as a stronger one",
        "A client asks for a level of login by its name (`acr_values`), and Keycloak compares the level's number "
        "with the "
        "number that the login flow reached. A name with a lower number is reached by a weaker login, and a name "
        "without "
        "a number is not enforced. A higher number is medium.",
        "Keep the number of each level, and add new levels with higher numbers.",
        _lowered,
        ("realm.attributes.acr.loa.map", "client.attributes.acr.loa.map"),
    ),
)  # fmt: skip
