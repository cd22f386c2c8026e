"""Tests of tokens on a real Keycloak: asked of the realm as it is and as it will be, and nobody is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from realmctl.config.loader import load
from realmctl.errors import BadConfig, NotFound, Refused
from realmctl.keycloak.admin import Admin
from realmctl.model.test_result import Verdicts
from realmctl.render import token_tests as render
from realmctl.workflow import verdicts_of
from tests.conftest import Keycloak
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT, applied, planned

DECLARED = """
realm: {name}
accessTokenLifespan: 7m
oauth2Proxy: {{ hosts: [apps.example.com], clientSecret: "${{vault.proxy}}" }}
entra:
  tenantId: 11111111-1111-4111-8111-111111111111
  clientId: broker
  clientSecret: "${{vault.entra}}"
  lockProfile: false
  attributes: {{ department: department, otherMails: other_mails }}
  appRoles: {{ Orders.Approver: approver, Orders.Refund: orders-api.refund }}
  groups: {{ 6f1d6d0e-0000-4000-8000-000000000001: /team }}
requiredActions: {{ VERIFY_PROFILE: {{ enabled: false }} }}
tokens:
  audiences: [orders-api]
  claims:
    roles: {{ realmRoles: true }}
    orders: {{ clientRoles: orders-api }}
    department: {{ userAttribute: department }}
    mails: {{ userAttribute: other_mails, multivalued: true }}
    'https://acme\\.example/jwt.tier': {{ value: gold }}
    'https://acme\\.example/jwt.roles': {{ realmRoles: true }}
roles:
  reader:
  approver: {{ composites: [reader] }}
groups:
  team: {{ realmRoles: [reader] }}
clients:
  oauth2-proxy: {{ optionalClientScopes: [offline_access] }}
  orders-api:
    standardFlowEnabled: false
    roles: {{ refund: }}
  job:
    serviceAccountsEnabled: true
    secret: "${{vault.job}}"
    defaultClientScopes: [basic, platform, service_account]
    serviceAccountRoles: [reader]
tests:
"""

TESTS = {
    "by a role": {
        "given": {"roles": ["approver"]},
        "expect": {
            "audience": ["orders-api"],
            "claims": {"roles": ["approver", "reader"], "department": None, "azp": "oauth2-proxy"},
            "lifetime": "7m",
        },
    },
    "by a client's role": {
        "given": {"roles": {"client": {"orders-api": ["refund"]}}},
        "expect": {"claims": {"orders": ["refund"]}, "without": {"roles": ["reader"]}},
    },
    "by a group and an attribute": {
        "given": {"groups": ["/team"], "attributes": {"department": "books"}},
        "expect": {"claims": {"roles": ["reader"], "department": "books"}},
    },
    "from Entra": {
        "given": {
            "entra": {
                "appRoles": ["Orders.Approver", "Orders.Refund"],
                "groups": ["6f1d6d0e-0000-4000-8000-000000000001"],
                "claims": {"department": "sales"},
            }
        },
        "expect": {
            "claims": {"roles": ["approver", "reader"], "orders": ["refund"], "department": "sales"},
        },
    },
    "from Entra without a role": {
        "given": {"entra": {"appRoles": ["Other"], "claims": {"email": None}}},
        "expect": {"without": {"roles": ["approver", "reader"]}, "claims": {"email": None}},
    },
    "from Entra with a list": {
        "given": {"entra": {"claims": {"otherMails": ["a@x.example", "b@x.example"]}}},
        "expect": {"claims": {"mails": ["a@x.example", "b@x.example"]}},
    },
    "a list from an administrator": {
        "given": {"attributes": {"other_mails": ["a@x.example", "b@x.example"]}},
        "expect": {"claims": {"mails": ["a@x.example", "b@x.example"]}},
    },
    "a name with dots": {"expect": {"claims": {"https://acme.example/jwt": {"tier": "gold"}}}},
    "a name with escaped dots": {"expect": {"claims": {r"https://acme\.example/jwt": {"tier": "gold"}}}},
    "a name with escaped dots, deep": {"expect": {"claims": {r"https://acme\.example/jwt.tier": "gold"}}},
    "one person": {
        "given": {"username": "Zed", "email": "zed@acme.example"},
        "token": "id",
        "expect": {"claims": {"preferred_username": "zed", "email": "zed@acme.example"}},
    },
    "the same person again": {
        "given": {"username": "zed", "email": "zed@acme.example", "roles": ["approver"]},
        "expect": {"claims": {"preferred_username": "zed", "roles": ["approver"]}},
    },
    "the same person from Entra": {
        "given": {"entra": {"claims": {"preferred_username": "zed", "email": "zed@acme.example"}}},
        "expect": {"claims": {"preferred_username": "zed", "email": "zed@acme.example"}},
    },
    "a service account": {
        "given": {"serviceAccount": "job"},
        "expect": {"claims": {"roles": ["reader"], "azp": "job"}},
    },
    "an ID token": {
        "given": {"firstName": "Anna", "lastName": "Berg"},
        "token": "id",
        "expect": {"audience": "oauth2-proxy", "claims": {"name": "Anna Berg", "typ": "ID"}},
    },
    "user info": {"given": {"email": "anna@example.com"}, "token": "userinfo", "expect": {"claims": {"email": {}}}},
    "an optional scope": {"scopes": "offline_access", "expect": {"claims": {"scope": {}}}},
}  # fmt: skip

Realm = Callable[..., Path]


@pytest.fixture
def realm(realm_name: str, tmp_path: Path) -> Realm:
    def write(tests: Mapping[str, Any], more: str = "") -> Path:
        path = tmp_path / "realm.yaml"
        said = "\n".join(f"  {json.dumps(name)}: {json.dumps(test)}" for name, test in tests.items())
        path.write_text(DECLARED.format(name=realm_name) + said + "\n" + more)
        return path

    return write


def ask(admin: Admin, path: Path, *, planned: bool = False, environ: Mapping[str, str] | None = None) -> Verdicts:
    configs = load([path], environ=environ or {})
    (found,) = verdicts_of(admin, configs, planned=planned, only=lambda _: True, say=lambda _: None)
    return found


def messages(found: Verdicts) -> dict[str, list[str]]:
    return {one.name: [failure.message for failure in one.failures] for one in found.verdicts if not one.passed}


def users(admin: Admin, realm: str) -> list[str]:
    return [user["username"] for user in admin.get(realm, "users")]


def copies(admin: Admin) -> set[str]:
    return {one["realm"] for one in admin.get(query={"briefRepresentation": "true"})}


def test_everybody_gets_what_the_files_say(admin: Admin, realm: Realm, realm_name: str) -> None:
    path = realm(TESTS)
    (config,) = load([path], environ={})
    assert messages(ask(admin, path, planned=True)) == {}, "before there is such a realm"
    with pytest.raises(NotFound, match="Realm not found"):
        admin.get(realm_name)

    applied(admin, config.desired)
    # Somebody of that name may exist already: a test never meets them.
    admin.send("POST", (realm_name, "users"), {"username": "zed", "email": "zed@acme.example"})
    found = ask(admin, path)
    assert messages(found) == {}
    assert users(admin, realm_name) == ["zed"]
    assert planned(admin, config.desired).empty
    said = {one.name: one.notes for one in found.verdicts if one.notes}
    assert said == {}
    issuer = f"{admin.connection.url}/realms/{realm_name}"
    assert {one.token["iss"] for one in found.verdicts if "iss" in one.token} == {issuer}
    Draft202012Validator(render.schema()).validate(json.loads(render.json_([found])))

    with_the_issuer = realm({"issuer": {"expect": {"issuer": issuer}}})
    assert messages(ask(admin, with_the_issuer, planned=True)) == {}


def test_a_plan_that_takes_a_claim_away_is_seen_before_it_is_applied(
    admin: Admin, realm: Realm, realm_name: str
) -> None:
    path = realm({"by a role": TESTS["by a role"]})
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    path.write_text(path.read_text().replace("approver: { composites: [reader] }", "approver: { composites: [] }"))
    assert messages(ask(admin, path)) == {}
    sent = len(admin.log)
    found = ask(admin, path, planned=True)
    (told,) = messages(found)["by a role"]
    assert told.startswith("roles lacks reader: it is ")
    assert found.verdicts[0].changed == (r"https://acme\.example/jwt.roles loses reader", "roles loses reader")
    live = f"/admin/realms/{realm_name}"
    asked = [(method, path.removeprefix(live)) for method, path in admin.log[sent:] if path.startswith(live)]
    assert [one for one in asked if one[0] != "GET"] == [("POST", "/partial-export")], "nothing is written but the copy"


def test_no_copy_is_left_behind_even_where_it_can_not_be_made(admin: Admin, realm: Realm, realm_name: str) -> None:
    path = realm({"by a role": TESTS["by a role"]}, "defaultGroups: [/nobody]\n")
    with pytest.raises(BadConfig, match="nobody"):
        ask(admin, path, planned=True)
    made = [sent for method, sent in admin.log if method == "DELETE" and "realmctl-planned-" in sent]
    assert len(made) == 1
    assert made[0].rpartition("/")[2] not in copies(admin)


def test_what_was_changed_by_hand_is_in_the_planned_realm(admin: Admin, realm: Realm, realm_name: str) -> None:
    path = realm({"by hand": {"given": {"roles": ["made-by-hand"]}, "expect": {"claims": {"roles": ["made-by-hand"]}}}})
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    admin.send("POST", (realm_name, "roles"), {"name": "made-by-hand"})
    assert messages(ask(admin, path)) == {}
    assert messages(ask(admin, path, planned=True)) == {}


def test_what_a_realm_has_not_is_told_at_its_place(admin: Admin, realm: Realm, realm_name: str) -> None:
    expect = {"audience": "x"}
    path = realm(
        {
            "client": {"client": "nobody", "expect": expect},
            "role": {"given": {"roles": ["nope"]}, "expect": expect},
            "client role": {"given": {"roles": {"client": {"orders-api": ["nope"]}}}, "expect": expect},
            "group": {"given": {"groups": ["/nope"]}, "expect": expect},
            "attribute": {"given": {"attributes": {"nope": "x"}}, "expect": expect},
            "scope": {"scopes": ["nope"], "expect": expect},
            "service account": {"given": {"serviceAccount": "orders-api"}, "expect": expect},
            "provider": {"given": {"broker": {"provider": "nope"}}, "expect": expect},
            "refused": {"given": {"email": "no address"}, "expect": expect},
        }
    )
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    admin.send("POST", (realm_name, "users"), {"username": "somebody"})
    found = ask(admin, path)
    told = messages(found)
    assert {name: text for name, (text,) in told.items() if name not in ("scope", "refused")} == {
        "client": "there is no client nobody in the realm",
        "role": "there is no role nope in the realm",
        "client role": "there is no role nope of the client orders-api in the realm",
        "group": "there is no group /nope in the realm",
        "attribute": "the user profile has no attribute 'nope', and Keycloak drops what it has not",
        "service account": "the client orders-api has no service account",
        "provider": "there is no identity provider nope in the realm",
    }
    assert told["scope"][0].startswith("the client oauth2-proxy has no scope nope; its optional ones: offline_access")
    assert told["refused"][0].startswith("the realm takes no such user: ")
    assert not any(one.asked for one in found.verdicts)
    assert users(admin, realm_name) == ["somebody"]
    lines = path.read_text().splitlines()
    for verdict in found.verdicts:
        (failure,) = verdict.failures
        assert f'"{verdict.name}"' in lines[failure.place.line - 1]
        assert failure.place.column >= verdict.place.column


def test_nobody_is_made_up_where_new_users_go_into_a_directory(admin: Admin, realm: Realm, realm_name: str) -> None:
    directory = """
components:
  userFederation:
    directory: { providerId: ldap,
      config: { enabled: true, syncRegistrations: true, vendor: other, connectionUrl: "ldap://127.0.0.1:1",
        usersDn: "ou=people", authType: none, editMode: WRITABLE, usernameLDAPAttribute: uid, rdnLDAPAttribute: uid,
        uuidLDAPAttribute: entryUUID, userObjectClasses: person } }
"""
    path = realm({"by a role": TESTS["by a role"]}, directory)
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    with pytest.raises(Refused, match="writes new users into directory"):
        ask(admin, path)
    assert messages(ask(admin, path, planned=True)) == {}


def test_a_service_account_gets_the_token_that_the_test_tells_of(
    admin: Admin, realm: Realm, realm_name: str, keycloak: Keycloak
) -> None:
    path = realm({"a service account": TESTS["a service account"]})
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    (verdict,) = ask(admin, path).verdicts
    (client,) = admin.get(realm_name, "clients", query={"clientId": "job"})
    admin.send("PUT", (realm_name, "clients", client["id"]), {**client, "secret": "known"})
    answer = requests.post(
        f"{keycloak.url}/realms/{realm_name}/protocol/openid-connect/token",
        data={"grant_type": "client_credentials", "client_id": "job", "client_secret": "known"},
        timeout=30,
    )
    real = claims(answer.json()["access_token"])
    moment = {"exp", "iat", "jti", "sid", "client_id", "clientHost", "clientAddress"}
    assert _sorted(real, moment) == _sorted(verdict.token, moment)


def claims(token: str) -> dict[str, Any]:
    import base64

    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def _sorted(token: Mapping[str, Any], without: set[str]) -> dict[str, Any]:
    kept = {key: value for key, value in token.items() if key not in without}
    kept["scope"] = sorted(str(kept.get("scope", "")).replace("openid ", "").split())
    return {key: sorted(value, key=str) if isinstance(value, list) else value for key, value in kept.items()}


def test_the_example_is_tested_as_a_user_would(keycloak: Keycloak, tmp_path: Path) -> None:
    environ = {**os.environ, **keycloak.environ(), **EXAMPLE_ENVIRONMENT}
    command = [sys.executable, "-m", "realmctl", "test", str(EXAMPLE), "--planned", "-o", "junit"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, 'failures="0" errors="0"' in done.stdout) == (0, True), done.stdout + done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_a_reviewer_reads_what_changes_for_whom(
    admin: Admin, realm: Realm, realm_name: str, keycloak: Keycloak
) -> None:
    path = realm({"by a role": TESTS["by a role"]})
    (config,) = load([path], environ={})
    applied(admin, config.desired)
    approver = admin.get(realm_name, "roles", "approver")
    for name in ("one", "two"):
        user = admin.send("POST", (realm_name, "users"), {"username": name}).id
        admin.send("POST", (realm_name, "users", user, "role-mappings", "realm"), [approver])
    changed = path.read_text().replace("approver: { composites: [reader] }", "approver: { composites: [] }")
    path.write_text(changed.replace("    roles: { realmRoles: true }", "    rights: { realmRoles: true }"))
    command = [sys.executable, "-m", "realmctl", "plan", str(path), "-o", "markdown", "--test"]
    environ = {**os.environ, **keycloak.environ()}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    for line in (
        "- Anyone who has the role `approver` no longer has `reader`.",
        "- The role `approver` is given to 2 people.",
        "- The tokens of `job`, `oauth2-proxy` no longer hold the claim `roles`: the person's roles.",
        "- The tokens of `job`, `oauth2-proxy` hold the claim `rights`: the person's roles.",
        "- **fails**: `by a role`",
        "by a role: roles is not there",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    assert "by a role: rights comes: " in done.stdout
    assert sorted(users(admin, realm_name)) == ["one", "two"]
