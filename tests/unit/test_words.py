"""The platform's words compile to what was tried on a real Keycloak, and to nothing that its checks would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from realmctl.config.macros import WORDS, Context, Fragment
from realmctl.export.macro_recovery import recover_macros
from realmctl.keycloak.catalog import catalogue
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.secret import Secret

TENANT = "6f1d6d0e-0000-4000-8000-00000000aaaa"
GROUP = "6f1d6d0e-0000-4000-8000-000000000001"
ENTRA = {"tenantId": TENANT, "clientId": "app", "clientSecret": "canary-one"}
PROXY = {"hosts": ["apps.example.com"], "clientSecret": "canary-two"}
EVERYTHING: dict[str, Any] = {
    "entra": {
        **ENTRA,
        "emailClaim": "upn",
        "signInDirectly": True,
        "attributes": {"department": "department"},
        "appRoles": {"Platform.Admin": "platform-admin", "Orders.Boss": ["orders-approver", "orders-api.refund"]},
        "groups": {GROUP: ["/orders-team", "orders-reader"]},
    },
    "oauth2Proxy": {**PROXY, "hosts": ["apps.example.com", "shop.example.com:8443"]},
    "tokens": {
        "audiences": ["orders-api", "elsewhere"],
        "claims": {
            "roles": {"realmRoles": True},
            "orders": {"clientRoles": "orders-api", "prefix": "o:"},
            "department": {"userAttribute": "department"},
            "teams": {"groups": "paths", "tokens": ["access"]},
            "tier": {"value": 3},
        },
    },
}


def compiled(sayings: Mapping[str, Any], sections: Mapping[str, Any] | None = None) -> dict[str, Fragment]:
    words = {name: WORDS[name].model.model_validate(value) for name, value in sayings.items()}
    context = Context("platform", sections or {}, words)
    return {name: WORDS[name].compile(value, context) for name, value in words.items()}


def one(name: str, value: Any, **others: Any) -> dict[str, Any]:
    return compiled({name: value, **others})[name].sections


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*above, key))


def test_everything_is_said_in_the_terms_of_the_language() -> None:
    for fragment in compiled(EVERYTHING).values():
        realm_file().model_validate(fragment.sections)


def test_every_type_and_config_key_is_one_that_keycloak_ships() -> None:
    known = catalogue()
    found = compiled(EVERYTHING)
    provider = found["entra"].sections["identityProviders"]["entra"]
    assert set(provider["config"]) <= known.identity_providers[provider["providerId"]]
    for mapper in provider["mappers"].values():
        assert set(mapper["config"]) <= known.identity_provider_mappers[mapper["identityProviderMapper"]]
    scope = found["tokens"].sections["clientScopes"]["platform"]
    client = found["oauth2Proxy"].sections["clients"]["oauth2-proxy"]
    for mapper in [*scope["protocolMappers"].values(), *client["protocolMappers"].values()]:
        assert set(mapper["config"]) <= known.protocol_mappers[mapper["protocol"]][mapper["protocolMapper"]]


def test_every_source_leads_to_something_and_comes_from_something() -> None:
    for name, fragment in compiled(EVERYTHING).items():
        assert set(fragment.sources) <= set(paths(fragment.sections))
        for said in fragment.sources.values():
            value = EVERYTHING[name]
            for step in said[:1]:
                assert step in value or step in WORDS[name].model.model_fields
            if len(said) > 1:
                for step in said:
                    value = value[step]


def test_a_secret_stays_a_secret_and_keeps_its_reference() -> None:
    fragment = compiled({"entra": {**ENTRA, "clientSecret": Secret("canary-one", "$(env:X)")}})["entra"]
    secret = fragment.sections["identityProviders"]["entra"]["config"]["clientSecret"]
    assert isinstance(secret, Secret)
    assert secret.reference == "$(env:X)"
    assert "canary" not in repr(fragment)


def test_entra_addresses_follow_tenant_and_cloud() -> None:
    config = one("entra", {**ENTRA, "authority": "https://login.microsoftonline.us"})["identityProviders"]["entra"][
        "config"
    ]
    assert config["issuer"] == f"https://login.microsoftonline.us/{TENANT}/v2.0"
    assert config["tokenUrl"] == f"https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token"
    assert config["jwksUrl"] == f"https://login.microsoftonline.us/{TENANT}/discovery/v2.0/keys"


TENANTS = ["6f1d6d0e-0000-4000-8000-00000000000a", "6F1D6D0E-0000-4000-8000-00000000000B"]


def test_of_several_tenants_those_that_are_listed_are_believed() -> None:
    said = {key: value for key, value in ENTRA.items() if key != "tenantId"}
    config = one("entra", {**said, "tenants": TENANTS})["identityProviders"]["entra"]["config"]
    base = "https://login.microsoftonline.com"
    assert config["issuer"] == ",".join(f"{base}/{tenant.lower()}/v2.0" for tenant in TENANTS)
    assert config["authorizationUrl"] == f"{base}/organizations/oauth2/v2.0/authorize"
    assert config["jwksUrl"] == f"{base}/organizations/discovery/v2.0/keys"


def test_a_certificate_needs_no_secret() -> None:
    said = {key: value for key, value in ENTRA.items() if key != "clientSecret"}
    config = one("entra", {**said, "clientAuth": "certificate"})["identityProviders"]["entra"]["config"]
    assert "clientSecret" not in config
    assert (config["clientAuthMethod"], config["jwtX509HeadersEnabled"]) == ("private_key_jwt", "true")


def test_who_breaks_the_glass_has_the_role_and_a_code() -> None:
    found = one("entra", {**ENTRA, "signInDirectly": True, "breakGlass": {"role": "rescue"}})
    _, _, local = found["authenticationFlows"]["entra sign-in"]["executions"]
    assert [step.get("authenticator") for step in local["executions"]] == [
        "auth-username-password-form", None, "auth-otp-form",
    ]  # fmt: skip
    condition, deny = local["executions"][1]["executions"]
    assert condition["config"] == {"condUserRole": "rescue", "negate": "true"}
    assert (deny["authenticator"], local["executions"][1]["requirement"]) == (
        "deny-access-authenticator",
        "CONDITIONAL",
    )


def test_single_entra_addresses_can_be_replaced_by_a_stand_in() -> None:
    endpoints = {"issuer": "http://stand.in/realms/e", "keys": "http://inside/certs"}
    config = one("entra", {**ENTRA, "endpoints": endpoints})["identityProviders"]["entra"]["config"]
    assert (config["issuer"], config["jwksUrl"]) == (endpoints["issuer"], endpoints["keys"])
    assert config["tokenUrl"].startswith("https://login.microsoftonline.com/")


def test_entra_checks_what_it_is_told_and_proves_who_asks() -> None:
    config = one("entra", ENTRA)["identityProviders"]["entra"]["config"]
    assert {
        key: config[key] for key in ("validateSignature", "useJwksUrl", "pkceEnabled", "pkceMethod", "syncMode")
    } == {
        "validateSignature": "true",
        "useJwksUrl": "true",
        "pkceEnabled": "true",
        "pkceMethod": "S256",
        "syncMode": "FORCE",
    }


def test_app_roles_and_groups_lead_to_roles_and_groups() -> None:
    mappers = one("entra", EVERYTHING["entra"])["identityProviders"]["entra"]["mappers"]
    targets = {name: mapper["config"].get("role") or mapper["config"].get("group") for name, mapper in mappers.items()}
    assert targets["app role Platform.Admin"] == "platform-admin"
    assert targets["app role Orders.Boss: orders-api.refund"] == "orders-api.refund"
    assert mappers[f"group {GROUP}: /orders-team"]["identityProviderMapper"] == "oidc-advanced-group-idp-mapper"
    assert mappers[f"group {GROUP}: orders-reader"]["identityProviderMapper"] == "oidc-advanced-role-idp-mapper"
    assert GROUP in mappers[f"group {GROUP}: orders-reader"]["config"]["claims"]


def test_a_changed_target_changes_the_mapper_and_does_not_replace_it() -> None:
    before, after = (one("entra", {**ENTRA, "appRoles": {"A": role}}) for role in ("reader", "writer"))
    assert list(before["identityProviders"]["entra"]["mappers"]) == list(after["identityProviders"]["entra"]["mappers"])


def test_attributes_that_a_broker_sets_are_declared_in_the_user_profile() -> None:
    found = one("entra", {**ENTRA, "attributes": {"department": "department"}})
    assert {"entra_oid", "department"} <= set(found["userProfile"]["attributes"])
    without = one("entra", {**ENTRA, "attributes": {"oid": None}, "lockProfile": False})
    assert "userProfile" not in without
    assert "attribute oid" not in without["identityProviders"]["entra"]["mappers"]


def test_an_attribute_takes_several_values_where_a_claim_shows_them_all() -> None:
    several = {"userAttribute": "mails", "multivalued": True}
    first = {"userAttribute": "mails"}
    for claims in ({"a": several}, {"a": several, "b": first}, {"a": first, "b": several}):
        found = one("tokens", {"claims": claims})
        assert found["userProfile"]["attributes"]["mails"]["multivalued"] is True
    found = one("tokens", {"claims": {"a": first, "b": {**several, "multivalued": False}}})
    assert "multivalued" not in found["userProfile"]["attributes"]["mails"]


def test_users_can_not_type_an_address_of_their_own() -> None:
    email = one("entra", ENTRA)["userProfile"]["attributes"]["email"]
    assert email == {"permissions": {"view": ["admin", "user"], "edit": ["admin"]}}


def test_direct_sign_in_binds_a_flow_without_a_login_page() -> None:
    found = one("entra", {**ENTRA, "signInDirectly": True, "alias": "corp"})
    flow = found["authenticationFlows"][found["browserFlow"]]
    assert [step["authenticator"] for step in flow["executions"]] == ["auth-cookie", "identity-provider-redirector"]
    assert {step["requirement"] for step in flow["executions"]} == {"ALTERNATIVE"}
    assert flow["executions"][1]["config"] == {"defaultProvider": "corp"}
    assert "browserFlow" not in one("entra", ENTRA)


def test_where_nobody_has_a_password_nobody_makes_one() -> None:
    direct = {**ENTRA, "signInDirectly": True}
    assert one("entra", direct)["requiredActions"] == {"UPDATE_PASSWORD": {"enabled": False}}
    for others in (ENTRA, {**direct, "breakGlass": {"role": "break-glass"}}):
        assert "requiredActions" not in one("entra", others), "accounts with passwords of their own change them"


@pytest.mark.parametrize(
    ("wanted", "taken"), [("create", ["idp-confirm-link", "idp-username-password-form"]), ("link", ["idp-auto-link"])]
)
def test_first_login_creates_and_treats_a_taken_name_as_told(wanted: str, taken: list[str]) -> None:
    found = one("entra", {**ENTRA, "firstLogin": wanted})
    alias = found["identityProviders"]["entra"]["firstBrokerLoginFlowAlias"]
    create, existing = found["authenticationFlows"][alias]["executions"]
    assert create["authenticator"] == "idp-create-user-if-unique"
    assert [step["authenticator"] for step in existing["executions"]] == taken


def test_first_login_by_keycloaks_own_flow() -> None:
    found = one("entra", {**ENTRA, "firstLogin": "review"})
    assert "authenticationFlows" not in found
    assert "firstBrokerLoginFlowAlias" not in found["identityProviders"]["entra"]


def test_the_gateways_client_takes_the_code_flow_alone_and_exact_addresses() -> None:
    client = one("oauth2Proxy", EVERYTHING["oauth2Proxy"])["clients"]["oauth2-proxy"]
    assert client["redirectUris"] == [
        "https://apps.example.com/oauth2/callback",
        "https://shop.example.com:8443/oauth2/callback",
    ]
    assert client["attributes"] == {
        "pkce.code.challenge.method": "S256",
        "post.logout.redirect.uris": "https://apps.example.com/oauth2/signed_out##https://shop.example.com:8443/oauth2/signed_out",
    }
    assert client["standardFlowEnabled"]
    assert client["optionalClientScopes"] == [], "whoever logs in could ask for offline_access"
    assert not any(
        client[flow]
        for flow in ("publicClient", "implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled")
    )
    assert client["protocolMappers"]["own audience"]["config"]["included.client.audience"] == "oauth2-proxy"


def test_the_gateways_client_has_the_scope_of_tokens_where_there_is_one() -> None:
    tokens = {"scope": "corporate", "claims": {"roles": {"realmRoles": True}}}
    with_tokens = one("oauth2Proxy", PROXY, tokens=tokens)["clients"]["oauth2-proxy"]
    assert with_tokens["defaultClientScopes"] == ["basic", "profile", "email", "corporate"]
    assert one("oauth2Proxy", PROXY)["clients"]["oauth2-proxy"]["defaultClientScopes"] == ["basic", "profile", "email"]


def test_an_audience_is_a_client_where_the_realm_declares_one() -> None:
    found = compiled({"tokens": {"audiences": ["orders-api", "other"]}}, {"clients": {"orders-api": {}}})["tokens"]
    mappers = found.sections["clientScopes"]["platform"]["protocolMappers"]
    assert mappers["audience orders-api"]["config"]["included.client.audience"] == "orders-api"
    assert mappers["audience other"]["config"]["included.custom.audience"] == "other"


@pytest.mark.parametrize(
    ("claim", "kind", "config"),
    [
        ({"realmRoles": True}, "oidc-usermodel-realm-role-mapper", {"multivalued": "true"}),
        (
            {"clientRoles": "orders-api", "prefix": "o:"},
            "oidc-usermodel-client-role-mapper",
            {"usermodel.clientRoleMapping.clientId": "orders-api", "usermodel.clientRoleMapping.rolePrefix": "o:"},
        ),
        ({"groups": "paths"}, "oidc-group-membership-mapper", {"full.path": "true"}),
        ({"groups": "names"}, "oidc-group-membership-mapper", {"full.path": "false"}),
        (
            {"userAttribute": "team", "multivalued": True},
            "oidc-usermodel-attribute-mapper",
            {"user.attribute": "team", "multivalued": "true", "jsonType.label": "String"},
        ),
        ({"value": True}, "oidc-hardcoded-claim-mapper", {"claim.value": "true", "jsonType.label": "boolean"}),
        ({"value": 3}, "oidc-hardcoded-claim-mapper", {"claim.value": "3", "jsonType.label": "long"}),
        ({"value": "gold"}, "oidc-hardcoded-claim-mapper", {"claim.value": "gold", "jsonType.label": "String"}),
    ],
)
def test_claims(claim: dict[str, Any], kind: str, config: dict[str, str]) -> None:
    mappers = one("tokens", {"claims": {"x": claim}})["clientScopes"]["platform"]["protocolMappers"]
    assert mappers["claim x"]["protocolMapper"] == kind
    assert config.items() <= mappers["claim x"]["config"].items()
    assert mappers["claim x"]["config"]["claim.name"] == "x"


def test_a_claim_stands_only_where_it_is_wanted() -> None:
    claims = {"x": {"realmRoles": True, "tokens": ["access"]}}
    config = one("tokens", {"claims": claims})["clientScopes"]["platform"]["protocolMappers"]["claim x"]["config"]
    assert (config["access.token.claim"], config["introspection.token.claim"]) == ("true", "true")
    assert (config["id.token.claim"], config["userinfo.token.claim"]) == ("false", "false")


@pytest.mark.parametrize(
    ("word", "value", "told"),
    [
        ("entra", {**ENTRA, "tenantId": "common"}, "your tenant's id"),
        ("entra", {**ENTRA, "tenants": TENANTS}, "write tenantId, or tenants"),
        ("entra", {**ENTRA, "tenantId": None, "tenants": ["contoso.com"]}, "a GUID"),
        ("entra", {**ENTRA, "tenantId": None, "tenants": TENANTS, "firstLogin": "link"}, "take over an account"),
        ("entra", {**ENTRA, "clientAuth": "certificate"}, "without it"),
        ("entra", {**ENTRA, "clientSecret": None}, "write clientSecret"),
        ("entra", {**ENTRA, "breakGlass": {"role": "x"}}, "goes with signInDirectly"),
        ("entra", {**ENTRA, "groups": {"orders-team": "/orders"}}, "object id"),
        ("entra", {**ENTRA, "authority": "login.microsoftonline.us"}, "such as https://"),
        ("entra", {**ENTRA, "tennant": "x"}, "Extra inputs"),
        ("entra", {**ENTRA, "appRoles": {"A": ["x", "y"]}, "retired": {"roles": ["y"]}}, "retired and still mapped"),
        ("entra", {**ENTRA, "groups": {TENANTS[0]: "/a"}, "retired": {"groups": ["/a"]}}, "retired and still mapped"),
        ("entra", {**ENTRA, "retired": {"attributes": ["entra_oid"]}}, "retired and still mapped"),
        ("entra", {**ENTRA, "retired": {"groups": ["team"]}}, "should match pattern"),
        ("oauth2Proxy", {**PROXY, "hosts": ["*.example.com"]}, "name each host"),
        ("oauth2Proxy", {**PROXY, "hosts": ["https://apps.example.com"]}, "no scheme"),
        ("oauth2Proxy", {**PROXY, "hosts": []}, "at least 1"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "/oauth2/*"}, "exact path"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "/callback"}, "write /oauth2/callback"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "/"}, "write /oauth2/callback"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "////callback"}, "takes // and dots out"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "/x/../auth/callback"}, "takes // and dots out"),
        ("oauth2Proxy", {**PROXY, "callbackPath": "/oauth2/callback/"}, "exact path"),
        ("oauth2Proxy", {"hosts": ["apps.example.com"]}, "Field required"),
        ("oauth2Proxy", {**PROXY, "publicUrl": "apps.example.com/auth"}, "such as https://"),
        ("oauth2Proxy", {**PROXY, "internalUrl": "http://keycloak/auth/"}, "without / at the end"),
        ("oauth2Proxy", {**PROXY, "cookieDomain": "example.org"}, "not under cookieDomain"),
        ("oauth2Proxy", {**PROXY, "cookieDomain": "ample.com"}, "not under cookieDomain"),
        ("oauth2Proxy", {**PROXY, "cookieDomain": "example.com", "cookieName": "__Host-x"}, "refuse a cookie"),
        ("oauth2Proxy", {**PROXY, "insecureHttp": True, "cookieName": "__Secure-x"}, "over http"),
        ("tokens", {"claims": {"aud": {"realmRoles": True}}}, "meaning of its own"),
        ("tokens", {"claims": {"\\aud": {"realmRoles": True}}}, "the claim aud has a meaning of its own"),
        ("tokens", {"claims": {"aud.x": {"realmRoles": True}}}, "the claim aud has a meaning of its own"),
        ("tokens", {"claims": {"x": {}}}, "exactly one"),
        ("tokens", {"claims": {"x": {"realmRoles": True, "groups": "names"}}}, "exactly one"),
        ("tokens", {"claims": {"x": {"groups": "names", "prefix": "p"}}}, "prefix goes with"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(word: str, value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WORDS[word].model.model_validate(value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        {"tenants": TENANTS[:1], "emailClaim": "preferred_username", "tenantId": None},
        {"clientAuth": "certificate", "clientSecret": None},
        {"signInDirectly": True, "breakGlass": {"role": "rescue", "secondFactor": False}},
        {"retired": {"roles": ["rescue"], "groups": ["/gone"], "attributes": ["shoe"]}},
    ],
    ids=str,
)
def test_an_export_finds_the_word_again(said: dict[str, Any]) -> None:
    word = {key: value for key, value in {**ENTRA, **said}.items() if value is not None}
    found, left = recover_macros("r", one("entra", word))
    if "clientSecret" in word:
        word["clientSecret"] = Secret(ENTRA["clientSecret"])
    assert (found, left) == ({"entra": word}, {})
