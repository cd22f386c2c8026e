"""Every kind, by cases: declared and live in, changes and requests out. A new case is a new file in `cases/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.engine.plan.deletion_policy import guard
from realmctl.errors import BadConfig, Refused
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.change import Action
from tests.cases.kinds.case import Case, in_order, told_change, told_request
from tests.support.case_file import case_paths

CASES = case_paths(Path(__file__).parent / "cases")
RESET = {"attributes", "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval"}
"""Fields of a realm that a PUT without them gives their defaults, or takes others' away with (26.7.3)."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = Case.read(path)
    if "wrong" in case.said:
        with pytest.raises(BadConfig) as wrong:
            _ = case.plan
        assert [f"{finding.message} ({finding.advice})" for finding in wrong.value.findings] == case.said["wrong"]
        return
    if "refused" in case.said:
        with pytest.raises(Refused) as refused:
            guard(case.plan, case.desired)
        assert refused.value.message == case.said["refused"]
        return
    assert [told_change(change) for change in case.plan.changes] == (case.said.get("changes") or [])
    if "unmanaged" in case.said:
        assert [str(address) for address in case.plan.unmanaged] == case.said["unmanaged"]
    deleting = [all(change.action is Action.DELETE for change in step.changes) for step in case.steps]
    assert not [
        step
        for step, last in zip(case.steps, deleting, strict=True)
        if not last and any(map(deleting.__getitem__, step.after))
    ], "waits for a deletion, which comes after everything else: it would never begin"
    for request in (request for step in case.steps for request in step.requests if not request.path):
        if request.method != "POST":
            assert (request.method, RESET - request.only) == ("MERGE", set()), "resets settings of the realm"
    requests = [told_request(request) for step in in_order(case.steps) for request in step.requests]
    assert requests == (case.said.get("requests") or [])


def test_every_kind_has_a_case() -> None:
    planned: set[str] = set()
    for path in CASES:
        case = Case.read(path)
        if "changes" in case.said:
            planned |= {change.address.kind for change in case.plan.changes}
    ids_only = {name for name, kind in kinds().items() if not kind.owned and not kind.fields()}
    assert planned >= set(kinds()) - ids_only
