"""A secret in a field that is none to Keycloak is hidden in plans, kept out of saved plans, and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from realmctl.config.inputs.secret_values import is_telling
from realmctl.config.loader import RealmConfig, load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Refused
from realmctl.model.address import Address
from realmctl.model.objects import Live, Snapshot
from realmctl.model.secret import Secret
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text
from realmctl.workflow import Planned
from realmctl.workflow.saved_plan import Sources, save

ENVIRON = {"API_TOKEN": "CANARY-token", "SHARED": "CANARY-shared", "STAGE": "test-stage", "SHORT_PASSWORD": "abc"}
DECLARED = """\
realm: p
displayName: $(env:STAGE)
roles:
  a: { description: "see $(env:API_TOKEN)", attributes: { key: [$(env:API_TOKEN), open] } }
  b: { description: $(env:SHARED) }
  c: { description: abc, attributes: { k: $(env:SHORT_PASSWORD) } }
clients:
  app:
    secret: $(env:SHARED)
    redirectUris: ["https://app.example/$(env:STAGE)", "https://app.example/$(env:API_TOKEN)"]
  copy:
    description: CANARY-shared
"""
ROLE_A = Address("role", ("a",))
MADE_OF = Sources(("realms",), {"realms/realm.yaml": "0" * 64})


@pytest.fixture
def config(tmp_path: Path) -> RealmConfig:
    (tmp_path / "realm.yaml").write_text(DECLARED)
    (config,) = load([tmp_path], environ=ENVIRON)
    return config


def test_each_is_told_where_it_stands(config: RealmConfig) -> None:
    found = {f"{f.place.line}:{f.place.column}" for f in config.findings if f.rule == "open-secret" and f.place}
    assert found == {"4:21", "4:65", "5:21", "6:43", "10:56", "12:18"}
    assert not [f for f in config.findings if "CANARY" in f.message + f.advice]


def test_no_plan_shows_them(config: RealmConfig, tmp_path: Path) -> None:
    old = {"name": "a", "description": "see CANARY-old", "attributes": {"key": ["CANARY-old"]}}
    for snapshot in (Snapshot.absent("p"), Snapshot.of("p", [Live(ROLE_A, old, "1")])):
        plan = make_plan(compare(config.desired, snapshot))
        for told in (text([plan]), json_([plan]), markdown([plan])):
            assert "CANARY" not in told
            assert "test-stage" in told
        with pytest.raises(Refused, match=r"realm\.yaml:12:18: a secret in clear text"):
            save(tmp_path / "plan", [Planned(config.desired, plan)], MADE_OF)


def test_a_saved_plan_holds_neither_secrets_nor_references(config: RealmConfig, tmp_path: Path) -> None:
    kept = {address: want for address, want in config.desired.resources.items() if address.name != "copy"}
    desired = replace(config.desired, resources=kept)
    save(tmp_path / "plan", [Planned(desired, make_plan(compare(desired, Snapshot.absent("p"))))], MADE_OF)
    saved = (tmp_path / "plan").read_text()
    assert "CANARY" not in saved
    assert "$(" not in saved


def test_they_are_compared_by_what_they_are(config: RealmConfig) -> None:
    have = {"name": "a", "description": "see CANARY-token", "attributes": {"key": ["CANARY-token", "open"]}}
    plan = make_plan(compare(config.desired, Snapshot.of("p", [Live(ROLE_A, have, "1")])))
    assert ROLE_A not in {change.address for change in plan.changes}
    uris = ["https://app.example/CANARY-token", "https://app.example/test-stage"]
    app = Live(Address("client", ("app",)), {"clientId": "app", "secret": "CANARY-shared", "redirectUris": uris}, "2")
    assert app.address not in {
        change.address for change in make_plan(compare(config.desired, Snapshot.of("p", [app]))).changes
    }
    plan = make_plan(
        compare(config.desired, Snapshot.of("p", [Live(ROLE_A, {**have, "attributes": {"key": ["open"]}}, "1")]))
    )
    assert "attributes.key: (secret changed)" in text([plan])


def test_what_only_looks_like_one_stays(config: RealmConfig) -> None:
    assert config.desired.resources[Address("role", ("c",))].fields["description"] == "abc"
    assert isinstance(config.desired.resources[Address("role", ("b",))].fields["description"], Secret)


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("env:DB_PASSWORD", True),
        ("env:API_KEY", True),
        ("env:MY_SECRET_2", True),
        ("var:token", True),
        ("file:../.secrets/gateway", True),
        ("file:keys/api-token.txt", True),
        ("env:ENTRA_TENANT_ID", False),
        ("env:TOKEN_LIFESPAN", False),
        ("env:KEYCLOAK_HOST", False),
        ("env:PUBLIC_KEY", False),
        ("env:SECRETARY", False),
        ("file:ca.pem", False),
    ],
)
def test_names_tell(name: str, tells: bool) -> None:
    assert is_telling(name) is tells


def test_a_warning_says_how_a_variable_is_shown(tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text("realm: p\ndisplayName: $(env:SHOP)\nsmtpServer: { user: $(env:SMTP_USER) }\n")
    (config,) = load([tmp_path], environ={"SHOP": "our shop", "SMTP_USER": "mailer"})
    (found,) = [one for one in config.findings if one.rule == "open-secret"]
    assert found.message.startswith("'displayName' of the realm")
    assert "such as SHOP_NAME" in found.advice
    assert "--public-variables" in found.advice
