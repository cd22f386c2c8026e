"""An exported realm reads as written by a person: the whole text of a small one, and what is left out of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from realmctl.config.loader import load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig
from realmctl.export import Exported, export
from realmctl.export.foreign.substitutions import Assumptions
from realmctl.export.not_exported import NOT_EXPORTED
from realmctl.export.omission import Beyond
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.kinds.flow_steps import names
from realmctl.model.address import Address
from realmctl.model.secret import MASK
from tests.support.realm_snapshot import snapshot
from tests.unit.test_export import client, data, exported, realm

GOLDEN = Path(__file__).parent / "exported"

LEFTOVERS: dict[str, str] = {
    **dict.fromkeys(("saml.assertion.signature", "saml.encrypt", "saml_force_name_id_format"), "false"),
    **dict.fromkeys(
        ("id.token.as.detached.signature", "oidc.ciba.grant.enabled", "display.on.consent.screen"), "false"
    ),
    "use.refresh.tokens": "true",
    "post.logout.redirect.uris": "+",
    "login_theme": "",
    "acr.loa.map": "{}",
}
STATE = {
    "client.secret.creation.time": "1700000000",
    "client.secret.rotated": "canary-rotated",
    "realm_client": "false",
    "saml.artifact.binding.identifier": "abc",
}
LDAP = {
    "name": "directory",
    "providerId": "ldap",
    "config": {"connectionUrl": ["ldap://d.example"], "lastSync": ["1700000000"], "customUserSearchFilter": [""]},
}


def small() -> dict[str, Any]:
    """A realm as years, an import and the console leave it."""
    mapper = {"syncMode": "INHERIT", "claims": '[{"key": "groups", "value": "abc"}]', "role": "seller"}
    loyalty = {"name": "loyalty", "attributes": {"include.in.token.scope": "true"}}
    found = realm(
        displayName="Shop",
        displayNameHtml="<b>Shop</b>\n<i>since 1999</i>",
        accessTokenLifespan=900,
        notBefore=1700000000,
        attributes={"acr.loa.map": '{"gold": "2"}', "frontendUrl": "", "firstBrokerLoginFlowId": "id", **STATE},
        roles={"realm": [*realm()["roles"]["realm"], {"name": "seller", "description": "Sells"}], "client": {}},
        clientScopes=[{**loyalty, "protocol": "openid-connect"}],
        identityProviders=[
            {
                "alias": "corp",
                "providerId": "oidc",
                "enabled": True,
                "config": {
                    "authorizationUrl": "https://a.example/a", "clientId": "x", "clientSecret": MASK, "prompt": "",
                    "hideOnLoginPage": "false", "tokenUrl": "https://a.example/t", "uiLocales": "false",
                },
            }
        ],
        identityProviderMappers=[{"name": "sellers", "identityProviderAlias": "corp", "config": mapper,
                                  "identityProviderMapper": "oidc-advanced-role-idp-mapper"}],
        components={"org.keycloak.storage.UserStorageProvider": [LDAP]},
        clients=[
            client(clientId="app", secret=MASK, redirectUris=["https://a.example/cb"], webOrigins=["https://a.example"],
                   attributes={**LEFTOVERS, **STATE, "pkce.code.challenge.method": "S256"}, notBefore=1700000000),
            client(clientId="batch", secret="canary-batch", serviceAccountsEnabled=True, standardFlowEnabled=False,
                   defaultClientScopes=["web-origins", "acr", "profile", "basic", "email", "loyalty"],
                   optionalClientScopes=[*client()["optionalClientScopes"], "roles"]),
        ],
    )  # fmt: skip
    for flow in found["authenticationFlows"]:
        for step in flow["authenticationExecutions"]:
            if step.get("authenticator") == "webauthn-authenticator":
                step["requirement"] = "ALTERNATIVE"
    text = json.dumps(found)
    for around in ("/realms/{}/", "/admin/{}/"):
        text = text.replace(around.format("fresh"), around.format("shop"))
    again: dict[str, Any] = json.loads(text)
    return again


def from_server(said: dict[str, Any], *beyond: Beyond) -> Exported:
    """As an export of a server's realm, on which a client's secret is told as it is stored."""
    return export(snapshot(said), beyond=beyond)


def test_a_small_realm_reads_like_this() -> None:
    found = from_server(
        small(), Beyond(Address("realm"), "3 users, with their credentials, roles, groups and consents")
    )
    assert (found.findings, found.changes) == ((), ())
    texts = {path.relative_to(GOLDEN).as_posix(): path.read_text() for path in GOLDEN.rglob("*") if path.is_file()}
    assert dict(found.files) == texts


def test_a_mask_is_never_a_value_and_no_state_is_written() -> None:
    found = from_server(small())
    for name, text in found.files.items():
        if name != NOT_EXPORTED:
            assert MASK not in text, name
    everything = "".join(text for name, text in found.files.items() if name.endswith(".yaml"))
    for word in (
        "lastSync",
        "notBefore",
        "1700000000",
        "firstBrokerLoginFlowId",
        *STATE,
        *LEFTOVERS.keys() - {"acr.loa.map"},
    ):
        assert word not in everything, word
    assert "canary" not in "".join(found.files.values())


def test_a_mask_that_is_stored_is_told_as_broken() -> None:
    found = from_server(small())
    broken = "the stored value of secret is ********** itself, from an import of a masked export: set it anew"
    assert f"not exported: client/app: {broken}" in found.remarks
    assert [one.name for one in found.variables if one.broken] == ["APP_CLIENT_SECRET"]
    assert "The server stores ten asterisks" in found.files[".env.example"]


def test_a_mask_in_a_file_says_nothing_of_the_server() -> None:
    found = export(snapshot(small()), assumed=Assumptions())
    assert not [one for one in found.variables if one.broken]


@pytest.mark.parametrize(
    "text", ['{"a": 1}', '{"a":{"b":[1,2,{"c":null}]},"d":true}', '[{"k":"v"},{"k":"w"}]', '{"1":1.5}']
)
def test_json_becomes_a_map_and_plans_to_nothing(text: str, tmp_path: Path) -> None:
    spaced = json.dumps(json.loads(text), indent=2)
    found = exported(attributes={"own": spaced})
    assert data(found, "realm.yaml")["attributes"]["own"] == json.loads(text)
    assert found.changes == ()


@pytest.mark.parametrize("text", ["[]", '["a","b"]', "{not json", '"text"', "[1, 2]"])
def test_what_would_be_read_back_as_another_text_stays_a_text(text: str) -> None:
    found = exported(attributes={"own": text})
    assert data(found, "realm.yaml")["attributes"]["own"] == text
    assert found.changes == ()


def test_json_that_means_something_else_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text("realm: shop\nattributes: { own: { a: 1 } }\n")
    (config,) = load([tmp_path], environ={})
    same = snapshot(realm(attributes={"own": '{ "a": 1 }'}))
    other = snapshot(realm(attributes={"own": '{ "a": "1" }'}))
    assert make_plan(compare(config.desired, same)).changes == ()
    assert [change.address for change in make_plan(compare(config.desired, other)).changes] == [Address("realm")]


def test_scopes_follow_the_realms_where_the_files_change_these(tmp_path: Path) -> None:
    live = snapshot(small())
    found = export(live)
    for name, text in found.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "more.yaml").write_text(
        "defaultDefaultClientScopes: [basic, profile, email, roles, web-origins, acr, phone]\n"
    )
    environ = {one.name: "canary" for one in found.variables}
    (config,) = load([tmp_path], environ=environ)
    changes = {change.address: change for change in make_plan(compare(config.desired, live)).changes}
    (default, optional) = changes[Address("client-scopes-of-client", ("batch",))].fields
    assert default.moved() == (["client-scope/phone"], [])
    assert optional.moved() == ([], ["client-scope/phone"])
    assert Address("client-scopes-of-client", ("app",)) not in changes


def test_a_client_without_the_scope_of_service_accounts_says_so() -> None:
    scopes = client()["defaultClientScopes"]
    lacks = client(clientId="lacks", serviceAccountsEnabled=True, secret="canary-a", defaultClientScopes=scopes)
    has = {**lacks, "clientId": "has", "secret": "canary-b", "defaultClientScopes": [*scopes, "service_account"]}
    found = exported(clients=[lacks, has])
    assert data(found, "clients/lacks.yaml")["clients"]["lacks"]["defaultClientScopes"] == {
        "remove": ["service_account"]
    }
    assert "defaultClientScopes" not in data(found, "clients/has.yaml")["clients"]["has"]


@pytest.mark.parametrize("key", ["frontchannel.logout.session.required", "x509.allow.regex.pattern.comparison"])
def test_an_attribute_that_is_true_where_it_is_missing_is_left_out_as_true(key: str) -> None:
    """So Keycloak reads them (OIDCAdvancedConfigWrapper, 26.7.3)."""
    told = exported(
        clients=[client(clientId=one, publicClient=True, attributes={key: one}) for one in ("true", "false")]
    )
    assert data(told, "clients/false.yaml")["clients"]["false"]["attributes"] == {key: False}
    assert "attributes" not in data(told, "clients/true.yaml")["clients"]["true"]


def test_a_key_of_a_broker_that_is_true_where_it_is_missing_is_left_out_as_true() -> None:
    """So Keycloak reads it (IdentityProviderModel, 26.7.3)."""
    key = "storeTokenInSession"
    brokers = [{"alias": one, "providerId": "oidc", "config": {"clientId": "x", key: one}} for one in ("true", "false")]
    said = data(exported(identityProviders=brokers), "brokers.yaml")["identityProviders"]
    assert [key in said[one]["config"] for one in ("true", "false")] == [False, True]


def test_a_list_stays_where_it_is_shorter() -> None:
    found = exported(
        clients=[client(clientId="c", publicClient=True, defaultClientScopes=["basic"], optionalClientScopes=[])]
    )
    said = data(found, "clients/c.yaml")["clients"]["c"]
    assert said["defaultClientScopes"] == ["basic"]


def test_what_realm_management_and_objects_hold_beside_the_language_is_told() -> None:
    from realmctl.export.unsupported_objects import unsupported_objects

    filled = "it has no krbPrincipalAttribute: Keycloak fills in the usual one of the vendor"
    live = snapshot(small())
    app = live.objects[Address("client", ("app",))]
    other = replace(app, fields={**app.fields, "registeredNodes": {"a": 1}, "fromTheFuture": "x"})
    told = [
        str(one.address) + ": " + one.text
        for one in unsupported_objects(replace(live, objects={**live.objects, app.address: other}))
    ]
    assert told == [
        "client/app: its notBefore: tokens from before that time are revoked",
        "client/app: its registered cluster nodes",
        "client/app: realmctl does not know its field fromTheFuture",
        "realm: its notBefore: tokens from before that time are revoked",
        f"component/userFederation/directory: {filled}",
    ]
    assert list(unsupported_objects(snapshot(fresh_realm()))) == []


def test_what_a_new_realm_has_anyhow_is_told() -> None:
    """An import of an older version's export leaves it out, and no request takes it away."""
    from realmctl.export.unsupported_objects import unsupported_objects

    found = fresh_realm()
    found["clients"] = [one for one in found["clients"] if one["clientId"] != "account-console"]
    found["clients"] += [client(clientId="api", serviceAccountsEnabled=True, authorizationServicesEnabled=True)]
    found["clientPolicies"] = {"policies": [{"name": "z"}, {"name": "a"}]}
    (default,) = (one for one in found["roles"]["realm"] if one["name"] == found["defaultRole"]["name"])
    default["attributes"] = {"level": ["1"]}
    found["components"]["org.keycloak.storage.UserStorageProvider"] = [LDAP]
    told = {str(one.address): one.text for one in unsupported_objects(snapshot(found))}
    assert told == {
        "component/userFederation/directory": "it has no krbPrincipalAttribute: Keycloak fills in the usual one of the "
        "vendor",
        "role/default-roles-fresh": "the attributes of the default role: level",
        "client/account-console": "this client is not there: Keycloak makes it in every new realm, and lets nobody "
        "delete it",
        "client/api": "its role uma_protection is not there: Keycloak makes it with authorization services",
        "realm": "the order of its client policies (z, a): a new realm may have another one",
    }


def test_what_only_this_realm_has_of_a_client_that_nobody_can_change_is_told() -> None:
    found = fresh_realm()
    found["roles"]["client"]["realm-management"].append({"name": "own"})
    (client,) = (one for one in found["clients"] if one["clientId"] == "realm-management")
    client["protocolMappers"] = [{"name": "m", "protocol": "openid-connect", "protocolMapper": "x", "config": {}}]
    told = "not in a new realm, and Keycloak refuses to change its client"
    assert {str(one.address): one.text for one in from_server(found).lost} == {
        "client-role/realm-management/own": told,
        "protocol-mapper/realm-management/m": told,
    }


@pytest.mark.parametrize(
    ("user", "roles", "expected"),
    [
        (None, [], ["its service account has no user: a new realm makes one, with the default role"]),
        ({"id": "1", "username": "service-account-api"}, ["default-roles-fresh"], []),
        (
            {"id": "1", "username": "robot"},
            ["offline_access"],
            [
                "of its service account's user: the username robot",
                "its service account does not have the default role default-roles-fresh, which a new realm gives it",
            ],
        ),
    ],
)
def test_a_service_account_that_is_not_as_a_new_one_is_told(
    user: dict[str, Any] | None, roles: list[str], expected: list[str]
) -> None:
    from realmctl.export.unsupported_objects import beyond

    class Server:
        def get(self, _realm: str, *path: str, query: Any = None) -> Any:
            if path == ("users", "1"):
                return user
            return [{"name": one} for one in roles] if path[-1] == "realm" else None

        def pages(self, _realm: str, *path: str, query: Any = None) -> list[Any]:
            return []

    found = fresh_realm()
    found["users"] = [{"serviceAccountClientId": "API", **user}] if user else []
    found["clients"] = [*found["clients"], {**client(clientId="API", serviceAccountsEnabled=True), "id": "c"}]
    told = beyond(cast(Admin, Server()), snapshot(found))
    assert [one.text for one in told if one.address.kind == "client"] == expected


def test_steps_have_names_that_are_unique() -> None:
    inner: list[dict[str, Any]] = [{"authenticator": "b"}, {"authenticator": "b"}, {"authenticator": "c"}]
    steps: list[dict[str, Any]] = [{"authenticator": "a"}, {"authenticator": "b"}, {"flow": "x", "executions": inner}]
    assert [name for name, _ in names("top", steps)] == ["a", "top / b", "x", "x / b", "x / b (2)", "c"]


def test_steps_beside_executions_are_refused(tmp_path: Path) -> None:
    flow = "executions: [{ authenticator: auth-cookie, requirement: REQUIRED }], steps: { auth-cookie: {} }"
    (tmp_path / "realm.yaml").write_text(f"realm: shop\nauthenticationFlows: {{ mine: {{ {flow} }} }}\n")
    with pytest.raises(BadConfig, match="write either executions"):
        load([tmp_path], environ={})
