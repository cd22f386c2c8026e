"""`undo` and `history` as a user runs them, and that no secret is in anything they keep or say."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from realmctl.errors import Exit
from realmctl.keycloak.admin import Admin
from realmctl.render.plan_schema import plan_schema
from tests.conftest import Keycloak

Run = Callable[..., subprocess.CompletedProcess[str]]

SECRETS = ("client", "broker", "mail", "directory", "concealed_password")
FIRST = """\
realm: {name}
adminEventsEnabled: true
smtpServer: {{host: mail.example, from: a@b.example, auth: true, user: x, password: $(env:S_MAIL)}}
roles:
  reader: {{description: Reads, attributes: {{note: $(env:S_CONCEALED_PASSWORD), plain: [a]}}}}
  writer: {{}}
clients:
  api: {{publicClient: false, secret: $(env:S_CLIENT), redirectUris: ["https://a.example/cb"]}}
  batch: {{publicClient: false, secret: $(env:S_CLIENT)}}
identityProviders:
  kept: {{providerId: oidc, config: &config {{
    clientId: x, clientSecret: $(env:S_BROKER), tokenUrl: "https://a.example/t",
    authorizationUrl: "https://a.example/a"}}}}
  gone: {{providerId: oidc, config: *config}}
components:
  userFederation:
    people: {{providerId: ldap, config: {{
      vendor: other, connectionUrl: "ldap://l.example", usersDn: "ou=p", bindDn: "cn=a", authType: simple,
      bindCredential: $(env:S_DIRECTORY), usernameLDAPAttribute: uid, rdnLDAPAttribute: uid, uuidLDAPAttribute: uid,
      userObjectClasses: person, editMode: READ_ONLY, enabled: false}}}}
"""
SECOND = """\
realm: {name}
adminEventsEnabled: true
smtpServer: {{host: mail2.example, from: a@b.example, auth: true, user: x, password: $(env:S_MAIL)}}
roles:
  reader: {{description: Reads all, attributes: {{note: $(env:S_CONCEALED_PASSWORD)}}}}
  approver: {{}}
clients:
  api: {{publicClient: false, secret: $(env:S_CLIENT), redirectUris: ["https://b.example/cb"]}}
identityProviders:
  kept: {{providerId: oidc, config: {{
    clientId: y, clientSecret: $(env:S_BROKER), tokenUrl: "https://a.example/t",
    authorizationUrl: "https://a.example/a"}}}}
"""


def secrets(version: int) -> dict[str, str]:
    return {f"S_{name.upper()}": f"canary-{name}-{version}" for name in SECRETS}


@pytest.fixture
def said() -> list[str]:
    """All that was ever printed."""
    return []


@pytest.fixture
def realmctl(keycloak: Keycloak, said: list[str]) -> Run:
    def run(*arguments: object, expect: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "realmctl", *map(str, arguments)],
            env={**os.environ, **keycloak.environ(), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said.append(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    return run


def test_no_secret_is_in_what_is_kept_or_said(
    realmctl: Run, admin: Admin, realm_name: str, tmp_path: Path, said: list[str]
) -> None:
    file, journal = tmp_path / "realm.yaml", tmp_path / "journal"
    file.write_text(FIRST.format(name=realm_name), encoding="utf-8")
    realmctl("apply", file, "--auto-approve", "--journal", journal, **secrets(1))
    file.write_text(SECOND.format(name=realm_name), encoding="utf-8")
    planned = realmctl("plan", file, **secrets(2))
    assert "`realmctl undo` leaves the new one" in planned.stdout
    realmctl("apply", file, "--auto-approve", "--journal", journal, "--source", "team@2", **secrets(2))
    for output in ("text", "json", "markdown"):
        realmctl("history", "--realm", realm_name, "-o", output)
        realmctl("history", "--journal", journal, "-o", output)
        realmctl("undo", "--realm", realm_name, "--list", "-o", output)
    undone = realmctl("undo", "--realm", realm_name, "--auto-approve", "-v")
    assert "Takes back the apply" in undone.stdout
    assert "from team@2" in undone.stdout
    told = " ".join(undone.stdout.split())
    assert "client batch gets a new secret from Keycloak" in told
    assert "client api: secret is a secret; what it was is kept nowhere, and it stays as it is" in told
    assert "identity provider gone: config.clientSecret is a secret, and kept nowhere: it has to be set again" in told
    assert "component userFederation / people: config.bindCredential is a secret" in told
    realmctl("undo", "--journal", journal, "--auto-approve", "-o", "json")

    attributes = admin.get(realm_name)["attributes"]
    kept = [
        zlib.decompress(base64.b64decode(value)).decode()
        for name, value in attributes.items()
        if name.startswith(("realmctl.applied.", "realmctl.inventory."))
    ]
    assert "https://a.example/cb" in kept[0] + kept[1]
    for text in (*said, *kept, journal.read_text(encoding="utf-8")):
        assert "canary" not in text

    role = admin.get(realm_name, "roles", "reader")
    assert (role["description"], role["attributes"]["plain"]) == ("Reads", ["a"])
    assert role["attributes"]["note"] == ["canary-concealed_password-2"]
    # What a secret was is known to nobody: what the server has stays.
    (client,) = admin.get(realm_name, "clients", query={"clientId": "api"})
    assert (client["secret"], client["redirectUris"]) == ("canary-client-2", ["https://a.example/cb"])
    assert admin.get(realm_name)["smtpServer"]["host"] == "mail.example"


def test_undo_at_a_desk_and_in_a_pipeline(realmctl: Run, admin: Admin, realm_name: str, tmp_path: Path) -> None:
    folder = tmp_path / "realms"
    folder.mkdir()
    file = folder / "realm.yaml"
    file.write_text(f"realm: {realm_name}\nroles: {{a: {{description: one}}}}\n", encoding="utf-8")
    realmctl("apply", folder, "--auto-approve")
    refused = realmctl("undo", folder, "--auto-approve", expect=Exit.REFUSED)
    assert "made the realm" in refused.stderr

    journal = tmp_path / "journal"
    file.write_text(f"realm: {realm_name}\nroles: {{a: {{description: two}}}}\n", encoding="utf-8")
    realmctl("apply", folder, "--auto-approve", "--journal", journal)
    assert realmctl("undo", folder, expect=Exit.USAGE).stderr.count("--auto-approve")
    document = json.loads(realmctl("undo", folder, "--auto-approve", "-o", "json").stdout)
    Draft202012Validator(plan_schema()).validate(document)
    (realm,) = document["realms"]
    assert "Takes back the apply" in realm["undoes"]
    assert realm["report"]["applied"] == ["role/a"]
    assert admin.get(realm_name, "roles", "a")["description"] == "one"

    again = realmctl("undo", folder, "--auto-approve")
    assert "the realm is as it was before that" in again.stdout
    # The runner is gone, its journal was kept: it tells of the same apply.
    assert "the realm is as it was before that" in realmctl("undo", "--journal", journal, "--auto-approve").stdout

    (told,) = json.loads(realmctl("history", folder, "-o", "json").stdout)["realms"]
    undo, second, first = told["applies"]
    assert (undo["undoes"], second["undoneBy"]) == (second["id"], undo["id"])
    assert (first["createsRealm"], first["summary"]) == (True, {"create": 2, "update": 0, "delete": 0})
    assert [one["owner"] for one in told["owners"]] == ["realmctl"]

    # By its id an undo is taken back, too.
    realmctl("undo", folder, "--apply", undo["id"], "--auto-approve")
    assert admin.get(realm_name, "roles", "a")["description"] == "two"

    role = admin.get(realm_name, "roles", "a")
    admin.send("PUT", (realm_name, "roles-by-id", role["id"]), {**role, "description": "by hand"})
    refused = realmctl("undo", "--realm", realm_name, "--auto-approve", "-o", "markdown", expect=Exit.REFUSED)
    assert "role/a (description)" in refused.stderr
    assert "realmctl undo: refused" in refused.stdout
    assert admin.get(realm_name, "roles", "a")["description"] == "by hand"


def test_one_way_to_say_which_realm(realmctl: Run, tmp_path: Path) -> None:
    both = realmctl("undo", "--realm", "x", tmp_path, "--auto-approve", expect=Exit.USAGE)
    assert "PATH and --realm exclude each other" in both.stderr
    file = tmp_path / "no-journal"
    file.write_text("not json\nnor this\n", encoding="utf-8")
    assert f"{file}:1: that is no line of a journal" in realmctl("history", "--journal", file, expect=Exit.USAGE).stderr
    assert "there is no realm" in realmctl("history", "--realm", "safety-nowhere", expect=Exit.FAILED).stderr


def test_admin_events_stand_beside_the_records(realmctl: Run, admin: Admin, realm_name: str, tmp_path: Path) -> None:
    file = tmp_path / "realm.yaml"
    events = "adminEventsEnabled: true\nadminEventsDetailsEnabled: true\n"
    file.write_text(f"realm: {realm_name}\n{events}roles: {{a: {{}}}}\n", encoding="utf-8")
    realmctl("apply", file, "--auto-approve")
    file.write_text(f"realm: {realm_name}\n{events}roles: {{a: {{description: is}}}}\n", encoding="utf-8")
    realmctl("apply", file, "--auto-approve")
    (told,) = json.loads(realmctl("history", "--realm", realm_name, "-o", "json").stdout)["realms"]
    assert told["applies"][0]["events"]["by"] == told["applies"][0]["by"] == "admin"
    # The role, and the record of it in the realm.
    assert (told["applies"][0]["events"]["writes"], told["applies"][0]["events"]["whole"]) == (2, True)
    assert told["others"] == []
    # Whoever takes the records away takes no event with them.
    realm = admin.get(realm_name)
    kept = {name: value for name, value in realm["attributes"].items() if not name.startswith("realmctl.applied.")}
    admin.send("PUT", (realm_name,), {**realm, "attributes": kept})
    (told,) = json.loads(realmctl("history", "--realm", realm_name, "-o", "json").stdout)["realms"]
    assert (told["applies"], len(told["others"])) == ([], 2)
