"""Undo without a server, by cases: what was, what was applied and what is now in; the plan that takes it back out.

`was` and `now` are laid over an untouched realm, as in the kinds' cases. Every record goes through its text form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.inventory import mark
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.undo.record import make_record
from realmctl.engine.undo.record_text import as_data, decode, encode
from realmctl.engine.undo.undo import back, cannot
from realmctl.errors import Place, Refused
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Inventory, Limits, Snapshot, Written
from realmctl.model.record import Record
from tests.cases.kinds.case import merged, told_change
from tests.support.case_file import case_paths, read_cases

CASES = case_paths(Path(__file__).parent / "cases")


def snapshot(said: Any, owned: Any, hides: Any = None) -> Snapshot:
    marks = {text: "".join(mark(tuple(path)) for path in paths) for text, paths in (hides or {}).items()}
    flags = {Address.parse(text): marks.get(text, "") for text in owned or ()}
    return Snapshot("fresh", True, objects(merged(fresh_realm(), said or {}), builtin("")), Inventory(flags))


def applied(said: Any) -> Desired:
    file = realm_file().model_validate(said or {})
    return desired("fresh", expand(file, Written(Place("realm.yaml"))), limits=Limits())


def record_of(case: Any) -> Record:
    want, was = applied(case.get("applied")), snapshot(case.get("was"), case.get("owned"), case.get("hides"))
    sides = compare(want, was)
    made = make_record(make_plan(sides), sides, name="20261125-120000-000", at="2026-11-25T12:00:00+00:00")
    assert "canary" not in repr(as_data(made))
    (again,) = decode(encode([made]))
    assert again == made
    return again


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = read_cases(path)
    record = record_of(case)
    now = snapshot(case.get("now"), case.get("owns", case.get("owned")))
    if "refused" in case:
        with pytest.raises(Refused) as refused:
            back(record, now)
        assert refused.value.message == case["refused"]
        return
    plan = make_plan(compare(back(record, now), now))
    assert [told_change(change) for change in plan.changes] == (case.get("changes") or [])
    assert [str(address) for address in plan.released] == (case.get("released") or [])
    assert list(cannot(record)) == (case.get("cannot") or [])
