"""The whole command against a running stand-in for Entra and Graph, each fault planted in turn."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta

import pytest

from standin import AppRole, Assignment, Group, Secret
from tests.support.listener import listening
from tests.unit.entra.stand import APP, BROKER, CANARY, GROUP, PUBLIC, Entra, Fault


def ends(days: float) -> list[Secret]:
    return [Secret(value=CANARY, displayName="keycloak", endDateTime=datetime.now(UTC) + timedelta(days=days))]


def several(entra: Entra) -> None:
    entra.app.secrets = [Secret(value="xyz-of-another"), *ends(3)]


def wide(entra: Entra) -> None:
    entra.app.groupMembershipClaims = "SecurityGroup"


def office(entra: Entra) -> None:
    entra.standin.tenant.groups = [Group(displayName="sg-orders", id=GROUP, securityEnabled=False, unified=True)]


def for_machines(entra: Entra) -> None:
    entra.app.appRoles = [AppRole(value="Platform.Admin", allowedMemberTypes=["Application"])]


def by_person(entra: Entra) -> None:
    entra.standin.tenant.assignments = [
        Assignment(app=APP, principal="ada@contoso.onmicrosoft.com", role="Platform.Admin")
    ]


def on_a_phone(entra: Entra) -> None:
    entra.app.redirectUris.remove(BROKER)
    entra.app.publicRedirectUris.append(BROKER)


FAULTS: dict[str, tuple[Fault, str]] = {
    "redirect gone": (lambda e: setattr(e.app, "redirectUris", [f"{BROKER}/logout_response"]), "fail redirect-uri"),
    "redirect without /auth": (
        lambda e: setattr(e.app, "redirectUris", [BROKER.replace("/auth", ""), f"{BROKER}/logout_response"]),
        "fail redirect-uri",
    ),
    "redirect of the public client": (on_a_phone, "fail redirect-uri"),
    "logout gone": (lambda e: e.app.redirectUris.remove(f"{BROKER}/logout_response"), "warn logout-uri"),
    "front channel": (
        lambda e: setattr(e.app, "logoutUrl", f"{PUBLIC}/realms/platform/out"),
        "warn front-channel-logout",
    ),
    "role gone": (lambda e: setattr(e.app, "appRoles", []), "fail app-role-missing"),
    "role disabled": (lambda e: setattr(e.app.appRoles[0], "isEnabled", False), "fail app-role-disabled"),
    "role for machines": (for_machines, "fail app-role-members"),
    "group gone": (lambda e: setattr(e.standin.tenant.groups[0], "id", GROUP[:-1] + "9"), "fail group-missing"),
    "group of mails": (office, "fail group-type"),
    "group not assigned": (by_person, "fail group-assigned"),
    "no groups": (lambda e: setattr(e.app, "groupMembershipClaims", None), "fail group-claims"),
    "all groups": (wide, "warn group-overage"),
    "names not asked for": (lambda e: setattr(e.app.optionalClaims, "idToken", []), "warn claim-names"),
    "claim of nobody": (lambda e: setattr(e.app, "mappedClaims", {}), "warn claim-unknown"),
    "secret expired": (lambda e: setattr(e.app, "secrets", ends(-1)), "fail credential-expiry"),
    "secret for three days": (lambda e: setattr(e.app, "secrets", ends(3)), "fail credential-expiry"),
    "secret for three weeks": (lambda e: setattr(e.app, "secrets", ends(21)), "warn credential-expiry"),
    "its secret of two": (several, "fail credential-expiry"),
    "another's secret": (lambda e: setattr(e.app, "secrets", [Secret(value="xyz")]), "fail credential-unknown"),
    "no secret": (lambda e: setattr(e.app, "secrets", []), "fail credential-missing"),
    "many tenants": (lambda e: setattr(e.app, "signInAudience", "AzureADMultipleOrgs"), "warn sign-in-audience"),
    "implicit": (lambda e: setattr(e.app, "idTokenIssuance", True), "warn implicit-grant"),
    "public": (lambda e: setattr(e.app, "isFallbackPublicClient", True), "warn public-client"),
    "consent": (lambda e: setattr(e.app, "consentedScopes", ["openid"]), "warn admin-consent"),
    "disabled": (lambda e: setattr(e.app, "accountEnabled", False), "fail service-principal"),
    "nobody assigned": (lambda e: e.standin.tenant.assignments.clear(), "fail assignment-required"),
    "everybody": (lambda e: setattr(e.app, "appRoleAssignmentRequired", False), "note assignment-required"),
    "no registration": (lambda e: e.standin.tenant.apps.remove(e.app), "fail registration"),
}


def rules(entra: Entra) -> tuple[int, set[str]]:
    """What `-o json` says: the exit, and `severity rule` of every finding."""
    done = entra.run("check", "-o", "json")
    assert done.err == ""
    (realm,) = json.loads(done.out)["realms"]
    return done.code, {f"{one['severity']} {one['rule']}" for one in realm["findings"]}


def test_a_good_registration_passes(entra: Entra) -> None:
    done = entra.run("check")
    assert (done.code, done.err) == (0, "")
    # `department` comes of a policy that v1.0 of Graph does not show.
    assert "platform: 1 note." in done.out
    assert rules(entra) == (0, {"note claim-unknown"})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(entra: Entra, fault: str) -> None:
    plant, expected = FAULTS[fault]
    plant(entra)
    code, found = rules(entra)
    assert expected in found
    assert code == (2 if any(one.startswith("fail") for one in found) else 0)


def test_warnings_count_where_asked_to(entra: Entra) -> None:
    wide(entra)
    assert entra.run("check").code == 0
    assert entra.run("check", "--strict").code == 2


def test_text_says_where_the_realm_asks_for_it_and_what_to_do(entra: Entra) -> None:
    entra.app.appRoles[0].isEnabled = False
    lines = entra.run("check").out.splitlines()
    (line,) = [line for line in lines if "app-role-disabled" in line]
    assert line == (
        f"{entra.folder}/realm.yaml:9:5: fail: the app role 'Platform.Admin' is disabled: it is in nobody's token "
        "[app-role-disabled]"
    )
    assert lines[lines.index(line) + 1] == "    Enable it."


def test_az_has_one_request_for_what_belongs_together(entra: Entra) -> None:
    entra.app.redirectUris = []
    entra.app.optionalClaims.idToken = []
    entra.app.secrets = []
    script = entra.run("check", "-o", "az").out
    patch, reset = [shlex.split(line) for line in script.splitlines() if not line.startswith("#")]
    address = f"{entra.standin.url}/v1.0/applications/{entra.app.object_id}"
    assert patch[:6] == ["az", "rest", "--method", "PATCH", "--url", address]
    body = json.loads(patch[-1])
    assert body["web"] == {"redirectUris": [BROKER, f"{BROKER}/logout_response"]}
    assert [one["name"] for one in body["optionalClaims"]["idToken"]] == ["given_name", "family_name"]
    assert reset[:5] == ["az", "ad", "app", "credential", "reset"]
    assert "--append" in reset


def test_metrics_have_each_rule_and_when_the_secret_ends(entra: Entra) -> None:
    entra.app.secrets = ends(21)
    lines = entra.run("check", "-o", "prometheus").out.splitlines()
    samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    realm = f'realm="platform",client_id="{APP}"'
    assert samples[f'realmctl_entra_findings{{{realm},rule="credential-expiry",severity="warn"}}'] == "1"
    assert samples[f'realmctl_entra_findings{{{realm},rule="redirect-uri",severity="fail"}}'] == "0"
    secret = f'{realm},kind="secret",key_id="{entra.app.secrets[0].keyId}",name="keycloak"'
    end = entra.app.secrets[0].endDateTime.timestamp()
    assert abs(int(samples[f"realmctl_entra_credential_expiry_timestamp_seconds{{{secret}}}"]) - end) <= 1
    assert 20 * 86400 < int(samples[f"realmctl_entra_credential_expiry_seconds{{{secret}}}"]) <= 21 * 86400


def test_gauges_are_pushed_beside_the_result(entra: Entra) -> None:
    with listening() as gateway:
        done = entra.run("check", "--push-gateway", gateway.url)
        ((method, path, _, body),) = gateway.got
    assert (done.code, method, path) == (0, "PUT", "/metrics/job/realmctl_entra/realm/platform")
    assert "realmctl_entra_credential_expiry_seconds{" in body


def test_only_what_may_be_read_is_checked(entra: Entra) -> None:
    entra.checker.graphPermissions = ["Application.Read.All"]
    entra.app.consentedScopes = []
    code, found = rules(entra)
    assert code == 0
    assert "warn not-seen" in found
    assert "warn admin-consent" not in found
    out = entra.run("check").out
    assert "permission GroupMember.Read.All" in out
    assert "permission Directory.Read.All" in out


def test_without_any_right_it_says_which_one_to_give(entra: Entra) -> None:
    entra.checker.graphPermissions = []
    done = entra.run("check")
    assert (done.code, done.out) == (1, "")
    assert "Application.Read.All" in done.err


def test_a_long_list_is_read_to_its_end(entra: Entra) -> None:
    tenant = entra.standin.tenant
    for number in range(130):
        name = f"group {number}"
        tenant.groups.append(Group(displayName=name))
        tenant.assignments.insert(0, Assignment(app=APP, principal=name, role="Platform.Admin"))
    assert rules(entra) == (0, {"note claim-unknown"})


def test_roles_are_ready_to_be_pasted(entra: Entra) -> None:
    tenant = entra.standin.tenant
    entra.app.appRoles.append(AppRole(value="Orders.Refund", displayName="Pays back"))
    tenant.groups.append(Group(displayName="sg-new", id="6f1d6d0e-0000-4000-8000-000000000007"))
    tenant.assignments.append(Assignment(app=APP, principal="sg-new", role="Orders.Refund"))
    done = entra.run("roles")
    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == f"""\
# realm platform, app registration {APP}
entra:
  appRoles:
    # Orders.Refund: ROLE-OR-GROUP  # Pays back
    Platform.Admin: admin  # Platform.Admin
  groups:
    # 6f1d6d0e-0000-4000-8000-000000000007: ROLE-OR-GROUP  # sg-new
    {GROUP}: /orders-team  # sg-orders
"""
    )
    (realm,) = json.loads(entra.run("roles", "-o", "json").out)["realms"]
    assert [one["mappedTo"] for one in realm["appRoles"]] == [None, "admin"]
    assert "sg-new" in entra.run("roles", "-o", "text").out


def test_roles_of_no_registration(entra: Entra) -> None:
    entra.standin.tenant.apps.remove(entra.app)
    done = entra.run("roles")
    assert (done.code, done.out) == (1, "")
    assert APP in done.err


def test_a_realm_without_the_word(entra: Entra) -> None:
    (entra.folder / "realm.yaml").write_text("realm: other\n", encoding="utf-8")
    done = entra.run("check")
    assert done.code == 64
    assert "other has no word `entra`" in done.err


def test_the_public_address_has_to_be_known(entra: Entra) -> None:
    done = entra.run("check", KEYCLOAK_PUBLIC_URL=None)
    assert done.code == 64
    assert "--public-url" in done.err
    assert entra.run("check", KEYCLOAK_PUBLIC_URL=None, KEYCLOAK_URL=PUBLIC).code == 0
    inside = entra.run("check", KEYCLOAK_PUBLIC_URL=None, KEYCLOAK_URL="http://keycloak.identity.svc:8080/auth")
    assert inside.code == 2
