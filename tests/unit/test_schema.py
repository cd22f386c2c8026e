"""The published schema is fresh, takes what the loader takes, and finds a misspelt key as an editor would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from realmctl.config.schema import realm_schema
from realmctl.config.starter import files
from realmctl.config.yaml.syntax import read
from realmctl.errors import Place

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "schemas" / "realm.schema.json"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = realm_schema()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def problems(validator: Draft7Validator, value: Any) -> list[str]:
    return [error.message for error in validator.iter_errors(value)]


def written(path: Path) -> Any:
    """A file as an editor sees it: interpolations not looked up."""

    def as_it_stands(raw: str, _place: Place) -> str:
        return raw

    document = read(path, as_it_stands)
    assert not document.findings
    return document.data


def test_the_published_schema_is_fresh() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == json.dumps(realm_schema(), indent=2, ensure_ascii=False) + "\n", (
        "run: realmctl schema -o schemas"
    )


def test_the_published_schema_stays_small() -> None:
    assert PUBLISHED.stat().st_size < 600_000


@pytest.mark.parametrize("path", sorted((ROOT / "realms" / "platform").glob("*.yaml")), ids=lambda path: path.name)
def test_the_worked_example_is_as_the_schema_says(validator: Draft7Validator, path: Path) -> None:
    assert problems(validator, written(path)) == []
    assert "$schema=../../schemas/realm.schema.json" in path.read_text(encoding="utf-8").splitlines()[0]


def test_the_starting_realm_is_as_the_schema_says(validator: Draft7Validator, tmp_path: Path) -> None:
    for name, text in files().items():
        if name.endswith(".yaml"):
            (tmp_path / name).write_text(text, encoding="utf-8")
            assert problems(validator, written(tmp_path / name)) == []


@pytest.mark.parametrize(
    "value",
    [
        {"accessTokenLifespan": 300},
        {"accessTokenLifespan": "1d12h"},
        {"accessTokenLifespan": "$(env:LIFESPAN)"},
        {"registrationAllowed": "$(env:REGISTER:-false)"},
        {"roles": {"bare": None}},
        {"prune": ["clients"], "deletions": {"limit": 3, "share": "10%"}},
        {"prune": {"clients": "all"}},
        {"entra": {"appRoles": {"A": ["b", "c.d"]}}},
        {"tokens": {"claims": {"x": {"value": 1.5}}}},
        {"clients": {"c": {"protocolMappers": {"m": {"protocolMapper": "script-mine.js", "config": {"any": 1}}}}}},
        {"clients": {"c": {"protocolMappers": {"m": {"protocolMapper": "oidc-audience-mapper", "config": None}}}}},
        {"identityProviders": {"i": {"providerId": "oidc", "config": {"pkceEnabled": True, "syncMode": "FORCE"}}}},
        {"requiredActions": {"CONFIGURE_TOTP": {"enabled": True}, "custom": {"enabled": False}}},
        {"services": {"a": {"paths": ["/a"], "audience": "b", "rules": [{"roles": ["c"], "methods": ["GET"]}]}}},
        {"tests": {"a reader reads": {"given": {"roles": ["a"]}, "expect": {"audience": "b", "lifetime": "5m"}}}},
    ],
    ids=str,
)
def test_what_the_language_allows_is_allowed(validator: Draft7Validator, value: Any) -> None:
    assert problems(validator, value) == []


@pytest.mark.parametrize(
    "value",
    [
        {"displayname": "x"},
        {"accessTokenLifespan": "soon"},
        {"registrationAllowed": "perhaps"},
        {"entra": {"tennantId": "x"}},
        {"clients": {"c": {"redirectUri": "x"}}},
        {"services": {"a": {"paths": ["/a"], "audience": "b", "rules": [{"role": ["c"]}]}}},
        {
            "clients": {
                "c": {"protocolMappers": {"m": {"protocolMapper": "oidc-audience-mapper", "config": {"aud": 1}}}}
            }
        },
        {"identityProviders": {"i": {"providerId": "saml", "config": {"clientId": "x"}}}},
        {
            "identityProviders": {
                "i": {"mappers": {"m": {"identityProviderMapper": "oidc-role-idp-mapper", "config": {"rol": 1}}}}
            }
        },
        {"authenticationFlows": {"f": {"executions": [{"authenticator": "auth-cookie", "requirement": "REQUIERD"}]}}},
        {"authenticationFlows": {"f": {"executions": [{"authenticator": "auth-cookie"}]}}},
    ],
    ids=str,
)
def test_what_is_misspelt_is_found(validator: Draft7Validator, value: Any) -> None:
    assert problems(validator, value)


def test_types_and_their_config_keys_are_completed_with_their_help() -> None:
    definitions = realm_schema()["$defs"]
    assert "oidc-audience-mapper" in definitions["ProtocolMapper"]["properties"]["protocolMapper"]["anyOf"][0]["enum"]
    branch = next(
        one
        for one in definitions["Execution"]["allOf"]
        if one["if"]["properties"]["authenticator"]["const"] == "identity-provider-redirector"
    )
    assert branch["then"]["properties"]["config"]["properties"]["defaultProvider"]["description"]
