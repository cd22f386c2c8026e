"""Drift as text, JSON, markdown and gauges: complete, safe for whoever shows it, as published."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from jsonschema import Draft202012Validator

from realmctl.config.loader.fleet import fleet_schema
from realmctl.errors import Finding, Place, Unreachable
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.drift import Adopted, Deed, Deviation, RealmDrift, Trace, What
from realmctl.model.fields import Compare
from realmctl.model.ignore_rule import IgnoreRule
from realmctl.model.secret import HIDDEN
from realmctl.render.drift_json import json_, schema
from realmctl.render.drift_markdown import markdown
from realmctl.render.drift_metrics import metrics
from realmctl.render.drift_text import deed_line, text

EVIL = "x\x1b[31m\u202e```\n@all"
AT = datetime(2026, 11, 25, 9, 12, 31, tzinfo=UTC)
RULE = IgnoreRule("client/*", ("attributes.*",), f"why {EVIL}", date(2026, 12, 31), Place("realm.yaml", 4, 5))
DEED = Deed(AT, "UPDATE", "anna", through="security-admin-console", address="10.0.0.7")
FOUND = RealmDrift(
    "shop",
    "here",
    "26.7.3",
    (
        Deviation(
            What.CHANGED,
            Address("client", (EVIL,)),
            (
                FieldChange("redirectUris", ["https://a"], ["https://a", f"https://{EVIL}"], Compare.SET),
                FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
                FieldChange("attributes.a", "b", None),
            ),
            Place("realm.yaml", 7, 3),
            trace=Trace((DEED, Deed(AT, "UPDATE", EVIL, service=True))),
        ),
        Deviation(What.DELETED, Address("role", ("reader",)), trace=Trace(unknown=f"nobody {EVIL}")),
        Deviation(What.UNMANAGED, Address("role", ("extra",))),
    ),
    (Deviation(What.CHANGED, Address("client", ("api",)), (FieldChange("attributes.x", 1, 2),), ignored=RULE),),
    (Finding("unused-ignore", f"told {EVIL}", RULE.place, "take it out", "warning"),),
    (f"Not {EVIL}",),
    ("client", "role"),
    seconds=1.5,
    adopted=(
        Adopted(Address("role", (EVIL,)), ("description",), "realm.yaml"),
        Adopted(Address("realm"), why_not=EVIL),
    ),
    to_set=("NAME",),
)
GONE = RealmDrift("gone", error=Unreachable(f"no answer {EVIL}", advice="try again"), seconds=2)


def test_text_is_safe_and_whole() -> None:
    told = text([FOUND, GONE])
    assert not {"\x1b", "\u202e"} & set(told)
    for part in (
        "Realm here / shop (Keycloak 26.7.3)",
        "secret: (secret changed)",
        'attributes.a: "b" → (removed)',
        "changed by anna with security-admin-console from 10.0.0.7 on 2026-11-25 09:12:31 UTC",
        "+ realm role reader: owned, not on the server",
        "by whom is unknown: nobody",
        "? realm role extra: on the server, declared by nobody  (role/extra)",
        "~ client api attributes.x: why",
        "(until 2026-12-31)",
        "Could not be looked at:",
        "Drift: 1 changed, 1 deleted, 1 unmanaged; 1 ignored.",
        "To be set from now on: NAME",
    ):
        assert part in told, part


def test_how_sure_it_is_and_whether_it_was_an_apply_is_in_the_words() -> None:
    said = [
        Deed(AT, "UPDATE", "anna", sure=False),
        Deed(AT, "CREATE", "anna", sure=False),
        Deed(AT, "DELETE", "anna", sure=False),
        Deed(AT, "DELETE", "robot", service=True, through="robot"),
        Deed(AT, "CREATE", "0f", named=False),
        Deed(AT, "CREATE", "robot", service=True, own=True),
    ]
    assert [deed_line(deed).split(" on ")[0] for deed in said] == [
        "last changed by anna",
        "last changed by anna",
        "last changed by anna",
        "deleted by the client robot",
        "created by the account with the id 0f",
        "created by an apply of realmctl, the client robot",
    ]


def test_json_is_as_published() -> None:
    document = json.loads(json_([FOUND, GONE]))
    assert [error.message for error in Draft202012Validator(schema()).iter_errors(document)] == []
    assert document["drift"] is True
    (changed, *_) = document["realms"][0]["deviations"]
    assert changed["fields"][0]["live"] == ["https://a"]
    assert changed["fields"][2] == {
        "path": "attributes.a", "compare": "value", "secret": False, "declared": None, "live": "b",
    }  # fmt: skip
    assert document["realms"][1]["error"]["message"].startswith("no answer")


def test_the_published_schemas_are_fresh() -> None:
    published = Path(__file__).parents[2] / "schemas"
    for name, made in (("drift", schema()), ("fleet", fleet_schema())):
        assert json.loads((published / f"{name}.schema.json").read_text(encoding="utf-8")) == made


def test_markdown_lets_nothing_out_of_its_fences() -> None:
    told = markdown([FOUND, GONE])
    assert told.startswith("<!-- realmctl:drift -->\n")
    assert "1 of 2 realms could not be looked at" in told
    outside, inside, fence = [], False, ""
    for line in told.splitlines():
        run = line[: len(line) - len(line.lstrip("`"))]
        if inside and line == fence:
            inside = False
        elif not inside and len(run) >= 3:
            inside, fence = True, run
        elif not inside:
            outside.append(line)
    assert not inside
    assert "@all" not in "\n".join(outside)
    assert len(markdown([FOUND] * 2000)) < 60_000


def test_gauges_say_zero_of_what_was_looked_at_and_nothing_of_what_was_not() -> None:
    before = metrics([RealmDrift("gone")], now=100)
    lines = metrics([FOUND, GONE], now=200.4, before=before).splitlines()
    assert 'realmctl_drift_objects{server="here",realm="shop",kind="client",what="changed"} 1' in lines
    assert 'realmctl_drift_objects{server="here",realm="shop",kind="client",what="deleted"} 0' in lines
    assert 'realmctl_drift_ignored_objects{server="here",realm="shop"} 1' in lines
    assert 'realmctl_drift_last_success_timestamp_seconds{server="here",realm="shop"} 200' in lines
    assert 'realmctl_drift_last_success_timestamp_seconds{realm="gone"} 100' in lines
    assert 'realmctl_drift_duration_seconds{realm="gone"} 2.000' in lines
    assert [line for line in lines if "objects" in line and "gone" in line] == []
    assert 'realm="a\\"b\\\\c\\nd"' in metrics([RealmDrift('a"b\\c\nd')], now=1)
