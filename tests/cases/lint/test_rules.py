"""Every rule by a realm that it warns of and one that it does not; comments that silence; the page about the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from realmctl.config.lint import RULES, lint, without_allowed
from realmctl.config.loader import load
from realmctl.config.loader.suppressions import allowances
from realmctl.errors import Finding
from realmctl.workflow import linted
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT
from tests.support.case_file import read_cases
from tooling.rules_page import PAGE, page_with_rules

CASES = Path(__file__).parent / "cases"


def every(folder: Path, text: str) -> list[Finding]:
    path = folder / "realm.yaml"
    path.write_text(text, encoding="utf-8")
    (config,) = load([path], environ={})
    return lint(config)


@cache
def of_an_empty_realm() -> frozenset[str]:
    """The rules that warn of a realm that declares nothing: a new one of them leaves every other case as it is."""
    with TemporaryDirectory() as folder:
        return frozenset(one.rule for one in every(Path(folder), "realm: r"))


def found(folder: Path, text: str, rule: str = "") -> list[Finding]:
    """What the rules find, without the rules that warn of an empty realm; `rule` is counted in any case."""
    return [one for one in every(folder, text) if one.rule == rule or one.rule not in of_an_empty_realm()]


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_warns_of_the_one_and_not_of_the_other(rule: str, tmp_path: Path) -> None:
    case = read_cases(CASES / f"{rule}.yaml")
    assert [one.rule for one in found(tmp_path, case["fires"], rule)] == [rule]
    assert [str(one) for one in found(tmp_path, case["quiet"], rule)] == []


def test_a_token_that_lives_as_long_as_its_session_is_long(tmp_path: Path) -> None:
    text = read_cases(CASES / "long-lifetime.yaml")["quiet"]
    (one,) = found(tmp_path, text.replace("accessTokenLifespan: 10m", "accessTokenLifespan: -1"))
    assert (one.rule, one.message) == ("long-lifetime", "access tokens live as long as the session")


def test_every_case_is_of_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(RULES)


def test_the_example_is_clean() -> None:
    configs = load([EXAMPLE], environ=EXAMPLE_ENVIRONMENT)
    assert [str(one) for one in linted(configs, [])] == []


def test_what_a_word_makes_is_doubted_at_the_word(tmp_path: Path) -> None:
    case = read_cases(CASES / "auto-link.yaml")
    (finding,) = found(tmp_path, case["fires"])
    assert finding.place
    assert "firstLogin: link" in case["fires"].splitlines()[finding.place.line - 1]


COMMENTED = """\
realm: r
adminEventsEnabled: true
bruteForceProtected: true
sslRequired: none  # realmctl: allow ssl-none: behind a gateway that speaks TLS
# realmctl: allow open-registration: a playground
# that lives for a day
registrationAllowed: true
accessTokenLifespan: 1h  # realmctl: allow long-lifetime
displayName: x  # realmctl: allow ssl-none: nothing to allow here
displayNameHtml: "x # realmctl: allow ssl-none: no comment at all"
loginTheme: x  # realmctl: allow ssl-non: a slip
"""


def test_a_comment_with_a_reason_silences_a_rule_where_it_is_meant(tmp_path: Path) -> None:
    findings = found(tmp_path, COMMENTED)
    assert sorted(one.rule for one in findings) == ["long-lifetime", "open-registration", "ssl-none"]
    comments = allowances([str(tmp_path / "realm.yaml")])
    left = without_allowed(findings, comments)
    assert [(one.rule, one.place.line if one.place else 0) for one in left] == [
        ("long-lifetime", 8), ("allowed-why", 8), ("allowed-nothing", 9), ("allowed-nothing", 11),
    ]  # fmt: skip
    assert "did you mean" not in left[-2].message
    assert "did you mean 'ssl-none'" in left[-1].message
    assert [one.rule for one in without_allowed(findings, comments, linted=False)] == ["long-lifetime", "allowed-why"]


CLIENT = """\
realm: r
adminEventsEnabled: true
bruteForceProtected: true
clients:
  app:
    fullScopeAllowed: {full}
    clientAuthenticatorType: client-jwt
    serviceAccountsEnabled: true
    standardFlowEnabled: false
    serviceAccountRoles: [helper]
    protocolMappers:
      to api: {{ protocolMapper: oidc-audience-mapper, config: {{ included.custom.audience: api }} }}
roles:
  helper: {{ composites: {{ client: {{ realm-management: [realm-admin] }} }} }}
"""


def test_what_a_role_leads_to_counts(tmp_path: Path) -> None:
    assert [one.rule for one in found(tmp_path, CLIENT.format(full="false"))] == ["service-account-admin"]


ACCOUNT = """\
realm: r
adminEventsEnabled: true
bruteForceProtected: true
clients:
  app:
    fullScopeAllowed: false
    standardFlowEnabled: false
    serviceAccountsEnabled: true
    protocolMappers:
      to api: {{ protocolMapper: oidc-audience-mapper, config: {{ included.custom.audience: api }} }}
    {client}
roles:
  helper: {{ composites: {{ client: {{ realm-management: [{role}] }} }} }}
groups:
  team: {{ realmRoles: [helper], subGroups: {{ inner: }} }}
"""


BY_COMPOSITE, BY_GROUP = "serviceAccountRoles: [helper]", "serviceAccountGroups: [/team/inner]"
BY_SECRET_JWT = f"{BY_COMPOSITE}\n    clientAuthenticatorType: client-secret-jwt"
BY_CERTIFICATE = f"{BY_COMPOSITE}\n    clientAuthenticatorType: client-x509"
BY_A_KEY_IN_KEYCLOAK = (
    f"{BY_COMPOSITE}\n    clientAuthenticatorType: client-jwt\n    attributes: {{ jwt.credential.private.key: x }}"
)


@pytest.mark.parametrize(
    ("client", "role", "rules"),
    [
        (BY_COMPOSITE, "manage-clients", ["service-account-secret"]),
        (BY_GROUP, "manage-clients", ["service-account-secret"]),
        (BY_GROUP, "realm-admin", ["service-account-admin", "service-account-secret"]),
        (BY_COMPOSITE, "view-clients", []),
        (BY_CERTIFICATE, "manage-clients", []),
        (BY_SECRET_JWT, "manage-clients", ["service-account-secret"]),
        (BY_A_KEY_IN_KEYCLOAK, "impersonation", ["service-account-admin", "service-account-secret"]),
    ],
)
def test_who_can_read_a_secret_must_not_gain_rights_by_it(
    tmp_path: Path, client: str, role: str, rules: list[str]
) -> None:
    assert sorted(one.rule for one in found(tmp_path, ACCOUNT.format(client=client, role=role))) == rules


def test_the_scope_that_keycloak_ships_puts_roles_into_a_token(tmp_path: Path) -> None:
    many = "".join(f"  a-role-with-quite-a-long-name-{number:03}:\n" for number in range(300))
    rules = {full: [one.rule for one in found(tmp_path, CLIENT.format(full=full) + many)] for full in ("true", "false")}
    assert rules["false"] == ["service-account-admin"]
    assert sorted(rules["true"]) == ["full-scope-allowed", "service-account-admin", "token-size"]


def test_addresses_of_everybodys_entra_are_nobodys(tmp_path: Path) -> None:
    case = read_cases(CASES / "trust-email.yaml")
    said = case["quiet"].replace('https://i"', 'https://login.microsoftonline.com/common/v2.0"')
    assert [one.rule for one in found(tmp_path, said)] == ["trust-email"]


def test_an_error_is_not_silenced() -> None:
    comments = allowances([])
    error = Finding("ssl-none", "broken", None)
    assert without_allowed([error], comments) == [error]


def test_the_page_tells_of_every_rule() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_rules(page), "write it: make reference"
