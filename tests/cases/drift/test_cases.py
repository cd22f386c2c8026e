"""Drift as data: each case's deviations, who is told to have made them, and what is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.drift.event_paths import trail
from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from tests.cases.drift.case import Case
from tests.support.case_file import case_paths

CASES = case_paths(Path(__file__).parent / "cases")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_told(path: Path) -> None:
    case = Case.read(path)
    assert list(case.told()) == case.said["told"]


@pytest.mark.parametrize("name", [name for name in kinds() if name not in ("execution", "execution-config")])
def test_every_kind_has_its_events_or_is_known_to_have_none(name: str) -> None:
    kind = kinds()[name]
    names = ("one",) * (3 if kind.levels == 2 else 2)
    known = {Address(other, names[:count]): "id" for other in kinds() for count in range(4)}
    found = trail(Address(name, names), known)
    assert kind.admin_events is not None
    assert found.silent == (kind.admin_events == NO_EVENTS)
    assert bool(found.paths) != found.silent
    assert bool(found.types) != found.silent
