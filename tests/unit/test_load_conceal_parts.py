"""A secret is hidden however its text got where it stands: by an alias, in a joined list, in JSON, or typed out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import RealmConfig, load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Refused
from realmctl.model.objects import Snapshot
from realmctl.model.secret import Secret
from realmctl.render.desired_realm import show_yaml
from realmctl.render.plan_json import json_
from realmctl.render.plan_text import text
from realmctl.workflow import Planned
from realmctl.workflow.saved_plan import Sources, save

ENVIRON = {
    "API_TOKEN": "canary77canary",
    "PIN_TOKEN": "cnry",
    "DB_PASSWORD": "canary##again",
    "ODD_SECRET": 'canary"odd',
    "STAGE": "test",
}

MADE_OF = Sources(("realms",), {"realms/realm.yaml": "0" * 64})

WITH_REFERENCE = {
    "an alias": (
        "roles: { a: { description: &t $(env:API_TOKEN) }, b: { description: *t } }",
        {"2:28", "2:69"},
        ["$(env:API_TOKEN)"],
    ),
    "an alias of a short one": (
        "roles: { a: { description: &t $(env:PIN_TOKEN) }, b: { description: *t } }",
        {"2:28", "2:69"},
        ["$(env:PIN_TOKEN)"],
    ),
    "an alias of a map": (
        "roles: { a: &r { description: $(env:API_TOKEN) }, b: *r, c: { <<: *r } }",
        {"2:31"},
        ["$(env:API_TOKEN)"],
    ),
    "an anchor given twice": (
        "roles: { a: { description: &t $(env:API_TOKEN) }, b: { description: &t open }, c: { description: *t } }",
        {"2:28"},
        ["$(env:API_TOKEN)"],
    ),
    "a joined list": (
        'clients: { c1: { attributes: { li: [x, $(env:API_TOKEN), "$$(y"] } } }',
        {"2:32"},
        ["x##$(env:API_TOKEN)##$$(y"],
    ),
    "a joined list with a short one": (
        "clients: { c1: { attributes: { li: [$(env:STAGE), $(env:PIN_TOKEN)] } } }",
        {"2:32"},
        ["$(env:STAGE)##$(env:PIN_TOKEN)"],
    ),
    "a map that becomes JSON": (
        "clients: { c1: { attributes: { li: { a: [1, $(env:API_TOKEN)], b: open } } } }",
        {"2:32"},
        ['{"a":[1,"$(env:API_TOKEN)"],"b":"open"}'],
    ),
}
WITHOUT_REFERENCE = {
    "typed out": (
        "roles: { a: { description: $(env:API_TOKEN) }, b: { description: canary77canary } }",
        {"2:28", "2:66"},
    ),
    "typed out in JSON": (
        """roles: { r: { description: $(env:API_TOKEN), attributes: { k: '{"a": "canary77canary"}' } } }""",
        {"2:28", "2:63"},
    ),
    "a joined list of one that looks joined": (
        "clients: { c: { attributes: { li: [x, $(env:DB_PASSWORD)] } } }",
        {"2:31"},
    ),
    "JSON that has to escape it": (
        "clients: { c: { attributes: { li: { a: $(env:ODD_SECRET) } } } }",
        {"2:31"},
    ),
}


def loaded(tmp_path: Path, declared: str) -> RealmConfig:
    (tmp_path / "realm.yaml").write_text(f"realm: p\n{declared}\n")
    (config,) = load([tmp_path], environ=ENVIRON)
    return config


def told(config: RealmConfig) -> set[str]:
    found = [f for f in config.findings if f.rule == "open-secret"]
    assert not [f for f in found if "canary" in str(f) or "cnry" in str(f)]
    return {f"{f.place.line}:{f.place.column}" for f in found if f.place}


def secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secrets(item)


@pytest.mark.parametrize(("declared", "places", "kept"), WITH_REFERENCE.values(), ids=WITH_REFERENCE)
def test_the_reference_is_kept(declared: str, places: set[str], kept: list[str], tmp_path: Path) -> None:
    config = loaded(tmp_path, declared)
    assert told(config) == places
    plan = make_plan(compare(config.desired, Snapshot.absent("p")))
    save(tmp_path / "plan", [Planned(config.desired, plan)], MADE_OF)
    for shown in (text([plan]), json_([plan]), show_yaml([config.sections]), (tmp_path / "plan").read_text()):
        assert "canary" not in shown
        assert "cnry" not in shown
    fields = [one.fields for one in config.desired.resources.values()]
    assert [one.reference for one in secrets(fields)][: len(kept)] == kept


@pytest.mark.parametrize(("declared", "places"), WITHOUT_REFERENCE.values(), ids=WITHOUT_REFERENCE)
def test_without_a_reference_no_plan_is_saved(declared: str, places: set[str], tmp_path: Path) -> None:
    config = loaded(tmp_path, declared)
    assert places <= told(config)
    plan = make_plan(compare(config.desired, Snapshot.absent("p")))
    for shown in (text([plan]), json_([plan]), show_yaml([config.sections])):
        assert "canary" not in shown
    with pytest.raises(Refused, match="clear text"):
        save(tmp_path / "plan", [Planned(config.desired, plan)], MADE_OF)
