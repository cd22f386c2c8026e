"""A case of drift: what is declared, live and owned, the realm's admin events, rules, and what is told of them.

Live and declared are as in the kinds' cases. An event is `{at: SECONDS, do: "UPDATE roles/a", by: NAME, body: {…}}`,
with `of` for its resource type where that matters. `apply` has when an apply began that was to create an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from realmctl.drift.deviations import REALM, deviations, lost_references
from realmctl.drift.events import events
from realmctl.drift.explain import EventWindow, explained
from realmctl.drift.field_history import Match
from realmctl.drift.ignore import sort
from realmctl.drift.unfinished_applies import or_missing
from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.drift import Deviation
from realmctl.model.ignore_rule import IgnoreRule
from tests.cases.kinds.case import Case as Planned
from tests.support.case_file import CaseFile


class Case(CaseFile):
    """One case, read from its file."""

    @property
    def rules(self) -> tuple[IgnoreRule, ...]:
        said = enumerate(self.said.get("ignore") or (), 1)
        return tuple(
            IgnoreRule(
                one["address"], tuple(one.get("fields") or ()), one["reason"], one.get("until"), Place("a.yaml", at)
            )
            for at, one in said
        )

    def told(self) -> Iterator[str]:
        """What is told, in lines."""
        side = Planned(self.path, self.said)
        today = self.said.get("today") or date(2026, 11, 25)
        comparison = side.comparison
        split = sort(deviations(side.plan, comparison), self.rules, today)
        live = comparison.live
        ids = {address: one.id for address, one in live.objects.items() if one.id}
        kept = events([_event(one) for one in self.said.get("events") or ()])
        since = datetime.fromtimestamp(self.said["since"], UTC) if "since" in self.said else None
        settings = live.objects[REALM].fields
        lost = lost_references(split.counted, comparison)
        explanations = explained(split.counted, EventWindow(kept, since, 100), ids, settings, lost)
        begun = self.said.get("apply") or {}
        attempts = {Address.parse(name): datetime.fromtimestamp(at, UTC) for name, at in begun.items()}
        for one, (of, why) in zip(split.counted, explanations, strict=True):
            shown = one if of else or_missing(one, attempts, kept, ids)
            yield _deviation(shown)
            yield from (f"  {_match(match)}" for match in of)
            if why and shown.what is one.what:
                yield f"  unknown: {why}"
        yield from (f"ignored: {_deviation(one)}: {one.ignored.reason if one.ignored else ''}" for one in split.ignored)
        yield from (f"{finding.rule}: {finding.place}" for finding in split.warnings)


def _event(one: Mapping[str, Any]) -> dict[str, Any]:
    operation, _, path = str(one["do"]).partition(" ")
    return {
        "time": one["at"] * 1000,
        "operationType": operation,
        "resourcePath": path or None,
        "resourceType": one.get("of"),
        "representation": json.dumps(one["body"]) if "body" in one else None,
        "authDetails": {"realmId": "master", "userId": one["by"], "clientId": "console", "ipAddress": "10.0.0.7"},
        "error": one.get("error"),
    }


def _deviation(one: Deviation) -> str:
    fields = ", ".join(f"{field.path} {field.old!r} → {field.new!r}" for field in one.fields)
    return f"{one.what.value} {one.address}" + (f": {fields}" if fields else "")


def _match(match: Match) -> str:
    event = match.event
    own = " in an apply" if event.own else ""
    return f"{event.operation} by {event.user}{own} at {event.at // 1000}{'' if match.sure else ', perhaps'}"
