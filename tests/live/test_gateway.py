"""What the gateway is told, held against a real Keycloak: its addresses, and the tokens that its rules will meet."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from realmctl.config.loader import load
from realmctl.errors import Place
from realmctl.integrations.gateway.compilation import gateway
from realmctl.integrations.gateway.values import Role
from realmctl.model.objects import Written
from realmctl.model.token_test import TokenTest
from realmctl.tokentest.cases import cases
from realmctl.tokentest.people import ask
from tests.conftest import Keycloak
from tests.live.scene import applied

DECLARED = r"""
realm: {name}
accessTokenLifespan: 3m
oauth2Proxy: {{ hosts: [apps.example.com], clientSecret: "${{vault.proxy}}", publicUrl: "{url}" }}
tokens:
  audiences: [orders-api, elsewhere]
  claims:
    roles: {{ realmRoles: true }}
    app.orders: {{ clientRoles: orders-api, prefix: "o:" }}
    acme\.com: {{ realmRoles: true, prefix: acme- }}
roles: {{ reader: {{}}, with.dots: {{}} }}
clients:
  orders-api: {{ standardFlowEnabled: false, roles: {{ refund: {{}} }} }}
services:
  orders:
    paths: [/orders]
    audience: orders-api
    rules:
      - roles: [reader, with.dots, orders-api.refund]
      - {{ roles: [reader], claim: 'acme\.com' }}
  other: {{ paths: [/], audience: elsewhere }}
"""


def claim(token: Any, role: Role) -> Any:
    """What Istio finds in a token by a key such as request.auth.claims[app][orders]."""
    for step in role.key.removeprefix("request.auth.claims[").removesuffix("]").split("]["):
        token = token.get(step, {})
    return token


def test_a_realm_is_as_the_gateway_was_told(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    file = tmp_path / "realm.yaml"
    file.write_text(DECLARED.format(name=realm_name, url=keycloak.url), encoding="utf-8")
    (config,) = load([file], environ={})
    told = gateway(config)
    tests: dict[str, dict[str, Any]] = {
        "reader": {"given": {"roles": ["reader"]}},
        "with.dots": {"given": {"roles": ["with.dots"]}},
        "orders-api.refund": {"given": {"roles": {"client": {"orders-api": ["refund"]}}}},
        "nobody": {},
    }
    people = {
        name: TokenTest.model_validate({**test, "expect": {"issuer": told.issuer}}) for name, test in tests.items()
    }
    with closing(keycloak.admin()) as admin:
        applied(admin, config.desired)
        asked = cases(people, Written(Place("realm.yaml")), gateway=told.client.id)
        tokens = {answer.case.name: answer.token for answer in ask(admin, realm_name, asked)}

    found = requests.get(told.endpoints.public.discovery, timeout=30).json()
    assert (
        found["issuer"],
        found["authorization_endpoint"],
        found["token_endpoint"],
        found["userinfo_endpoint"],
        found["jwks_uri"],
        found["end_session_endpoint"],
    ) == (
        told.issuer,
        told.endpoints.public.authorization,
        told.endpoints.internal.token,
        told.endpoints.internal.userinfo,
        told.endpoints.internal.keys,
        told.endpoints.public.logout,
    )
    assert requests.get(told.endpoints.internal.keys, timeout=30).json()["keys"]

    for token in tokens.values():
        assert token["iss"] == told.issuer
        assert token["exp"] - token["iat"] == told.lifetimes.accessToken
        assert set(token["aud"]) >= {service.audience for service in told.services.values()}
    first, second = told.services["orders"].rules
    for name, role in zip(("reader", "with.dots", "orders-api.refund"), first.anyOf, strict=True):
        assert role.value in claim(tokens[name], role), role
        assert role.value not in claim(tokens["nobody"], role), role
    assert second.anyOf[0].value in claim(tokens["reader"], second.anyOf[0])
