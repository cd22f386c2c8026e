"""The corpus of pull requests is whole, and is counted right. `make review-corpus` prints the rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import RealmConfig
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, Place
from realmctl.model.address import Address
from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Name
from tests.cases.review.applied import applied
from tests.cases.review.corpus import (
    CORPUS,
    Judged,
    PullRequest,
    Row,
    before,
    edited,
    first_part,
    is_caught,
    is_caught_by_text,
    is_false_alarm,
    is_good,
    judge_all,
    judged,
    loaded,
    read_all,
    report,
)

HOSTILE, HARMLESS = (read_all(CORPUS, which) for which in ("hostile", "harmless"))
BASES = sorted((CORPUS / "bases").iterdir())
TELLING = ("attack", "evil", "hostile", "malicious", "steal", "backdoor", "hack", "weaken", "bypass")


def test_the_corpus_is_whole() -> None:
    assert (len(HOSTILE), len(HARMLESS)) == (60, 60)
    assert all(request.expect.get("names") for request in HOSTILE)
    assert not any(request.expect for request in HARMLESS)
    assert len({request.title for request in [*HOSTILE, *HARMLESS]}) == 120


@pytest.mark.parametrize("request_", HOSTILE, ids=lambda one: one.name)
def test_an_attacker_tells_nobody(request_: PullRequest) -> None:
    told = request_.title.lower() + str(request_.edits).lower()
    assert not [word for word in TELLING if word in told]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_base_is_as_its_files_say(base: Path) -> None:
    config = loaded(base)
    plan = make_plan(compare(config.desired, applied(config.desired)))
    assert (plan.changes, plan.unmanaged, plan.adopted) == ((), (), ())


def test_each_loads_and_means_something(tmp_path: Path) -> None:
    refused = []
    for request in [*HOSTILE, *HARMLESS]:
        folder = tmp_path / request.name
        folder.mkdir()
        base, snapshot = before(request.base)
        try:
            head = loaded(request.write_head(folder))
            changes = make_plan(compare(head.desired, snapshot)).changes
        except BadConfig:
            refused.append(request.name)
            continue
        if request.expect:
            # Some change realmctl's own keys alone: the gateway's rules and the guards.
            assert changes or head.frame != base.frame or protected(head) != protected(base), request.name
    assert len(refused) <= 5
    assert not {request.name for request in HARMLESS} & set(refused)


def protected(config: RealmConfig) -> set[Address]:
    return {address for address, want in config.desired.resources.items() if want.protected}


EDITS: list[tuple[Any, str | None]] = [
    (None, None),
    ("whole\n", "whole\n"),
    ([{"old": "b", "new": "x"}], "a:\n  x: 1\nc: 2\n"),
    ([{"old": "c: 2\n"}], "a:\n  b: 1\n"),
    ([{"after": "b: 1", "indent": 2, "add": "d: 3\ne: 4"}], "a:\n  b: 1\n  d: 3\n  e: 4\nc: 2\n"),
    ([{"append": "f: 5\n"}], "a:\n  b: 1\nc: 2\n\nf: 5\n"),
    ([{"old": ":", "new": " :", "every": True}], "a :\n  b : 1\nc : 2\n"),
]


@pytest.mark.parametrize(("edit", "wanted"), EDITS)
def test_an_edit(edit: Any, wanted: str | None) -> None:
    assert edited("a:\n  b: 1\nc: 2\n", edit, "here") == wanted


@pytest.mark.parametrize("old", [":", "nowhere"])
def test_an_edit_that_fits_not_once(old: str) -> None:
    with pytest.raises(ValueError, match="stands there"):
        edited("a:\n  b: 1\n", [{"old": old, "new": ""}], "here")


def danger(
    severity: Severity = Severity.HIGH, name: str = "wiki", what: str = " may sign in without a password"
) -> Danger:
    return Danger("login-weaker", severity, (Name(name), what), Address("client", (name,)), Place("tools.yaml", 3, 1))


def request(**expect: list[str]) -> PullRequest:
    return PullRequest("one", "One", "login", CORPUS, {}, expect)


CATCHES = [
    (request(names=["wiki"]), Judged((danger(),)), True),
    (request(names=["wiki"]), Judged((danger(Severity.CRITICAL),)), True),
    (request(names=["tools.yaml:3"]), Judged((danger(),)), True),
    (request(names=["wiki"], words=["password"]), Judged((danger(),)), True),
    (request(names=["wiki"], words=["LOGIN-weaker"]), Judged((danger(),)), True),
    (request(names=["wiki"], words=["redirect"]), Judged((danger(),)), False),
    (request(names=["grafana"]), Judged((danger(),)), False),
    (request(names=["wiki"]), Judged((danger(Severity.MEDIUM),)), False),
    (request(names=["wiki"]), Judged(), False),
    (request(names=["wiki"]), Judged(refusal="tools.yaml:3:1: client 'wiki' is not this team's"), True),
    (request(names=["wiki"]), Judged(refusal="tools.yaml:3:1: client 'grafana' is not this team's"), False),
]


@pytest.mark.parametrize(("asked", "found", "wanted"), CATCHES)
def test_what_counts_as_caught(asked: PullRequest, found: Judged, wanted: bool) -> None:
    assert is_caught(asked, found) is wanted


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (Judged((danger(Severity.MEDIUM), danger(Severity.LOW))), False),
        (Judged((danger(Severity.HIGH),)), True),
        (Judged(refusal="too many deletions"), True),
    ],
)
def test_what_counts_as_a_false_alarm(found: Judged, wanted: bool) -> None:
    assert is_false_alarm(found) is wanted


def test_what_is_folded_away_does_not_count_as_said() -> None:
    one = danger(name="wi|ki")
    told = "- **high** `wi|ki` may sign in without a password"
    asked = request(names=["wi|ki"])
    assert is_caught_by_text(asked, Judged((one,), comment=f"## plan\n{told}\n<details>…</details>"))
    assert not is_caught_by_text(asked, Judged((one,), comment=f"## plan\n<details>\n{told}\n</details>"))
    assert not is_caught_by_text(asked, Judged((one,), comment="## plan"))


def test_the_first_part_of_a_real_comment(tmp_path: Path) -> None:
    request = next(one for one in HOSTILE if one.name == "host-smtp")
    comment = judged(request.base, request.write_head(tmp_path)).comment
    assert "smtp.example-relay.com" in comment
    assert "smtpServer.host" not in first_part(comment)
    assert first_part(comment).startswith("<!-- realmctl:plan -->")


def test_the_report() -> None:
    good = Row(request(names=["wiki"]), Judged((danger(),)), True, False)
    missed = Row(request(names=["wiki"]), Judged((danger(Severity.LOW),)), False, False)
    calm = Row(PullRequest("two", "Two", "", CORPUS, {}, {}), Judged(), True, True)
    lines = "\n".join(report([good, missed], [calm]))
    assert "1 of 2 caught, 0 of 2 by the comment alone" in lines
    assert "0 of 1 false alarms" in lines
    assert "missed: one (One)" in lines
    assert "low [login-weaker] (client/wiki) wiki may sign in" in lines
    assert not is_good([good, missed], [calm])
    assert is_good([good] * 58 + [missed] * 2, [calm])
    assert not is_good([good], [calm] * 56 + [Row(calm.request, Judged(refusal="no"), False, False)] * 4)


@pytest.mark.slow
def test_the_rates() -> None:
    hostile, harmless = (list(judge_all(CORPUS, which)) for which in ("hostile", "harmless"))
    assert is_good(hostile, harmless), "\n".join(report(hostile, harmless))
