"""Plans as JSON: what programs rely on, and the schema that is published of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from realmctl.errors import BadConfig, Finding, Place, Refused, ServerError
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render import token_tests
from realmctl.render.findings import findings_json
from realmctl.render.plan_json import error_json, json_
from realmctl.render.plan_schema import plan_schema

EVIL = "a\x1b[2J\x9b\u202e\ud800"
WARNING = Finding("rule", "message", Place("f.yaml", 2, 3), "advice", "warning")
PLAN = Plan(
    "platform",
    (
        Change(
            Action.UPDATE,
            Address("client", ("pro/xy",)),
            (
                FieldChange("redirectUris", ["a"], ["b"], Compare.SET),
                FieldChange("secret", None, Secret("CANARY"), Compare.SECRET),
                FieldChange("attributes.x", EVIL, None),
            ),
            Place("f.yaml", 7),
            Address("client", ("old",)),
            notes=(EVIL,),
        ),
        Change(Action.DELETE, Address("role", ("gone",)), protected=True),
    ),
    adopted=(Address("role", ("a",)),),
    unmanaged=(Address("role", ("b",)),),
    warnings=(WARNING,),
    unseen=("flows",),
    version="26.7.3",
)


def problems(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(plan_schema()).iter_errors(document)]


def documents() -> dict[str, str]:
    return {
        "plan": json_([PLAN, Plan("empty")], refusals={"platform": Refused("no", advice="so")}),
        "nothing": json_([]),
        "error": error_json(ServerError("down"), [PLAN]),
        "findings as error": error_json(BadConfig([WARNING, Finding("x", "y")])),
        "findings": findings_json([WARNING], ["platform"]),
    }


@pytest.mark.parametrize("name", documents())
def test_everything_printed_conforms_to_the_schema(name: str) -> None:
    assert problems(json.loads(documents()[name])) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("format"),
        lambda document: document["realms"][0].pop("owner"),
        lambda document: document["realms"][0]["changes"][0].update(action="recreate"),
        lambda document: document["realms"][0]["changes"][0]["place"].update(line=0),
        lambda document: document["realms"][0]["summary"].update(create=-1),
    ],
)
def test_the_schema_refuses_what_is_wrong(spoil: Any) -> None:
    document = json.loads(documents()["plan"])
    spoil(document)
    assert problems(document)


def test_a_change_in_json() -> None:
    change = json.loads(json_([PLAN]))["realms"][0]["changes"][0]
    assert change["address"] == "client/pro%2Fxy"
    assert change["names"] == ["pro/xy"]
    assert change["renamedFrom"] == "client/old"
    assert change["place"] == {"file": "f.yaml", "line": 7, "column": 1}
    uris, secret, attribute = change["fields"]
    assert (uris["added"], uris["removed"]) == (["b"], ["a"])
    assert secret == {"path": "secret", "compare": "secret", "secret": True, "old": None, "new": HIDDEN}
    assert (attribute["old"], attribute["new"]) == (EVIL, None)


def test_the_document_holds_no_secret_and_nothing_a_terminal_obeys() -> None:
    for document in documents().values():
        assert "CANARY" not in document
        assert not [char for char in document if char in "\x1b\x9b\u202e\ud800"]
        document.encode()


def test_counts() -> None:
    realm = json.loads(json_([PLAN]))["realms"][0]
    assert realm["summary"] == {"create": 0, "update": 1, "delete": 1}
    assert realm["empty"] is False


PUBLISHED = {"plan.schema.json": plan_schema, "test.schema.json": token_tests.schema}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(PUBLISHED[name]())


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_schema_is_fresh(name: str) -> None:
    published = Path(__file__).parents[2] / "schemas" / name
    assert json.loads(published.read_text(encoding="utf-8")) == PUBLISHED[name](), "run: realmctl schema -o schemas"
