"""What drift puts at risk, by cases; and how each format says it: the worst first, with commands to paste."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from realmctl.drift.commands import Call, options_of, with_commands
from realmctl.drift.danger import judged
from realmctl.drift.deviations import deviations
from realmctl.model.address import Address
from realmctl.model.danger import Danger, Severity
from realmctl.model.drift import Deed, Deviation, RealmDrift, Trace, What
from realmctl.model.sentence import Name
from realmctl.render.drift_html import html
from realmctl.render.drift_json import json_
from realmctl.render.drift_markdown import markdown
from realmctl.render.drift_message import message
from realmctl.render.drift_metrics import metrics
from realmctl.render.drift_text import LEGEND, first_line, text
from realmctl.render.sentence_groups import sentence_text
from tests.cases.kinds.case import Case
from tests.support.case_file import case_paths

CASES = case_paths(Path(__file__).parent / "dangers")
AT = datetime(2026, 11, 25, 9, 12, 31, tzinfo=UTC)


def found(path: Path) -> tuple[Deviation, ...]:
    case = Case.read(path)
    plan = case.plan
    comparison = case.comparison
    counted, _ = judged(deviations(plan, comparison), (), plan, comparison)
    return counted


def told(path: Path) -> Iterator[str]:
    for one in found(path):
        yield f"{one.what.value} {one.address}"
        for danger in one.dangers:
            said = sentence_text(danger.sentence, lambda name: f"'{name}'")
            yield f"  {danger.severity.value} {danger.rule}: {said}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_drift_puts_at_risk(path: Path) -> None:
    assert list(told(path)) == Case.read(path).said["told"]


EVIL = "eve\x1b[31m`@all"
DANGER = Danger("realm-admin-gained", Severity.CRITICAL, ("The user ", Name(EVIL), " can administer the realm."))
MILD = Danger("token-lifetime-longer", Severity.MEDIUM, ("Access tokens live longer.",))
DEED = Deed(AT, "UPDATE", "mallory", address="10.0.0.7")
DRIFT = RealmDrift(
    "shop",
    deviations=(
        Deviation(What.CHANGED, Address("user", ("eve o'n",)), trace=Trace((DEED,)), dangers=(DANGER, MILD)),
        Deviation(What.DELETED, Address("role", ("reader",))),
        Deviation(What.UNMANAGED, Address("client", ("grafana",))),
    ),
)


def test_the_worst_danger_is_the_first_line_of_every_format() -> None:
    first = first_line([DRIFT])
    assert first.startswith("CRITICAL: The user ")
    assert "\x1b" not in first
    assert " can administer the realm. [realm-admin-gained] " in first
    assert first.endswith("Changed by mallory from 10.0.0.7 on 2026-11-25 09:12:31 UTC.")
    assert text([DRIFT]).splitlines()[0] == first
    assert markdown([DRIFT]).index("CRITICAL: ") < markdown([DRIFT]).index("| realm |")
    assert "CRITICAL: The user" in html([DRIFT], at=AT)
    document = json.loads(json_([DRIFT]))
    assert (document["severity"], document["worst"]) == ("critical", first)
    assert [one["severity"] for one in document["realms"][0]["deviations"]] == ["critical", None, None]
    for form in ("slack", "teams"):
        body = message(form, [DRIFT], [])
        assert "Keycloak drift (critical): 1 changed, 1 deleted, 1 unmanaged" in body
        assert "CRITICAL: The user" in body
    lines = metrics([DRIFT], now=1).splitlines()
    assert 'realmctl_drift_dangers{realm="shop",severity="critical"} 1' in lines
    assert 'realmctl_drift_dangers{realm="shop",severity="low"} 0' in lines


def test_drift_without_danger_has_no_severity() -> None:
    quiet = RealmDrift("shop", deviations=(Deviation(What.DELETED, Address("role", ("reader",))),))
    assert first_line([quiet]) == ""
    assert json.loads(json_([quiet]))["severity"] is None
    assert "Keycloak drift: 1 deleted" in message("slack", [quiet], [])


def test_one_direction_as_in_a_plan_with_one_legend() -> None:
    for page in (text([DRIFT]), markdown([DRIFT]), html([DRIFT], at=AT)):
        assert LEGEND.split(".")[0] in page
    lines = text([DRIFT]).splitlines()
    assert any(line.startswith("  + realm role reader: owned, not on the server") for line in lines)
    assert any(line.startswith("  ? client grafana: ") for line in lines)


def test_every_finding_has_commands_to_paste_with_the_paths_and_options_of_the_call() -> None:
    options = options_of(
        {"url": "https://sso.example.com/a b", "client_secret": "s3cret"}, frozenset({"client_secret"})
    )
    (drift,) = with_commands([DRIFT], Call(("realms/my shop",), ("--var-file", "a.yaml", *options)))
    changed, deleted, unmanaged = ({one.key: shlex.split(one.text) for one in d.commands} for d in drift.deviations)
    rest = ["--var-file", "a.yaml", "--url", "https://sso.example.com/a b", "realms/my shop"]
    assert changed == {
        "putBack": ["realmctl", "apply", *rest],
        "adopt": ["realmctl", "drift", "--adopt", "user/eve o'n", *rest],
        "explain": ["realmctl", "drift", "--explain", "user/eve o'n", *rest],
    }
    assert set(deleted) == {"putBack", "explain"}
    assert set(unmanaged) == {"adopt", "explain"}
    for page in (text([drift]), markdown([drift]), html([drift], at=AT), json_([drift])):
        assert "--explain" in page
        assert "s3cret" not in page


def test_of_a_fleet_only_what_its_file_allows() -> None:
    (drift,) = with_commands([DRIFT], Call(fleet="fleet.yaml"))
    assert {one.key for each in drift.deviations for one in each.commands} == {"explain"}
    assert drift.deviations[1].commands[0].text == "realmctl drift --explain role/reader --fleet fleet.yaml"
