"""From flags and environment to a connection, or to a sentence that says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.errors import Exit, UsageProblem
from realmctl.keycloak.admin import connection

PERSON = {"KEYCLOAK_URL": "https://sso.example.com/auth/", "KEYCLOAK_USER": "ann", "KEYCLOAK_PASSWORD": "canary-pw"}
ROBOT = {"KEYCLOAK_URL": "http://kc:8080", "KEYCLOAK_CLIENT_ID": "ci", "KEYCLOAK_CLIENT_SECRET": "canary-secret"}


def test_a_user() -> None:
    made = connection({}, PERSON)
    assert (made.url, made.realm, made.client_id, made.timeout) == (
        "https://sso.example.com/auth",
        "master",
        "admin-cli",
        60,
    )
    assert made.password is not None
    assert made.password.reveal() == "canary-pw"
    assert made.account == "ann"
    assert "canary" not in repr(made)


def test_a_client() -> None:
    made = connection({}, {**ROBOT, "KEYCLOAK_REALM": "shop"})
    assert (made.url, made.realm, made.client_id, made.user) == ("http://kc:8080", "shop", "ci", "")
    assert made.account == "service-account-ci"


def test_options_win_over_the_environment() -> None:
    made = connection({"url": "https://other", "login_realm": "shop", "user": "bob", "timeout": 2.5}, PERSON)
    assert (made.url, made.realm, made.user, made.timeout) == ("https://other", "shop", "bob", 2.5)


def test_an_assertion_wins_over_passwords_and_needs_no_client(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a.b.c")
    made = connection({"assertion_file": str(file)}, PERSON)
    assert (made.user, made.password, made.client_id) == ("", None, "")


def test_the_way_to_log_in_that_an_option_names_wins(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a.b.c")
    everything = {**PERSON, **ROBOT, "KEYCLOAK_JWT_TOKEN_FILE": str(file)}
    assert connection({}, everything).assertion_file == str(file)
    person = connection({"user": "bob"}, everything)
    assert (person.user, person.assertion_file) == ("bob", None)
    robot = connection({"client_secret": "s"}, everything)
    assert (robot.user, robot.password, robot.assertion_file, robot.client_id) == ("", None, None, "ci")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"KEYCLOAK_URL": ""}, "Nothing says where Keycloak is"),
        ({"KEYCLOAK_URL": "sso.example.com"}, "not an address that starts with https://"),
        ({"KEYCLOAK_URL": "https://"}, "not an address"),
        ({"KEYCLOAK_URL": "https://host:port"}, "not an address"),
        ({"KEYCLOAK_URL": "https://host # production"}, "not an address"),
        ({"KEYCLOAK_URL": "https://host/auth # production"}, "not an address"),
        ({"KEYCLOAK_URL": "https://."}, "not an address"),
        ({"KEYCLOAK_URL": f"https://{'a' * 64}.example.com"}, "not an address"),
        ({"KEYCLOAK_URL": "https://me:canary-pw@host/auth"}, "holds a user or a password"),
        ({"KEYCLOAK_URL": "me:canary-pw@host/auth"}, "not an address"),
        ({"KEYCLOAK_PASSWORD": ""}, "no password for the user 'ann'"),
        ({"KEYCLOAK_USER": ""}, "Nothing says as whom to log in"),
        ({"KEYCLOAK_USER": "", "KEYCLOAK_CLIENT_SECRET": "canary-pw"}, "no client to log in as"),
        ({"KEYCLOAK_CLIENT_TIMEOUT": "soon"}, "'soon' is not a time-out"),
        ({"KEYCLOAK_CLIENT_TIMEOUT": "0"}, "'0' is not a time-out"),
        ({"KEYCLOAK_CLIENT_TIMEOUT": "nan"}, "'nan' is not a time-out"),
        ({"KEYCLOAK_CA_FILE": "/nowhere/ca.pem"}, "/nowhere/ca.pem does not exist"),
        ({"KEYCLOAK_JWT_TOKEN_FILE": "/nowhere/token"}, "/nowhere/token does not exist"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        connection({}, {**PERSON, **changed})
    assert said in str(problem.value)
    assert problem.value.advice
    assert problem.value.exit_code is Exit.USAGE
    assert "canary" not in f"{problem.value}{problem.value.advice}"


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert connection({"url": "http://[::1]:8080/auth"}, PERSON).url == "http://[::1]:8080/auth"


def test_a_key_and_which_of_two_files_counts(tmp_path: Path) -> None:
    file, other = tmp_path / "key", tmp_path / "token"
    file.write_text("x")
    other.write_text("a.b.c")
    by_key = {**ROBOT, "KEYCLOAK_USER": "ann", "KEYCLOAK_CLIENT_KEY_FILE": str(file)}
    made = connection({}, by_key)
    assert (made.key_file, made.client_id, made.client_secret, made.user) == (str(file), "ci", None, "")
    both = connection({}, {**by_key, "KEYCLOAK_JWT_TOKEN_FILE": str(other)})
    assert (both.assertion_file, both.key_file) == (str(other), None)
    named = connection({"key_file": str(file)}, {**by_key, "KEYCLOAK_JWT_TOKEN_FILE": str(other)})
    assert (named.assertion_file, named.key_file) == (None, str(file))
    person = connection({"user": "bob"}, {**by_key, "KEYCLOAK_PASSWORD": "p"})
    assert (person.key_file, person.user) == (None, "bob")
    with pytest.raises(UsageProblem, match="does not exist"):
        connection({"key_file": str(tmp_path / "none")}, ROBOT)
    with pytest.raises(UsageProblem, match="no client"):
        connection({"key_file": str(file)}, PERSON)


@pytest.mark.parametrize("host", ["sso.example.com", "10.0.0.7", "svc.example.com", "[2001:db8::1]", "x.localhost.com"])
def test_no_login_goes_in_clear_to_a_server_far_away(host: str) -> None:
    far = {**ROBOT, "KEYCLOAK_URL": f"http://{host}/auth"}
    with pytest.raises(UsageProblem, match="everybody on the way could read the login") as refused:
        connection({}, far)
    assert "KEYCLOAK_ALLOW_HTTP=true" in refused.value.advice
    assert connection({}, {**far, "KEYCLOAK_ALLOW_HTTP": "true"}).url == f"http://{host}/auth"
    with pytest.raises(UsageProblem):
        connection({}, {**far, "KEYCLOAK_ALLOW_HTTP": "no"})


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "keycloak", "kc.identity.svc", "a.b.svc.cluster.local"]
)
def test_a_server_nearby_may_be_asked_in_clear(host: str) -> None:
    assert connection({}, {**ROBOT, "KEYCLOAK_URL": f"http://{host}:8080"}).url == f"http://{host}:8080"


def test_the_issuer_is_a_setting_of_ours() -> None:
    assert connection({}, {**PERSON, "KEYCLOAK_REALM": "a b"}).issuer == "https://sso.example.com/auth/realms/a%20b"
    inside = {**ROBOT, "KEYCLOAK_PUBLIC_URL": "https://sso.example.com/auth/"}
    assert connection({}, inside).issuer == "https://sso.example.com/auth/realms/master"
    with pytest.raises(UsageProblem, match="'sso' is not an address") as refused:
        connection({}, {**ROBOT, "KEYCLOAK_PUBLIC_URL": "sso"})
    assert "KEYCLOAK_PUBLIC_URL" in refused.value.advice
