"""The packaged data holds what a real Keycloak ships, and the shipped realm itself passes its checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from realmctl.keycloak.catalog import catalogue, extraction, fresh_realm, versions


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                yield key, item
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


@pytest.mark.parametrize("version", versions())
def test_an_untouched_realm_carries_no_ids_and_no_foreign_name(version: str) -> None:
    realm = fresh_realm(version)
    assert realm["realm"] == "fresh"
    assert realm["keycloakVersion"] == version
    assert not [text for key, text in _texts(realm) if key in {"id", "containerId", "secret", "privateKey"}]
    assert "realmctl-" not in json.dumps(realm)
    assert {role["name"] for role in realm["roles"]["realm"]} == {
        "default-roles-fresh",
        "offline_access",
        "uma_authorization",
    }


def test_execution_order_is_kept() -> None:
    flows = {flow["alias"]: flow for flow in fresh_realm()["authenticationFlows"]}
    priorities = [one["priority"] for one in flows["browser"]["authenticationExecutions"]]
    assert priorities == sorted(priorities)
    assert len(priorities) > 3


def test_a_caller_can_not_change_the_packaged_realm() -> None:
    fresh_realm()["clients"].clear()
    assert fresh_realm()["clients"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [(None, versions()[-1]), ("99.0.0", versions()[-1]), ("1.0.0", versions()[0]), (versions()[0], versions()[0])],
)
def test_the_nearest_packaged_version_is_given(asked: str | None, given: str) -> None:
    assert fresh_realm(asked)["keycloakVersion"] == given


@pytest.mark.parametrize("version", versions())
def test_everything_an_untouched_realm_uses_is_known(version: str) -> None:
    realm, known = fresh_realm(version), catalogue()
    for owner in [*realm["clients"], *realm["clientScopes"]]:
        for mapper in owner.get("protocolMappers", ()):
            keys = known.protocol_mappers[mapper["protocol"]][mapper["protocolMapper"]]
            assert set(mapper["config"]) <= keys, mapper["name"]
    configs = {one["alias"]: one["config"] for one in realm["authenticatorConfig"]}
    for flow in realm["authenticationFlows"]:
        for execution in flow["authenticationExecutions"]:
            if "authenticator" in execution:
                keys = known.authenticators[execution["authenticator"]]
                assert set(configs.get(execution.get("authenticatorConfig"), ())) <= keys
    assert {action["providerId"] for action in realm["requiredActions"]} <= set(known.required_actions)


def test_keys_that_keycloak_reads_without_declaring_are_accepted() -> None:
    known = catalogue()
    assert {"clientId", "clientSecret", "issuer", "pkceEnabled", "syncMode", "jwksUrl"} <= known.identity_providers[
        "oidc"
    ]
    assert {"entityId", "singleSignOnServiceUrl", "syncMode"} <= known.identity_providers["saml"]
    assert "clientId" not in known.identity_providers["saml"]
    assert "syncMode" in known.identity_provider_mappers["oidc-role-idp-mapper"]
    assert "default.reference.value" in known.authenticators["auth-otp-form"]
    assert "tennantId" not in known.identity_providers["microsoft"]


def test_features_that_are_off_by_default_are_known_too() -> None:
    known = catalogue()
    assert "instagram" in known.identity_providers
    assert "oid4vc" in known.protocol_mappers


def test_keys_are_described_where_keycloak_describes_them() -> None:
    keys = catalogue().authenticator("identity-provider-redirector")
    assert set(keys) == catalogue().authenticators["identity-provider-redirector"]
    assert keys["defaultProvider"]["help"]
    assert catalogue().protocol_mapper("openid-connect", "oidc-usermodel-attribute-mapper")["multivalued"]["boolean"]
    assert catalogue().identity_provider_mapper("oidc-role-idp-mapper")["syncMode"] == {}
    assert "issuer" in catalogue().identity_provider("oidc")


def test_the_packaged_data_stays_small() -> None:
    total = sum(len(entry.read_bytes()) for entry in files("realmctl.keycloak.catalog").joinpath("data").iterdir())
    assert total < 300_000


def test_distilling_is_stable_under_the_order_of_answers() -> None:
    export = {
        "realm": "realmctl-x",
        "id": "1",
        "clients": [{"clientId": "b", "id": "3"}, {"clientId": "a", "baseUrl": "/realms/realmctl-x/a"}],
        "authenticationFlows": [
            {"alias": "f", "authenticationExecutions": [{"authenticator": "z"}, {"authenticator": "a"}]}
        ],
    }
    turned = {**export, "clients": export["clients"][::-1]}
    assert json.dumps(extraction.fresh_realm(export)) == json.dumps(extraction.fresh_realm(turned))
    assert extraction.fresh_realm(export)["clients"][0]["baseUrl"] == "/realms/fresh/a"
    assert (
        extraction.fresh_realm(export)["authenticationFlows"][0]["authenticationExecutions"][0]["authenticator"] == "z"
    )
