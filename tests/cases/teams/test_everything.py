"""Nothing is forgotten: every kind, field, reference, key and type of mapper is allowed on purpose, or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader.language import standard
from realmctl.config.teams.clients import ORDINARY, PLATFORMS
from realmctl.config.teams.mappers import OF_SAML, check_broker_mapper, check_mapper
from realmctl.config.teams.objects import FIELDS, KINDS, check_objects
from realmctl.config.teams.references import check_references
from realmctl.config.teams.subject import TeamFile, root_of
from realmctl.errors import Place
from realmctl.keycloak.catalog import catalogue
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Written
from realmctl.model.team import NOUNS, USUAL
from tests.cases.teams.conftest import lay, read

KEPT_BY_THE_PLATFORM = {
    "user": {"emailVerified"},
    "organization": {"redirectUrl", "attributes"},
    "identity-provider": {"trustEmail", "addReadTokenRoleOnCreate", "authenticateByDefault"},
}
"""Fields of kinds that a team may declare, and that are refused all the same."""

FOREIGN: dict[str, Any] = {
    "roles": ["role/platform-admin", "client-role/realm-management/realm-admin", "role/billing-reader"],
    "groups": ["group/platform-admins"],
    "scopes": ["client-scope/platform"],
    "providers": ["identity-provider/entra"],
    "flows": {"browser": "browser"},
    "alias": "browser",
    "actions": ["orders-action"],
    "policies": {
        "roles": [{"id": "platform-admin"}],
        "groups": [{"path": "/platform-admins"}],
        "clients": ["shop-api"],
    },
}
"""References to what is not the team's, in every form that a field takes."""


def declared(kind: str, fields: dict[str, Any]) -> Declared:
    address = Address(kind, tuple(f"orders-{at}" for at in range(3)))
    return Declared(address, fields, Written(Place("orders.yaml")))


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_kind_is_allowed_on_purpose_or_refused(kind: str, look: TeamFile) -> None:
    one = declared(kind, {})
    found = list(check_objects(replace_declared(look, one)))
    if kind in KINDS:
        assert root_of(one.address).kind in NOUNS
    else:
        assert [(each.rule, "may not declare" in each.message) for each in found] == [("outside-bounds", True)]


def replace_declared(look: TeamFile, one: Declared) -> TeamFile:
    return TeamFile(look.realm, look.name, look.document, {one.address: one}, look.own)


@pytest.mark.parametrize("kind", sorted(name for name in KINDS if not kinds()[name].is_link))
def test_a_field_is_allowed_on_purpose_or_refused(kind: str, look: TeamFile) -> None:
    fields = set(kinds()[kind].fields())
    allowed = set(ORDINARY) if kind == "client" else set(FIELDS[kind])
    refused = set(PLATFORMS) if kind == "client" else KEPT_BY_THE_PLATFORM.get(kind, set())
    assert allowed | refused == fields
    assert not allowed & refused
    for field in refused:
        found = list(check_objects(replace_declared(look, declared(kind, {field: True}))))
        assert any(f"set '{field}'" in one.message for one in found)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_reference_to_others_is_refused(kind: str, look: TeamFile) -> None:
    """Every field that holds references, found by asking the kind for them."""
    one, found = kinds()[kind], 0
    for field in one.fields():
        for value in FOREIGN.values():
            want = declared(kind, {field: value})
            try:
                targets = [target for _, target in one.refers(want.address, want.fields) if target.names]
            except (TypeError, ValueError, AttributeError, KeyError):
                continue  # The field does not take that form.
            if targets and all(isinstance(name, str) for target in targets for name in target.names):
                found += 1
                assert len(list(check_references(look, want))) == len(targets)
    if one.is_link and kind in KINDS:
        assert found >= len(one.fields()), "a link whose references nobody knows"


@pytest.mark.parametrize("key", sorted(standard().keys()))
def test_a_key_is_allowed_on_purpose_or_refused(key: str, tmp_path: Path) -> None:
    lay(tmp_path, {"orders/new.yaml": f"{key}:\n"})
    _, errors = read(tmp_path)
    refused = any(str(one.place).startswith(f"{tmp_path}/orders/new.yaml:1:") for one in errors)
    assert refused == (key not in (*USUAL, "entra", "tokens"))


@pytest.mark.parametrize(
    "path", [(block, key) for block in ("entra", "tokens") for key in standard().words[block].model.model_fields]
)
def test_a_key_of_a_block_is_allowed_on_purpose_or_refused(path: tuple[str, str], look: TeamFile) -> None:
    from realmctl.config.teams.sections import check_sections

    document = replace(look.document, data={path[0]: {path[1]: None}})
    found = list(check_sections(TeamFile(look.realm, look.name, document, {}, look.own)))
    assert bool(found) == (".".join(path) not in USUAL)


@pytest.mark.parametrize("kind", sorted({one for each in catalogue().protocol_mappers.values() for one in each}))
def test_no_type_of_mapper_forges_anything(kind: str, look: TeamFile) -> None:
    config = {
        "claim.name": "roles",
        "role": "platform-admin",
        "new.role.name": "platform-admin",
        "included.client.audience": "billing-api",
        "included.custom.audience": "billing-api",
        "usermodel.clientRoleMapping.clientId": "realm-management",
    }
    found = list(check_mapper(look, declared("protocol-mapper", {"protocolMapper": kind, "config": config})))
    assert found
    if kind in OF_SAML:
        plain = declared("protocol-mapper", {"protocolMapper": kind, "config": {}})
        assert not list(check_mapper(look, plain))


@pytest.mark.parametrize("kind", sorted(catalogue().identity_provider_mappers))
def test_no_mapper_of_a_provider_gives_what_is_not_the_teams(kind: str, look: TeamFile) -> None:
    config = {"role": "platform-admin", "group": "/platform-admins", "user.attribute": "department"}
    want = declared("identity-provider-mapper", {"identityProviderMapper": kind, "config": config})
    told = " ".join(one.message for one in check_broker_mapper(look, want))
    assert "platform-admin" in told
    assert "platform-admins" in told
    assert "department" in told
