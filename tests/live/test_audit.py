"""kcwarden's opinion of a realm on a real Keycloak, told at the lines of its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from realmctl.config.loader import RealmConfig, load
from realmctl.errors import Exit
from realmctl.keycloak.admin import Admin
from realmctl.workflow import audit_realm
from tests.conftest import Keycloak
from tests.live.scene import applied

FILE = """\
realm: {name}
bruteForceProtected: true
passwordPolicy: length(12)
clients:
  portal:
    publicClient: true
    redirectUris: ["https://portal.example.com/*"]
    fullScopeAllowed: false
    directAccessGrantsEnabled: true  {comment}
"""
PASSWORDS = "kcwarden-public-client-should-disable-direct-access-grants"
PKCE = "kcwarden-public-clients-must-enforce-pkce"
POLICY = "kcwarden-password-policy-missing"


def config(folder: Path, name: str, comment: str = "") -> RealmConfig:
    file = folder / "realm.yaml"
    file.write_text(FILE.format(name=name, comment=comment), encoding="utf-8")
    (found,) = load([file], environ={})
    return found


def told(admin: Admin, one: RealmConfig, *, planned: bool = False, least: str = "high") -> dict[str, list[str]]:
    """The lines at which each rule found something; what no file declares is at line 0."""
    found: dict[str, list[str]] = {}
    for _, finding in audit_realm(admin, [one], planned=planned, least=least, say=lambda _: None):
        found.setdefault(finding.rule, []).append(f"{finding.place.line if finding.place else 0}")
    return found


def test_findings_stand_at_the_lines_of_the_files(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    one = config(tmp_path, realm_name)
    applied(admin, one.desired)
    found = told(admin, one)
    assert found[PASSWORDS] == ["5", "0"]  # the other one is built in: admin-cli
    assert found[PKCE] == ["5", "0"]
    assert POLICY not in found

    low = told(admin, one, least="info")
    assert low["kcwarden-realm-email-verification-disabled"] == ["1"]
    assert set(low) > set(found)


def test_a_comment_with_a_reason_allows_it(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    at_client = FILE.replace("  portal:", f"  portal:  # realmctl: allow {PASSWORDS}: the old app, until May")
    file = tmp_path / "realm.yaml"
    file.write_text(at_client.format(name=realm_name, comment=""), encoding="utf-8")
    (one,) = load([file], environ={})
    applied(admin, one.desired)
    assert told(admin, one)[PASSWORDS] == ["0"]


def test_the_planned_realm_is_audited_before_it_is_there(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    found = audit_realm(admin, [config(tmp_path, realm_name)], planned=True, least="high", say=lambda _: None)
    messages = [finding.message for _, finding in found]
    assert any(message.startswith("Client 'portal'") for message in messages)
    assert not any("realmctl-planned" in message for message in messages)
    assert realm_name not in {realm["realm"] for realm in admin.send("GET", ()).body}


def run(folder: Path, keycloak: Keycloak, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    code = f"import sys; {before}sys.argv[0] = 'realmctl'; from realmctl.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "audit", str(folder), *words],
        env={**os.environ, **keycloak.environ()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_pipeline_can_fail_on_it(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    applied(admin, config(tmp_path, realm_name).desired)
    assert run(tmp_path, keycloak, "--declared", "--min-severity", "high").returncode == Exit.OK
    failed = run(tmp_path, keycloak, "--declared", "--fail-on", "high", "-o", "json")
    assert failed.returncode == Exit.FAILED
    rules = {finding["rule"] for finding in json.loads(failed.stdout)["findings"]}
    assert {PASSWORDS, PKCE} <= rules


def test_without_kcwarden_it_says_how_to_get_it(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    config(tmp_path, realm_name)
    without = run(tmp_path, keycloak, "--planned", before="sys.modules['kcwarden'] = None; ")
    assert without.returncode == Exit.USAGE
    assert "pip install 'kcwarden>=0.18,<0.19'" in without.stderr
    assert "Traceback" not in without.stderr
