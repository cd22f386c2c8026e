"""The rules on a desired realm: what they must not find, and what data cases can't say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from realmctl.config.checks import RULES, Subject, check
from realmctl.config.checks.composite_cycle import circles
from realmctl.config.loader import load
from realmctl.errors import BadConfig, Finding, Place
from realmctl.integrations.gateway.compilation import gateway
from realmctl.keycloak.catalog import fresh_realm, versions
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Written
from realmctl.model.suggestion import did_you_mean

HERE = Written(Place("realm.yaml"))


def subject(realm: str = "shop", **more: Any) -> Subject:
    return Subject(Desired(realm, {}), HERE, **more)


def found(text: str, folder: Path, **environ: str) -> list[Finding]:
    (folder / "realm.yaml").write_text(text)
    (config,) = load([folder], environ=environ)
    return list(config.findings)


@pytest.mark.parametrize("version", versions())
def test_nothing_is_wrong_with_what_keycloak_ships(version: str) -> None:
    """Every built-in object declared as it is: whatever a rule said of it would be a false alarm."""
    export = fresh_realm(version)
    for role in export["roles"]["realm"]:
        role["name"] = role["name"].replace("-fresh", "-shop")
    declared = {
        live.address: Declared(live.address, {k: v for k, v in live.fields.items() if v is not None}, HERE)
        for kind in kinds().values()
        for live in kind.parse_export(export)
    }

    assert len(declared) > 150
    assert check(Subject(Desired("shop", declared), HERE)) == []


def test_the_example_is_clean(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "realms/platform"
    environ = {
        "ENTRA_TENANT_ID": "6f1d6d0e-0000-4000-8000-000000000001",
        "ENTRA_CLIENT_ID": "6f1d6d0e-0000-4000-8000-000000000002",
        "ENTRA_CLIENT_SECRET": "canary",
        "OAUTH2_PROXY_CLIENT_SECRET": "canary",
        "ORDERS_BATCH_CLIENT_SECRET": "canary",
    }

    (config,) = load([example], environ=environ)

    assert config.findings == ()


def test_every_rule_is_asked() -> None:
    folder = Path(str(RULES[0].__file__)).parent
    rules = {path.stem for path in folder.glob("*.py") if "def check(subject" in path.read_text()} - {"__init__"}

    assert rules == {rule.__name__.rpartition(".")[2] for rule in RULES}


def behind_a_gateway(callback: str, address: str, frontend: str | None) -> str:
    """A realm with a gateway: its callback, and Keycloak's address as the two places say it."""
    lines = ["realm: shop", "oauth2Proxy:", "  hosts: [apps.example.com, shop.example.com]", "  clientSecret: $(env:S)"]
    lines += [f"  callbackPath: {callback}", f"  publicUrl: {address}"]
    lines += ["attributes:", f"  frontendUrl: {frontend}"] if frontend else []
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("callback", "address", "frontend"),
    [
        ("/Auth/callback", "https://apps.example.com/auth", None),
        ("/auth/realms/callback", "https://apps.example.com/auth", None),
        ("/auth/resources/x/callback", "https://apps.example.com/auth", None),
        ("/sso/callback", "https://shop.example.com/sso/kc", None),
        ("/oauth2/callback", "https://sso.example.com/auth", "https://apps.example.com/oauth2"),
        ("/oauth2/callback", "https://apps.example.com", None),
    ],
)
def test_a_callback_around_keycloak_would_open_it(
    callback: str, address: str, frontend: str | None, tmp_path: Path
) -> None:
    with pytest.raises(BadConfig) as refused:
        found(behind_a_gateway(callback, address, frontend), tmp_path, S="canary")

    (finding,) = refused.value.findings
    assert (finding.rule, str(finding.place)) == ("callback-at-keycloak", f"{tmp_path}/realm.yaml:5:17")


@pytest.mark.parametrize(
    ("callback", "address", "frontend"),
    [
        ("/authenticate/callback", "https://apps.example.com/auth", None),
        ("/auth/callback", "https://sso.example.com/auth", None),
        ("/auth/callback", "https://apps.example.com/auth", "https://sso.example.com/auth"),
    ],
)
def test_a_callback_beside_keycloak_opens_nothing(
    callback: str, address: str, frontend: str | None, tmp_path: Path
) -> None:
    assert found(behind_a_gateway(callback, address, frontend), tmp_path, S="canary") == []


@pytest.mark.parametrize("name", ["a!", "a#", "a$", "a&", "a(", "a*", "a+", "a,", "a/b", "a:", "a;", "a=", "a?", "a@",
                                  "a[", "a\\", "..", ".", "x" * 239, "a\nb", " a"])  # fmt: skip
def test_realm_names_that_keycloak_refuses(name: str) -> None:
    assert [finding.rule for finding in check(subject(name))] == ["realm-name"]


@pytest.mark.parametrize("name", ["a", "a b", "a.b", "a-b_c", "é", "a%b", "x" * 238, "a|b", "Ä~"])
def test_realm_names_that_keycloak_takes(name: str) -> None:
    assert check(subject(name)) == []


def test_circles_of_a_long_chain_need_no_recursion() -> None:
    roles = [Address("role", (str(number),)) for number in range(20_000)]
    graph = {role: [following] for role, following in zip(roles, [*roles[1:], roles[0]], strict=True)}

    assert [len(circle) for circle in circles(graph)] == [20_000]
    assert list(circles({**graph, roles[-1]: []})) == []


def test_shared_members_are_no_circle() -> None:
    a, b, c = (Address("role", (name,)) for name in "abc")

    assert list(circles({a: [b, c], b: [c], c: []})) == []


def test_a_built_in_public_client_may_keep_its_wildcard(tmp_path: Path) -> None:
    text = "realm: shop\nclients: {account-console: {redirectUris: [/realms/shop/account/*]}}\n"

    assert found(text, tmp_path) == []


def test_references_to_what_every_realm_has_lead_somewhere(tmp_path: Path) -> None:
    text = (
        "realm: shop\n"
        "defaultRoles: {realm: [offline_access, default-roles-shop], client: {account: [view-profile]}}\n"
        "browserFlow: browser\n"
        "clients: {c: {defaultClientScopes: [profile, email], secret: $(env:S)}}\n"
    )

    assert found(text, tmp_path, S="canary") == []


def test_a_role_of_a_client_whose_id_has_dots(tmp_path: Path) -> None:
    text = (
        "realm: shop\nclients: {shop.eu: {roles: {a.b: {}}}}\n"
        "identityProviders:\n  i:\n    providerId: oidc\n    mappers:\n"
        "      m: {identityProviderMapper: oidc-role-idp-mapper, config: {role: shop.eu.a.b}}\n"
        "      n: {identityProviderMapper: oidc-role-idp-mapper, config: {role: shop.eu.a}}\n"
    )

    assert [str(finding.place).rpartition("realm.yaml")[2] for finding in found(text, tmp_path)] == [":8:72"]


def test_custom_types_are_not_checked_deeper(tmp_path: Path) -> None:
    text = (
        "realm: shop\ncustomProviders: [ours, their-idp]\n"
        "authenticationFlows: {f: {executions: [{authenticator: ours, requirement: REQUIRED, config: {x: 1}}]}}\n"
        "requiredActions: {ours: {enabled: true}}\n"
        "identityProviders: {i: {providerId: their-idp, config: {y: 2}}}\n"
    )

    assert found(text, tmp_path) == []


@pytest.mark.parametrize(
    ("word", "known", "nearest"),
    [
        ("redirectUri", ["redirectUris", "rootUrl"], "redirectUris"),
        ("client_secret", ["clientSecret"], "clientSecret"),
        ("evn", ["env", "file", "var"], "env"),
        ("redirect", ["redirectUris", "rootUrl"], "redirectUris"),
        ("qwertz", ["env", "file"], ""),
    ],
)
def test_did_you_mean(word: str, known: list[str], nearest: str) -> None:
    assert did_you_mean(word, known) == nearest


BEHIND = """
realm: shop
oauth2Proxy: {hosts: [shop.example.com], clientSecret: "${vault.proxy}"}
tokens: {audiences: [till], claims: {roles: {realmRoles: true}, till: {clientRoles: till-api}}}
roles: {clerk: {}}
clients: {till-api: {roles: {clerk: {}}}}
services:
"""


@pytest.mark.parametrize(("role", "value"), [("elsewhere", "elsewhere"), ("till-api.refund", "refund")])
def test_a_role_that_others_declare_can_be_accepted(role: str, value: str, tmp_path: Path) -> None:
    said = f"  till: {{paths: [/till], audience: till, rules: [{{roles: [{role}]}}]}}\naccept: [unknown-role]\n"
    (finding,) = found(BEHIND + said, tmp_path)
    assert (finding.rule, finding.severity) == ("unknown-role", "warning")
    (config,) = load([tmp_path], environ={})
    assert gateway(config).services["till"].rules[0].anyOf[0].value == value


def test_a_path_inside_another_services_is_fine(tmp_path: Path) -> None:
    said = "  shop: {paths: [/], audience: till}\n  till: {paths: [/till, /authors, /oauth2x], audience: till}\n"
    assert found(BEHIND + said, tmp_path) == []


CHECKED = "validations: {email: {}}"
UNCHECKED = "validations: {length: {max: 255}}"


@pytest.mark.parametrize(("email", "severity"), [("", "error"), (CHECKED, "error"), (UNCHECKED, "warning")])
def test_an_address_is_refused_where_the_profile_refuses_it(email: str, severity: str, tmp_path: Path) -> None:
    """Without the validator `email`, Keycloak takes any text (26.7.3)."""
    profile = f"userProfile: {{attributes: {{email: {{{email}}}}}}}\n" if email else ""
    (tmp_path / "realm.yaml").write_text(f"realm: shop\nusers: {{anna: {{email: no address}}}}\n{profile}")

    try:
        findings = load([tmp_path], environ={})[0].findings
    except BadConfig as error:
        findings = error.findings

    assert [(one.rule, one.severity) for one in findings] == [("bad-text", severity)]


def test_a_number_that_means_not_set_is_a_warning(tmp_path: Path) -> None:
    (one,) = found("realm: shop\nclientSessionIdleTimeout: -1\n", tmp_path)

    assert (one.rule, one.severity) == ("bad-number", "warning")
    assert "takes it as not set" in one.message
