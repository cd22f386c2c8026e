"""Canaries and hostile names on a real Keycloak: every command that reads or writes one, every format, every file."""

from __future__ import annotations

import base64
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from realmctl.cli.errors import debugging
from realmctl.cli.main import run
from realmctl.errors import Exit, NotFound, ServerError
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.redaction import forget
from tests.cases.canaries.found import HOSTILE, SHAPES, commands, in_yaml, leaks, markup
from tests.conftest import Keycloak
from tests.support.listener import listening

FORMATS = ("text", "json", "markdown", "html")

REALM = """
realm: {realm}
displayName: "$(env:FIRST_SECRET)"
attributes: {{motto: "says $(env:FIRST_SECRET) twice"}}
eventsEnabled: true
adminEventsEnabled: true
adminEventsDetailsEnabled: true
smtpServer: {{host: localhost, from: a@example.com, auth: true, user: ann, password: "$(env:FIRST_SECRET)"}}
roles:
  reader: {{description: "reads $(env:FIRST_SECRET)", attributes: {{area: ["$(env:FIRST_SECRET)", other]}}}}
clients:
  app:
    secret: "$(env:FIRST_SECRET)"
    serviceAccountsEnabled: true
    description: "of $(env:FIRST_SECRET)"
    redirectUris: ["https://a.example/callback"]
    attributes: {{note: "$(env:FIRST_SECRET)"}}
    protocolMappers:
      fixed:
        protocolMapper: oidc-hardcoded-claim-mapper
        config: {{claim.name: fixed, claim.value: "$(env:FIRST_SECRET)", access.token.claim: true}}
groups: {{team: {{attributes: {{note: ["$(env:FIRST_SECRET)"]}}, realmRoles: [reader]}}}}
identityProviders:
  entra:
    providerId: oidc
    displayName: "via $(env:FIRST_SECRET)"
    config: {{clientId: x, clientSecret: "$(env:FIRST_SECRET)", tokenUrl: https://a/t, authorizationUrl: https://a/a}}
components:
  userFederation:
    directory:
      providerId: ldap
      config:
        connectionUrl: ldap://127.0.0.1:1
        bindDn: cn=reader
        bindCredential: "$(env:FIRST_SECRET)"
        authType: simple
        usersDn: ou=people
        vendor: other
        editMode: READ_ONLY
        usernameLDAPAttribute: uid
        rdnLDAPAttribute: uid
        uuidLDAPAttribute: entryUUID
        userObjectClasses: person
        enabled: false
authenticationFlows:
  ours:
    executions:
      - {{authenticator: auth-cookie, requirement: ALTERNATIVE}}
tests:
  a claim that is a secret:
    client: app
    given: {{roles: [reader]}}
    expect: {{claims: {{fixed: another value}}}}
"""

CASES = ("plain", "special")


class Session:
    """Runs command lines and keeps all that they write, wherever to."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder
        self.told: list[tuple[str, str]] = []

    def run(self, *arguments: str, code: int | None = None) -> str:
        """Runs one and returns its stdout."""
        got = run(arguments)
        told = self._capsys.readouterr()
        assert "realmctl met something it did not expect" not in told.err
        assert code is None or got == code, (arguments, told.out[-2000:], told.err[-2000:])
        self.told.append((" ".join(arguments), told.out + told.err))
        return told.out

    def files(self) -> Iterator[tuple[str, str]]:
        """Every file that was written, but for the ones that hold secrets on purpose."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name not in ("realm.yaml", "secrets.env"):
                yield str(path.relative_to(self.folder)), path.read_text(encoding="utf-8")


@pytest.fixture
def session(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, keycloak: Keycloak, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    for name, value in keycloak.environ().items():
        monkeypatch.setenv(name, value)
    yield Session(capsys, tmp_path)
    debugging(False)


def everything(session: Session, realm: str, files: str) -> None:
    """Every command that reads."""
    for form in FORMATS:
        session.run("plan", files, "-o", form)
        session.run("drift", files, "-o", form)
    for form in ("text", "json", "markdown"):
        session.run("history", files, "-o", form)
        session.run("test", files, "-o", form)
    session.run("test", files, "-o", "junit")
    session.run("test", files, "-v")
    session.run("plan", files, "-v", "--debug")
    debugging(False)
    session.run("plan", files, "--explain", "client/app")
    session.run("drift", files, "--explain", "client/app")
    session.run("drift", files, "-v", "--metrics", str(session.folder / "drift.prom"))
    session.run("undo", "--realm", realm, "--list")
    session.run("graph", files, "-o", "html")
    with listening() as listener:
        for form in ("json", "slack", "teams"):
            session.run("drift", files, "--webhook", f"{listener.url}/hook", "--webhook-form", form)
        session.told += [("webhook", body) for body in listener.bodies]
        # The address is a secret of its own.
        session.told += [("webhook's error", told) for told in refused(session, files, listener.url)]


def refused(session: Session, files: str, url: str) -> Iterator[str]:
    with listening() as listener:
        listener.answers = [500]
        listener.says = f"no such {listener.url}/services/kestrel-of-the-hook"
        session.run("drift", files, "--webhook", f"{listener.url}/services/kestrel-of-the-hook")
        told = session.told[-1][1]
        assert "kestrel-of-the-hook" not in told
        yield told


def kept_on_the_server(admin: Admin, realm: str) -> str:
    """What realmctl itself keeps in the realm: inventory and records, decoded; fingerprints are not of this kind."""
    attributes: Mapping[str, Any] = admin.get(realm).get("attributes") or {}
    texts = []
    for name, value in attributes.items():
        if not name.startswith("realmctl"):
            continue
        texts.append(f"{name} {value}")
        try:
            texts.append(zlib.decompress(base64.b64decode(str(value).rpartition(":")[2])).decode())
        except (ValueError, zlib.error):
            continue
    return "\n".join(texts)


@pytest.mark.parametrize("shape", CASES)
def test_no_secret_is_shown_or_kept(
    shape: str, session: Session, admin: Admin, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = f"{SHAPES[shape]}-first8x5v", f"{SHAPES[shape][::-1]}-second6w3k"
    files = session.folder / "realm.yaml"
    files.write_text(REALM.format(realm=realm_name), encoding="utf-8")
    realm, saved, journal = str(files), str(session.folder / "saved.plan"), str(session.folder / "journal")
    monkeypatch.setenv("FIRST_SECRET", first)
    session.run("plan", realm, "-o", "json")
    session.run("plan", realm, "--out", saved)
    session.run("apply", realm, "--auto-approve", "--journal", journal, "-v", code=Exit.OK)

    # Rotated: neither the new value nor the old one, which this process knows from the server alone. And changed by
    # hand, to a value that holds both.
    monkeypatch.setenv("FIRST_SECRET", second)
    forget()
    session.run("plan", realm, "--test", "-o", "markdown")
    client = admin.get(realm_name, "clients", query={"clientId": "app"})[0]
    uris = [f"https://{second[:8].encode().hex()}"]
    patch = {"description": f"by hand {first} {second}", "secret": f"{first}-by-hand", "redirectUris": uris}
    admin.send("PUT", (realm_name, "clients", client["id"]), {**client, **patch})
    everything(session, realm_name, realm)
    session.run("apply", realm, "--auto-approve", "--journal", journal, "-o", "json", code=Exit.OK)
    forget()
    session.run("export", realm_name, "-o", str(session.folder / "export"))
    session.run("audit", "--declared", realm)
    session.run("undo", "--realm", realm_name, "--auto-approve", "-o", "json")
    session.run("apply", realm, "--auto-approve", "-o", "markdown")
    monkeypatch.setenv("KEYCLOAK_PASSWORD", f"{first}-no-password")
    session.run("plan", realm, "--debug", code=Exit.FAILED)

    told = [*session.told, *session.files(), ("the server", kept_on_the_server(admin, realm_name))]
    wrong = [f"{where}: {found[:3]}" for where, text in told if (found := leaks(text, first) + leaks(text, second))]
    assert not wrong, "\n".join(wrong)
    assert not [where for where, text in told if re.search(r"eyJ[\w-]{8,}\.[\w-]+\.", text)]


def test_no_name_on_the_server_commands_a_log_or_deceives_a_reader(
    session: Session, admin: Admin, realm_name: str
) -> None:
    files = session.folder / "realm.yaml"
    files.write_text(f"realm: {realm_name}\neventsEnabled: true\nadminEventsEnabled: true\n", encoding="utf-8")
    realm = str(files)
    source = "\n".join(HOSTILE.values())
    session.run("apply", realm, "--auto-approve", "--source", source, code=Exit.OK)
    lines = [f"realm: {realm_name}", "adminEventsEnabled: true"]
    for text in HOSTILE.values():
        for path, body in (
            ("roles", {"name": text, "description": text}),
            ("groups", {"name": text, "attributes": {text[:50]: [text]}}),
            ("client-scopes", {"name": text, "protocol": "openid-connect", "description": text}),
            ("clients", {"clientId": text, "name": text, "description": text}),
        ):
            with suppress(ServerError):  # Keycloak refuses some of them itself.
                admin.send("POST", (realm_name, path), body)
    lines += ["roles:", *(f'  {name}: {{description: "{in_yaml(text)}"}}' for name, text in HOSTILE.items())]
    lines += ["clients:"]
    lines += [f'  {name}: {{attributes: {{note: "{in_yaml(text)}"}}}}' for name, text in HOSTILE.items()]
    for form in FORMATS:
        session.run("drift", realm, "-v", "-o", form)
    files.write_text("\n".join(lines), encoding="utf-8")
    session.run("apply", realm, "--auto-approve", "-v", "-o", "text", "--source", source)
    for name in HOSTILE:
        with suppress(NotFound):
            found = admin.get(realm_name, "roles", name)
            admin.send("PUT", (realm_name, "roles", name), {**found, "description": f"other {HOSTILE['fence']}"})
    everything(session, realm_name, realm)

    assert not (wrong := obeyed(session)), "\n".join(wrong)


def test_no_holder_of_a_lock_commands_a_log(
    session: Session, admin: Admin, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = session.folder / "realm.yaml"
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()
    # Somebody else's lock: a holder that writes what it likes.
    holder = "".join(HOSTILE[one] for one in ("github", "azure", "gitlab", "direction"))
    attributes = {"mark": ["x"], "holder": [holder], "since": [HOSTILE["github"]], "process": ["else:1"]}
    admin.send("POST", (realm_name, "roles"), {"name": LOCK_ROLE})
    lock = admin.get(realm_name, "roles", LOCK_ROLE)
    admin.send("PUT", (realm_name, "roles", LOCK_ROLE), {**lock, "attributes": attributes})
    files.write_text(f"realm: {realm_name}\ndisplayName: other\nadminEventsEnabled: true\n", encoding="utf-8")
    session.run("history", str(files))
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 2.0)
    beating(admin, realm_name, attributes)
    session.run("apply", str(files), "--auto-approve", "--allow-deletions", "-v")
    session.run("plan", str(files), "--url", f"http://127.0.0.1:9/{os.urandom(2).hex()}::error::x##[error]y")

    assert "An apply on the realm" in session.told[-2][1]
    assert not (wrong := obeyed(session)), "\n".join(wrong)


def obeyed(session: Session) -> list[str]:
    """What a log or a reader would obey in all that was written."""
    wrong = []
    for where, text in session.told:
        found = [] if where == "webhook" else commands(text)
        found += markup(text[text.find("<!-- ") :]) if where.endswith("-o markdown") and "<!-- " in text else []
        wrong += [f"{where}: {found[:3]}"] if found else []
    return wrong


def beating(admin: Admin, realm: str, attributes: Mapping[str, Any]) -> None:
    """Lets the foreign lock beat a few times, so that the apply finds its holder alive."""
    import threading
    import time

    def beat() -> None:
        for count in range(40):
            time.sleep(0.5)
            role = {"name": LOCK_ROLE, "attributes": {**attributes, "beat": [str(count)]}}
            try:
                admin.send("PUT", (realm, "roles", LOCK_ROLE), role)
            except ServerError:
                return

    threading.Thread(target=beat, daemon=True).start()
