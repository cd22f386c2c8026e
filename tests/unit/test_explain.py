"""Why an object is planned as it is: the sentences, the places of its fields, and what hangs together with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from realmctl.analysis.explain import demand, explained, steps
from realmctl.config.loader import load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.deletion_policy import guard
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Refused, UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import Plan
from realmctl.model.explanation import Explanation
from realmctl.model.objects import Inventory, Live, Snapshot
from realmctl.render.explanation import text

FILE = """\
realm: shop
deletions: { limit: 1 }
prune: [groups]
tokens:
  audiences: [orders-api, shipping]
roles:
  approver:
    description: Approves orders
    protected: true
    composites: [auditor]
  auditor:
  reader: { description: Reads }
  legacy: { absent: true }
clients:
  orders-api: { bearerOnly: true, attributes: { pkce.code.challenge.method: S256 } }
"""


def live(kind: str, *names: str, **fields: Any) -> Live:
    return Live(Address(kind, names), {"name": names[-1], **fields}, id="1", builtin=fields.pop("builtin", False))


SNAPSHOT = Snapshot.of(
    "shop",
    [
        Live(Address("realm"), {"realm": "shop"}, id="0"),
        live("role", "approver", description="Approves"),
        live("role", "reader", description="Reads"),
        live("role", "dropped"),
        live("role", "dropped-too"),
        live("role", "legacy"),
        live("role", "foreign"),
        live("role", "by-hand"),
        live("role", "offline_access", builtin=True),
        live("group", "pruned"),
    ],
    inventory=Inventory(
        owned={Address("role", (name,)): "" for name in ("approver", "auditor", "dropped", "dropped-too")},
        others={Address("role", ("foreign",)): "another team"},
        source="shop-realms@abc",
    ),
)


@pytest.fixture(name="ask")
def _ask(tmp_path: Path) -> Any:
    (tmp_path / "realm.yaml").write_text(FILE)
    (config,) = load([tmp_path], environ={})
    plan = make_plan(compare(config.desired, SNAPSHOT))
    refusal = None
    try:
        guard(plan, config.desired)
    except Refused as error:
        refusal = error

    def ask(*wanted: str) -> tuple[Explanation, ...]:
        return explained(plan, compare(config.desired, SNAPSHOT), wanted, refusal=refusal)

    return ask


SAID = {
    "role/auditor": ("it is created", "It was there before, and owned: somebody deleted it."),
    "role/approver": ("it is changed", "realm.yaml:7:3 declares it, and the server has other values."),
    "role/reader": ("nothing happens to it", "on the server it is as declared."),
    "role/dropped": ("it is deleted", "The last apply (from shop-realms@abc) noted it as owned."),
    "role/legacy": ("it is deleted", "realm.yaml:13:3 says `absent: true`"),
    "role/foreign": ("nothing happens to it", "It belongs to the owner another team"),
    "role/by-hand": ("nothing happens to it", "`realmctl drift --adopt role/by-hand` writes that down."),
    "role/offline_access": ("nothing happens to it", "Keycloak made it with the realm"),
    "group/pruned": ("it is deleted", "`prune` names its section (groups)"),
    "client-scope/platform": ("it is created", "realm.yaml:4:1 declares it, by the word tokens, and it is not"),
}


@pytest.mark.parametrize("address", SAID)
def test_the_verdict_and_its_reason(ask: Any, address: str) -> None:
    (one,) = ask(address)
    verdict, why = SAID[address]
    assert one.verdict == verdict
    assert why in " ".join(one.why)


def test_each_field_says_where_it_was_asked_for(ask: Any) -> None:
    (role,) = ask("role/approver")
    assert [(one.field.path, one.place.line, one.word) for one in role.fields if one.place] == [
        ("description", 8, ""),
        ("composites", 10, ""),
    ]
    (mapper,) = ask("scope-mapper/platform/audience shipping")
    assert {one.word for one in mapper.fields} == {"tokens.audiences.1"}
    (client,) = ask("client/orders-api")
    place = next(one.place for one in client.fields if one.field.path == "attributes.pkce.code.challenge.method")
    assert place
    assert (place.line, place.column) == (15, 77)


def test_what_hangs_together(ask: Any) -> None:
    (approver,) = ask("role/approver")
    (auditor,) = ask("role/auditor")
    assert list(map(str, approver.after)) == ["role/auditor"]
    assert list(map(str, auditor.before)) == ["role/approver"]
    assert list(map(str, auditor.referred)) == ["role/approver"]
    assert auditor.requests == ("POST roles",)
    assert approver.guards == ("protected: true. Its deletion is refused, even when its declaration is gone.",)


def test_a_deletion_names_the_guard_that_stops_it(ask: Any) -> None:
    (dropped,) = ask("role/dropped")
    assert dropped.guards[0].startswith("The limits of deletions: 3 of at most 1 in one apply")
    assert dropped.guards[1].startswith("As things stand an apply is refused (3): the plan deletes 3 objects")
    (legacy,) = ask("role/legacy")
    assert legacy.guards[0] == "None: it does not count towards the limits of deletions."


def test_a_pattern_is_about_what_the_plan_speaks_of(ask: Any) -> None:
    told = {str(one.address) for one in ask("role/*")}
    assert "role/by-hand" in told
    assert {"role/reader", "role/offline_access", "role/foreign"} & told == {"role/reader"}  # reader is adopted


def test_what_nobody_has_is_an_error_with_the_nearest_name(ask: Any, tmp_path: Path) -> None:
    (config,) = load([tmp_path], environ={})
    with pytest.raises(UsageProblem) as wrong:
        demand(["role/reader", "role/aprover"], ask("role/reader"), [(Plan("shop"), config.desired)])
    assert wrong.value.message.startswith("--explain role/aprover")
    assert wrong.value.advice == "Did you mean role/approver?"


def test_a_text_tells_it_in_the_order_of_the_plan(ask: Any) -> None:
    told = text(ask("role/approver"))
    assert told.startswith("~ realm role approver  (role/approver): it is changed\n")
    assert 'description: "Approves" → "Approves orders"\n        asked for at ' in told
    assert "    Waits for:\n      role/auditor\n" in told


def test_keys_with_dots_are_found() -> None:
    assert steps("attributes.a.b.c", {"attributes": {"a": 1, "a.b": {"c": 1}}}) == ("attributes", "a.b", "c")
    assert steps("unknown.path", {"attributes": {}}) == ("unknown", "path")
