"""Exports of realms that are data: minimal, in the right files, and planned again to nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.config.loader import load
from realmctl.export import ENVIRONMENT, Exported, export
from realmctl.export.foreign.documents import read_sources
from realmctl.export.stated import export_stated
from realmctl.keycloak.catalog import fresh_profile, fresh_realm
from realmctl.keycloak.fresh_realm import objects
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.objects import Live, Snapshot
from realmctl.model.secret import Secret
from tests.cases.kinds.case import merged
from tests.support.realm_snapshot import snapshot

VARIABLE = "canary-secret"


def realm(**over: Any) -> dict[str, Any]:
    """An untouched realm's export with `over` laid over it."""
    text = json.dumps({**fresh_realm(), "realm": "shop"}).replace("default-roles-fresh", "default-roles-shop")
    found: dict[str, Any] = merged(json.loads(text), over)
    return found


def client(**said: Any) -> dict[str, Any]:
    """A client with all that Keycloak fills in."""
    return {
        "enabled": True,
        "protocol": "openid-connect",
        "standardFlowEnabled": True,
        "fullScopeAllowed": True,
        "clientAuthenticatorType": "client-secret",
        "nodeReRegistrationTimeout": -1,
        "notBefore": 0,
        "bearerOnly": False,
        "defaultClientScopes": ["web-origins", "acr", "roles", "profile", "basic", "email"],
        "optionalClientScopes": ["address", "phone", "organization", "offline_access", "microprofile-jwt"],
        **said,
    }


def exported(**over: Any) -> Exported:
    return export(snapshot(realm(**over)))


def data(found: Exported, name: str) -> Any:
    return yaml.safe_load(found.files[name])


def test_an_untouched_realm_is_its_name() -> None:
    found = export(snapshot(fresh_realm()))
    assert list(found.files) == ["realm.yaml"]
    assert data(found, "realm.yaml") == {"realm": "fresh"}
    assert (found.remarks, found.findings, found.changes, found.variables) == ((), (), (), ())


def test_only_what_differs_from_the_defaults_is_said() -> None:
    found = exported(
        accessTokenLifespan=900,
        displayName="Shop",
        attributes={"acr.loa.map": '{"gold": "2"}', "cibaExpiresIn": "120"},
        browserSecurityHeaders={"xFrameOptions": "DENY"},
    )
    assert data(found, "realm.yaml") == {
        "realm": "shop",
        "displayName": "Shop",
        "accessTokenLifespan": "15m",
        "attributes": {"acr.loa.map": {"gold": "2"}},
        "browserSecurityHeaders": {"xFrameOptions": "DENY"},
    }
    assert found.changes == ()


def test_a_long_section_is_split_by_the_beginnings_of_names(tmp_path: Path) -> None:
    made = [{"name": f"{team}-{number:03}", "description": "one of many"} for team in ("billing", "orders", "stock")
            for number in range(200)]  # fmt: skip
    found = exported(roles={"realm": [*realm()["roles"]["realm"], *made], "client": {}}, groups=[{"name": "g"}])
    files = [name for name in found.files if name.startswith("roles")]
    assert files == ["roles/billing-to-orders.yaml", "roles/orders-to-stock.yaml", "roles/stock.yaml"]
    assert all(text.count("\n") <= 510 for text in found.files.values())
    said: dict[str, Any] = {}
    for name in files:
        said |= data(found, name)["roles"]
    assert list(said) == sorted(role["name"] for role in made)
    assert (found.findings, found.changes) == ((), ())


def test_every_file_names_the_schema_for_editors() -> None:
    found = exported(clients=[client(clientId="app")], groups=[{"name": "g"}])
    for name, text in found.files.items():
        if name.endswith(".yaml"):
            path = "../" * (name.count("/") + 2) + "schemas/realm.schema.json"
            assert text.startswith(f"# yaml-language-server: $schema={path}\n")


def test_every_client_has_a_file_and_a_secret_is_a_reference() -> None:
    found = exported(
        clients=[
            client(clientId="orders/api", id="1", secret=VARIABLE, attributes={"client.secret.creation.time": "1"}),
            client(
                clientId="orders:api",
                publicClient=True,
                redirectUris=["https://a.example/b", "/a"],
                webOrigins=["https://a.example"],
            ),
        ]
    )
    assert data(found, "clients/orders-api.yaml") == {
        "clients": {"orders/api": {"secret": "$(env:ORDERS_API_CLIENT_SECRET)"}}
    }
    assert data(found, "clients/orders-api-2.yaml") == {
        "clients": {"orders:api": {"publicClient": True, "redirectUris": ["/a", "https://a.example/b"]}}
    }
    assert "ORDERS_API_CLIENT_SECRET=\n" in found.files[ENVIRONMENT]
    assert not [name for name, text in found.files.items() if VARIABLE in text]
    assert found.values == f"ORDERS_API_CLIENT_SECRET='{VARIABLE}'\n"
    assert VARIABLE not in repr(found.variables)
    assert found.changes == ()


def test_a_builtin_object_is_said_only_where_it_differs() -> None:
    actions = [{"alias": "CONFIGURE_TOTP", "defaultAction": True}]
    scopes = [{"name": "profile", "attributes": {"consent.screen.text": "who you are"}}]
    found = exported(requiredActions=actions, clientScopes=scopes)
    assert data(found, "flows.yaml") == {"requiredActions": {"CONFIGURE_TOTP": {"defaultAction": True}}}
    assert data(found, "scopes.yaml") == {
        "clientScopes": {"profile": {"attributes": {"consent.screen.text": "who you are"}}}
    }


def test_references_are_written_as_people_do() -> None:
    roles = {
        "realm": [
            {"name": "a"},
            {"name": "b", "composite": True, "composites": {"realm": ["a"]}},
            {"name": "c", "composite": True, "composites": {"realm": ["a"], "client": {"account": ["view-profile"]}}},
        ]
    }
    below = [{"name": "z", "path": "/x~/y/z", "attributes": {"k": ["1", "2"], "l": ["true"]}}]
    group = {"name": "x/y", "realmRoles": ["a"], "clientRoles": {"account": ["view-profile"]}, "subGroups": below}
    found = exported(
        roles={**realm()["roles"], "realm": [*realm()["roles"]["realm"], *roles["realm"]]},
        groups=[group],
        defaultGroups=["/x~/y/z"],
    )
    assert data(found, "roles.yaml")["roles"] == {
        "a": {},
        "b": {"composites": ["a"]},
        "c": {"composites": {"realm": ["a"], "client": {"account": ["view-profile"]}}},
    }
    assert data(found, "groups.yaml") == {
        "groups": {
            "x/y": {
                "realmRoles": ["a"],
                "clientRoles": {"account": ["view-profile"]},
                "subGroups": {"z": {"attributes": {"k": [1, 2], "l": True}}},
            }
        },
        "defaultGroups": ["/x~/y/z"],
    }
    assert found.changes == ()


def test_what_a_check_refuses_is_accepted_by_name() -> None:
    found = exported(clients=[{"clientId": "spa", "publicClient": True, "redirectUris": ["*"]}])
    assert data(found, "realm.yaml")["accept"] == ["wildcard-redirect"]
    assert "# wildcard-redirect: client 'spa' lets a login end anywhere" in found.files["realm.yaml"]
    assert (found.findings, found.changes) == ((), ())


def nowhere(**mapper: Any) -> dict[str, Any]:
    config = {"syncMode": "INHERIT", "role": "orders-api.nowhere"}
    known = {"name": "m", "identityProviderAlias": "up", "identityProviderMapper": "oidc-hardcoded-role-idp-mapper"}
    return {
        "identityProviders": [{"alias": "up", "providerId": "oidc", "config": {"clientId": "x"}}],
        "identityProviderMappers": [{**known, "config": {**config, **mapper}}],
    }


def test_a_text_that_leads_nowhere_is_accepted_by_name() -> None:
    """The realm has it, so that other servers get it as well: a plan there would refuse a new text of the kind."""
    found = exported(**nowhere())

    assert data(found, "realm.yaml")["accept"] == ["config-reference"]
    told = "accept: config-reference: identity provider mapper up / m: refers to the realm role orders-api.nowhere"
    assert [one for one in found.remarks if one.startswith(told)], found.remarks
    assert "# config-reference: " in found.files["realm.yaml"]
    assert (found.findings, found.changes) == ((), ())


def test_a_text_that_leads_somewhere_needs_no_acceptance() -> None:
    assert "accept" not in data(exported(**nowhere(role="offline_access")), "realm.yaml")


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a: b",
        "ü",
        "null",
        "5",
        "- x",
        "#",
        "'",
        '"',
        "a\nb",
        "$(env:HOME)",
        "${x}",
        "%2F",
        "👾",
        "~",
        "a\\b",
        "<<",
    ],
)
def test_an_odd_name_is_read_back_as_it_is(name: str, tmp_path: Path) -> None:
    found = exported(roles={"realm": [*realm()["roles"]["realm"], {"name": name, "description": name}], "client": {}})
    (tmp_path / "roles.yaml").write_text("realm: shop\n" + found.files["roles.yaml"], encoding="utf-8")
    (config,) = load([tmp_path], environ={})
    (role,) = [one for address, one in config.desired.resources.items() if address.kind == "role"]
    assert (role.address.name, role.fields["description"]) == (name, name)
    assert found.changes == ()


def test_the_same_realm_gives_the_same_files() -> None:
    shuffled = copy.deepcopy(realm(displayName="x", supportedLocales=["en", "de"]))
    for section in ("clients", "clientScopes", "requiredActions"):
        shuffled[section].reverse()
    shuffled["supportedLocales"].reverse()
    assert export(snapshot(shuffled)).files == exported(displayName="x", supportedLocales=["en", "de"]).files


def platform(tmp_path: Path) -> Exported:
    """The example of the platform, as a server would tell it after an apply."""
    sources = Path(__file__).parents[2] / "realms" / "platform"
    secrets = ("ENTRA_CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET", "ORDERS_BATCH_CLIENT_SECRET")
    environ = {**dict.fromkeys(secrets, VARIABLE), "ENTRA_TENANT_ID": "the-tenant", "ENTRA_CLIENT_ID": "the-client"}
    (config,) = load([sources], environ=environ)
    found = objects({**fresh_realm(), "realm": config.name})
    for address, want in config.desired.resources.items():
        fields = {**(found[address].fields if address in found else {}), **opened(want.fields)}
        if address.kind == "user-profile":
            known = found[address].fields["attributes"] if address in found else {}
            fields["attributes"] = {**known, **fields["attributes"]}
            fields["attributeOrder"] = list(fields["attributes"])
        found[address] = Live(address, {**fields, **({"alias": address.name} if address.kind == "flow" else {})})
    return export(Snapshot(config.name, True, found), whole=False)


def test_an_order_of_attributes_that_no_list_says_is_said() -> None:
    profile = fresh_profile()
    usual = {**profile, "attributes": [*profile["attributes"], {"name": "department"}]}
    turned = {**profile, "attributes": [*reversed(profile["attributes"]), {"name": "department"}]}
    names = [attribute["name"] for attribute in turned["attributes"]]
    assert data(profiled(usual), "user-profile.yaml")["userProfile"] == {"attributes": {"department": {}}}
    assert data(profiled(turned), "user-profile.yaml")["userProfile"]["attributeOrder"] == names


def profiled(profile: dict[str, Any]) -> Exported:
    found = {live.address: live for live in kinds()["user-profile"].parse_export({"users/profile": profile})}
    return export(replace(snapshot(realm()), objects={**snapshot(realm()).objects, **found}))


def opened(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: opened(item) for key, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def test_the_platforms_words_are_recovered(tmp_path: Path) -> None:
    found = platform(tmp_path)
    said = data(found, "realm.yaml")
    assert said["tokens"]["claims"]["roles"] == {"realmRoles": True}
    assert said["oauth2Proxy"] == {
        "hosts": ["apps.example.com"],
        "clientSecret": "$(env:OAUTH2_PROXY_CLIENT_SECRET)",
    }
    assert said["entra"]["signInDirectly"] is True
    assert said["entra"]["clientSecret"] == "$(env:ENTRA_CLIENT_SECRET)"
    assert {"brokers.yaml", "flows.yaml", "clients/oauth2-proxy.yaml"}.isdisjoint(found.files)
    assert (found.findings, found.changes) == ((), ())
    assert VARIABLE not in "".join(text for name, text in found.files.items() if name != "realm.yaml")


def test_a_client_that_a_word_contradicts_stays_a_client(tmp_path: Path) -> None:
    word = {"clientId": "oauth2-proxy", "secret": "x", "redirectUris": ["https://a.example/oauth2/callback"],
            "attributes": {"post.logout.redirect.uris": "https://a.example/", "pkce.code.challenge.method": "plain"},
            "protocolMappers": [{"name": "own audience", "protocol": "openid-connect",
                                 "protocolMapper": "oidc-audience-mapper"},
                                {"name": "groups", "protocol": "openid-connect",
                                 "protocolMapper": "oidc-group-membership-mapper"}]}  # fmt: skip
    found = exported(clients=[client(**word)])
    assert "oauth2Proxy" not in data(found, "realm.yaml")
    assert "clients/oauth2-proxy.yaml" in found.files


def from_file(folder: Path, **over: Any) -> Exported:
    """The files of a realm that is in a file of Keycloak's own export."""
    path = folder / "shop.json"
    path.write_text(json.dumps(realm(**over)), encoding="utf-8")
    return export_stated(read_sources([path])["shop"], only_differences=True, skip=False, environ={})


def test_people_of_a_file_are_left_out_and_counted(tmp_path: Path) -> None:
    people = [{"username": "anna", "credentials": [{"type": "password", "value": VARIABLE}]}, {"username": "bert"}]
    account = {"username": "service-account-c", "serviceAccountClientId": "c", "realmRoles": ["offline_access"]}
    found = from_file(tmp_path, users=[*people, account])
    assert found.remarks == (
        "users: 2 people of the file are left out. Name those that the realm starts with, without their passwords.",
    )
    assert f"# {found.remarks[0]}" in found.files["realm.yaml"]
    assert not any(name in text for text in found.files.values() for name in ("anna", "bert", VARIABLE))
    assert from_file(tmp_path, users=[account]).remarks == ()


def test_of_an_object_of_another_type_the_whole_configuration_is_said() -> None:
    """The apply that makes the other type of Keycloak's own mapper leaves no setting of the old type."""
    scopes = copy.deepcopy(realm()["clientScopes"])
    email = next(scope for scope in scopes if scope["name"] == "email")
    mapper = next(one for one in email["protocolMappers"] if one["name"] == "email")
    mapper["protocolMapper"] = "oidc-usermodel-property-mapper"
    del mapper["config"]["introspection.token.claim"]
    found = exported(clientScopes=scopes)
    assert (found.findings, found.changes) == ((), ())
    said = data(found, "scopes.yaml")["clientScopes"]["email"]["protocolMappers"]["email"]
    assert said["protocolMapper"] == "oidc-usermodel-property-mapper"
    assert set(mapper["config"]) <= set(said["config"])
