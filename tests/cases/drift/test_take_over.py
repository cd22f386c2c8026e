"""Taking over into files: which file a value goes to, and that what can't be proven leaves the files alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import RealmConfig, load
from realmctl.drift.deviations import deviations
from realmctl.drift.import_changes import take_over
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.model.drift import RealmDrift
from realmctl.model.objects import Inventory, Snapshot
from tests.cases.kinds.case import merged

ENVIRONMENT = {"SECRET": "CANARY", "NAME": "Shop"}


def reload(folder: Path, more: Mapping[str, str]) -> RealmConfig:
    (config,) = load([folder], environ={**ENVIRONMENT, **more})
    return config


def taken(folder: Path, files: Mapping[str, str], live: Mapping[str, Any], *wanted: str) -> RealmDrift:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = reload(folder, {})
    export = {**merged(fresh_realm(), live), "realm": "shop"}
    snapshot = Snapshot("shop", True, objects(export, builtin("")), Inventory())
    comparison = compare(config.desired, snapshot)
    found = deviations(make_plan(comparison), comparison)
    drift = RealmDrift("shop", deviations=found, snapshot=snapshot)
    return take_over(config, drift, wanted, lambda more: reload(folder, more))


def told(found: RealmDrift) -> list[str]:
    return [f"{one.address} {one.why_not or Path(one.file).name}" for one in found.adopted]


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


FILES = {
    "realm.yaml": "realm: shop\ndisplayName: Shop\n",
    "orders.yaml": "roles:\n  reader: { description: Reads }   # theirs\nclients:\n  api: { description: Orders }\n",
    "pay.yaml": "roles:\n  payer: { description: Pays }\n",
}


def test_each_value_goes_to_the_file_that_says_it_or_its_section(tmp_path: Path) -> None:
    live = {
        "displayName": "Sale",
        "roles": {
            "realm": [{"name": "reader", "description": "Reads all"}, {"name": "payer", "description": "Pays all"}],
            "client": {"api": [{"name": "refund"}]},
        },
        "clients": [{"clientId": "api", "description": "Orders", "enabled": True, "fullScopeAllowed": True}],
        "groups": [{"name": "team", "path": "/team"}],
    }
    found = taken(tmp_path, FILES, live, "*")
    assert told(found) == [
        "realm realm.yaml",
        "role/payer pay.yaml",
        "role/reader orders.yaml",
        "client-role/api/refund orders.yaml",
        "group/team realm.yaml",
    ]
    assert found.deviations == ()
    assert text(tmp_path, "realm.yaml") == "realm: shop\ndisplayName: Sale\ngroups:\n  team: {}\n"
    assert text(tmp_path, "pay.yaml") == "roles:\n  payer: { description: Pays all }\n"
    assert text(tmp_path, "orders.yaml") == (
        "roles:\n  reader: { description: Reads all }   # theirs\n"
        "clients:\n  api: { description: Orders, roles: { refund: {} } }\n"
    )


def test_what_a_word_made_is_laid_over_it(tmp_path: Path) -> None:
    files = {"realm.yaml": "realm: shop\ntokens: { audiences: [orders-api] }\n"}
    scope = {"name": "platform", "protocol": "openid-connect", "attributes": {"include.in.token.scope": "false"}}
    mapper = {
        "name": "audience orders-api",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.custom.audience": "pay-api", "access.token.claim": "true", "id.token.claim": "false"},
    }
    live = {"clientScopes": [{**scope, "protocolMappers": [mapper]}]}
    found = taken(tmp_path, files, live, "scope-mapper/*")
    assert [one for one in told(found) if "realm.yaml" not in one] == []
    assert "scope-mapper/platform/audience orders-api" not in [str(one.address) for one in found.deviations]
    assert text(tmp_path, "realm.yaml").startswith(files["realm.yaml"])
    assert "included.custom.audience: pay-api" in text(tmp_path, "realm.yaml")


def test_a_scope_that_moved_is_taken_over_into_the_list_that_is_declared(tmp_path: Path) -> None:
    files = {"realm.yaml": "realm: shop\nclients:\n  api: { defaultClientScopes: [basic, phone] }\n"}
    live = {"clients": [{"clientId": "api", "defaultClientScopes": ["basic"], "optionalClientScopes": ["phone"]}]}
    found = taken(tmp_path, files, live, "client/api")
    assert told(found) == ["client/api realm.yaml"]
    assert [one.address for one in found.deviations if one.address.name == "api"] == []
    assert text(tmp_path, "realm.yaml") == files["realm.yaml"].replace(", phone", "")


SALE = {"displayName": "Sale"}
ROLES = {"defaultRole": {"name": "default-roles-shop"}, "roles": {"realm": [{"name": one} for one in "abc"]}}
TWO = {"realm.yaml": "realm: shop\ndefaultRoles: [a]\nroles: { a: , b: , c: }\n", "b.yaml": "defaultRoles: [b]\n"}


@pytest.mark.parametrize(
    ("files", "live", "why"),
    [
        ({"realm.yaml": "realm: shop\ndisplayName: $(env:NAME)\n"}, SALE, "change it where that comes from"),
        ({"realm.yaml": "realm: shop\ndisplayName: &a Shop\ndisplayNameHtml: *a\n"}, SALE, "an alias"),
        (TWO, ROLES, "is written in several files"),
        ({"realm.yaml": "realm: shop\nroles: { gone: }\n"}, {}, "it is declared, and not there"),
    ],
)
def test_what_is_left_alone_and_why(tmp_path: Path, files: dict[str, str], live: dict[str, Any], why: str) -> None:
    found = taken(tmp_path, files, live, "*")
    assert any(why in one.why_not for one in found.adopted), told(found)
    assert found.deviations
    assert {name: text(tmp_path, name) for name in files} == files
