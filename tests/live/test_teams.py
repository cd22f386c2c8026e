"""A team's file and a real server: what exists there and no file declared is not the team's to take over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from realmctl.errors import BadConfig
from realmctl.keycloak.admin import Admin
from realmctl.workflow import load_realms, plan_realms

BOUNDS = """
teams:
  platform: {{ owners: ["@acme/platform"] }}
  orders: {{ owners: ["@acme/orders"], files: [orders.yaml], may: {{ prefixes: [orders]{more} }} }}
"""
JOB = "publicClient: false, standardFlowEnabled: false, serviceAccountsEnabled: true, fullScopeAllowed: false"

Plan = Callable[..., list[str]]


@pytest.fixture
def errors(admin: Admin, realm: str, tmp_path: Path) -> Plan:
    """Plans a realm with a client of the team's name and a group, made by hand; returns the errors."""
    admin.send("POST", (realm, "clients"), {"clientId": "orders-old", "serviceAccountsEnabled": True, "secret": "x"})
    admin.send("POST", (realm, "groups"), {"name": "orders-admins"})

    def planned(orders: str, more: str = "", platform: str = "") -> list[str]:
        text = f"realm: {realm}\n{BOUNDS.format(more=more)}\n{platform}"
        (tmp_path / "realm.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "orders.yaml").write_text(orders, encoding="utf-8")
        configs = load_realms([tmp_path], environ={}, variables={}, say=lambda _: None)
        try:
            plan_realms(admin, [config.desired for config in configs], say=lambda _: None)
        except BadConfig as error:
            return [f"{one.message} {one.advice}" for one in error.findings]
        return []

    return planned


@pytest.mark.parametrize(
    ("orders", "name"),
    [
        (f"clients: {{ orders-old: {{ {JOB} }} }}", "client/orders-old"),
        (f"clients: {{ orders-new: {{ renamedFrom: orders-old, {JOB} }} }}", "client/orders-old"),
        ("clients: { orders-old: { absent: true } }", "client/orders-old"),
        ("groups: { orders-admins: }", "group/orders-admins"),
    ],
)
def test_a_team_takes_over_nothing_that_is_on_the_server(errors: Plan, orders: str, name: str) -> None:
    (error,) = errors(orders)
    assert f"the team orders may not take over the {name.replace('/', chr(32) + chr(39))}'" in error
    assert f"adopts: [{name}] in teams.orders.may" in error
    assert not errors(orders, more=f", adopts: [{name}]")


def test_the_platform_takes_over_what_is_there(errors: Plan) -> None:
    assert not errors("roles: { orders-reader: }", platform=f"clients: {{ orders-old: {{ {JOB} }} }}")
