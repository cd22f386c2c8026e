"""`drift --adopt` on a real Keycloak: files say what was changed by hand, and nothing else changes in them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.engine.apply.apply import apply
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import Exit
from realmctl.keycloak.admin import Admin
from realmctl.workflow import RealmFiles, taken_over
from tests.conftest import Keycloak
from tests.live.drifting import EVENTS, FILE, Scene


@pytest.fixture
def scene(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Scene:
    return Scene(admin, keycloak, realm_name, tmp_path)


COMMENTED = (
    EVENTS
    + """\
# Who sells what.
displayName: Shop   # as on the sign
roles:
  # the first one
  reader: { description: Reads, attributes: { limit: ["10"] } }   # everybody
  writer:
    description: Writes
    composites:
      - reader   # reads, too
      - checker
  checker:
clients:
  api:   # the shop's own
    publicClient: false
    secret: $(env:API_SECRET)
    redirectUris:
      - https://one.example.com/cb   # the main one
    attributes:
      access.token.lifespan: 60   # seconds

authenticationFlows:
  ours:
    executions:
      - { authenticator: auth-cookie, requirement: ALTERNATIVE }   # who is known
      - { authenticator: auth-username-password-form, requirement: ALTERNATIVE }
# the end
"""
)


def test_what_is_live_is_taken_over_into_files_that_keep_their_comments(scene: Scene, tmp_path: Path) -> None:
    environ = {"API_SECRET": "CANARY-api"}
    text_before = f"realm: {scene.realm}\n{COMMENTED}"
    scene.file.write_text(text_before, encoding="utf-8")
    (config,) = load([scene.file], environ=environ)
    apply(scene.admin, config.desired, make_plan(compare(config.desired, read(scene.admin, scope_of(config.desired)))))
    admin, realm = scene.admin, scene.realm
    admin.renew()
    admin.send("PUT", (realm,), {"displayName": "Sale: 50% # off"})
    admin.send(
        "PUT",
        (realm, "roles", "reader"),
        {"name": "reader", "description": "Reads", "attributes": {"limit": ["10", "20"]}},
    )
    composites = [admin.get(realm, "roles", "checker")]
    admin.send("DELETE", (realm, "roles", "writer", "composites"), composites)
    [client] = admin.get(realm, "clients", query={"clientId": "api"})
    client["redirectUris"] = ["https://one.example.com/cb", "https://two.example.com/cb"]
    client["attributes"]["access.token.lifespan"] = "120"
    client["secret"] = "CANARY-new"
    admin.send("PUT", (realm, "clients", client["id"]), client)
    steps = admin.get(realm, "authentication", "flows", "ours", "executions")
    admin.send("PUT", (realm, "authentication", "flows", "ours", "executions"), {**steps[1], "requirement": "DISABLED"})
    grafana = {"clientId": "grafana", "secret": "CANARY-grafana", "redirectUris": ["https://grafana.example.com/login"]}
    mapper = {"name": "team", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper"}
    made = admin.send(
        "POST", (realm, "clients"), {**grafana, "protocolMappers": [{**mapper, "config": {"claim.name": "t"}}]}
    )
    assert made.id
    admin.send("POST", (realm, "clients", made.id, "roles"), {"name": "editor", "description": "Edits $(panels)"})
    admin.send("POST", (realm, "roles"), {"name": "extra"})

    def run(*arguments: str, expect: int, **more: str) -> str:
        command = [sys.executable, "-m", "realmctl", "drift", str(scene.file), *arguments]
        done = subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", **scene.keycloak.environ(), **environ, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "CANARY" not in done.stdout + done.stderr
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    run("--adopt", "role/none", expect=Exit.USAGE)
    assert scene.file.read_text(encoding="utf-8") == text_before

    told = run(
        "--adopt", "realm", "--adopt", "role/*", "--adopt", "client/*", "--adopt", "flow/ours", expect=Exit.DIFFERENT
    )

    assert "Not taken over: client api: secret" not in told
    assert "Not taken over: client api. secret: a secret is not taken over" in told
    assert "To be set from now on: GRAFANA_CLIENT_SECRET" in told
    after = scene.file.read_text(encoding="utf-8")
    assert "CANARY" not in after
    comments = [line.rsplit("#", 1)[1] for line in text_before.splitlines() if "#" in line]
    assert [line.rsplit("#", 1)[1] for line in after.splitlines() if "#" in line] == comments
    assert "  # the first one\n" in after
    assert "access.token.lifespan: 120   # seconds\n" in after
    assert "      - https://one.example.com/cb   # the main one\n      - https://two.example.com/cb\n" in after
    assert "      - reader   # reads, too\nclients" not in after
    assert "      - checker\n" not in after
    assert "editor" in after

    (left,) = json.loads(run("-o", "json", expect=Exit.DIFFERENT, GRAFANA_CLIENT_SECRET="CANARY-grafana"))["realms"]
    assert [(one["address"], [field["path"] for field in one["fields"]]) for one in left["deviations"]] == [
        ("client/api", ["secret"])
    ]
    environ["API_SECRET"] = "CANARY-new"
    run(expect=Exit.OK, GRAFANA_CLIENT_SECRET="CANARY-grafana")


def test_what_a_check_refuses_is_not_taken_over_and_the_file_stays(scene: Scene) -> None:
    config = scene.apply(EVENTS + FILE)
    [client] = scene.admin.get(scene.realm, "clients", query={"clientId": "api"})
    scene.admin.send(
        "PUT", (scene.realm, "clients", client["id"]), {**client, "redirectUris": ["https://x.example.com/*"]}
    )
    before = scene.file.read_text(encoding="utf-8")

    (found,) = taken_over(
        [config],
        [scene.drift(config)],
        ["client/api"],
        RealmFiles([scene.file], {}, {}),
        say=lambda _: None,
    )

    (refused,) = found.adopted
    assert "[wildcard-redirect]" in refused.why_not
    assert [str(one.address) for one in found.deviations] == ["client/api"]
    assert scene.file.read_text(encoding="utf-8") == before
