"""What an apply did, told to a person, a program and a reviewer; and findings, told alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from realmctl.engine.apply.progress import Event, Report
from realmctl.errors import ApplyFailed, Finding, Interrupted, Locked, Place, ServerError, UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.render.findings import findings_markdown, findings_text
from realmctl.render.plan_schema import plan_schema
from realmctl.render.report import RealmOutcome, event_line, report_json, report_markdown, report_text

EVIL = "x\x1b[2J\u202e"


def change(action: Action, name: str, *fields: FieldChange) -> Change:
    return Change(action, Address("role", (name,)), fields)


DONE = change(Action.CREATE, "done")
FAILED = change(Action.UPDATE, "failed")
SKIPPED = change(Action.DELETE, "skipped")
STUCK = change(Action.UPDATE, "stuck", FieldChange("description", "old", "new"))
PLAN = Plan("platform", (DONE, FAILED, SKIPPED, STUCK))
HALF = Report((DONE,), ((FAILED, f"the server says no {EVIL}"),), (SKIPPED,), (STUCK,), 17)
BAD = RealmOutcome(PLAN, HALF, ApplyFailed("1 change failed", report=HALF))


def test_all_is_well() -> None:
    told = report_text([RealmOutcome(PLAN, Report((DONE, STUCK), requests=1_234))], journal="run.jsonl")
    assert told == (
        "Realm platform: 1 added, 1 changed, 0 destroyed.\n"
        "  Verified: nothing is left to do. (1,234 requests)\n"
        "Journal: run.jsonl\n"
    )


def test_what_could_not_be_seen_is_told_as_not_written() -> None:
    plan = Plan("platform", (DONE,), unseen=(f"client: not compared. {EVIL}",))
    told = report_text([RealmOutcome(plan, Report((DONE,)))])
    assert "  Verified: nothing else is left to do. (0 requests)\n" in told
    assert "  Not seen with this account, and so not written (1):\n    client: not compared." in told
    assert EVIL not in told


def test_what_is_owned_from_now_on_is_told() -> None:
    taken = Plan("platform", adopted=(DONE.address, STUCK.address), owner="team")
    told = report_text([RealmOutcome(taken, Report())])
    assert told.startswith("Realm platform: 0 added, 0 changed, 0 destroyed, 2 now owned by team.\n  Verified")


def test_what_an_interruption_left_out_is_not_blamed_on_a_failure() -> None:
    half = Report((DONE,), skipped=(SKIPPED,), interrupted=True)
    told = report_text([RealmOutcome(PLAN, half, Interrupted("stopped", report=half))])
    assert "  Not tried, because the apply was stopped (1):\n    - realm role skipped\n" in told


def test_nothing_is_in_doubt_where_nothing_was_begun() -> None:
    assert "nothing was changed" in report_text([RealmOutcome(PLAN, error=UsageProblem("cannot write the journal"))])


def test_without_a_report_it_is_said_whether_anything_was_written() -> None:
    error = ServerError("may not")
    assert "what was done is not known" in report_text([RealmOutcome(PLAN, error=error)])
    assert report_text([RealmOutcome(PLAN, error=error, in_doubt=False)]) == "Realm platform: nothing was changed.\n"


def test_what_failed_and_what_did_not_is_told_by_name() -> None:
    told = report_text([BAD, RealmOutcome(Plan("next"))])
    assert told == (
        "Realm platform: 1 added, 0 changed, 0 destroyed.\n"
        "  Done (1):\n"
        "    + realm role done\n"
        "  Failed (1):\n"
        "    ~ realm role failed\n"
        "        the server says no x\\x1b[2J\\u202e\n"
        "  Not tried, because something they need failed (1):\n"
        "    - realm role skipped\n"
        "  Did not stick: the server accepted them and shows something else (1):\n"
        "    ~ realm role stuck\n"
        '        description: "old" → "new"\n'
        "Realm next: not begun, because the one before it failed.\n"
    )
    assert "Verified" not in told


@pytest.mark.parametrize(
    ("error", "said"),
    [(Locked("held"), "nothing was changed"), (ServerError("gone"), "what was done is not known")],
)
def test_without_a_report_nothing_is_claimed(error: Any, said: str) -> None:
    assert said in report_text([RealmOutcome(PLAN, None, error)])


def test_json() -> None:
    document = json.loads(report_json([PLAN, Plan("idle")], [BAD], journal="run.jsonl"))
    assert [error.message for error in Draft202012Validator(plan_schema()).iter_errors(document)] == []
    report = document["realms"][0]["report"]
    assert report["applied"] == ["role/done"]
    assert report["failed"] == [{"address": "role/failed", "message": f"the server says no {EVIL}"}]
    assert report["skipped"] == ["role/skipped"]
    assert report["remaining"][0]["fields"][0]["new"] == "new"
    assert document["realms"][1]["report"] is None
    assert document["error"]["exit"] == 1
    assert document["journal"] == "run.jsonl"


def test_markdown() -> None:
    page = report_markdown([PLAN], [BAD])
    assert page.startswith("<!-- realmctl:apply -->\n## realmctl apply: failed")
    assert "~ realm role failed" in page
    assert "\x1b" not in page
    assert "apply: done" in report_markdown([PLAN], [RealmOutcome(PLAN, Report((DONE,)))])


def test_an_event_is_one_safe_line() -> None:
    evil = Change(Action.CREATE, Address("role", (EVIL + "\n",)))
    assert event_line(Event("done", evil, done=3, total=1_200)) == "3/1,200 + realm role x\\x1b[2J\\u202e\\n"
    assert event_line(Event("failed", FAILED, EVIL, 1, 2)) == "1/2 failed: ~ realm role failed: x\\x1b[2J\\u202e"
    assert event_line(Event("phase", text="verifying")) == "verifying"


def test_findings() -> None:
    findings = [
        Finding("unknown-key", "unknown key 'x'", Place("f.yaml", 2, 3), "did you mean y?"),
        Finding("doubtful", EVIL, None, EVIL, "warning"),
    ]
    assert findings_text(findings) == (
        "f.yaml:2:3: error: unknown key 'x' [unknown-key]\n"
        "    did you mean y?\n"
        "warning: x\\x1b[2J\\u202e [doubtful]\n"
        "    x\\x1b[2J\\u202e\n"
        "1 error, 1 warning.\n"
    )
    assert findings_text([]) == ""
    assert "1 error, 1 warning" in findings_markdown(findings, [])
    assert "Valid: platform" in findings_markdown([], ["platform"])
