"""Nothing that the files say is hidden outside of secret fields: a pull request could hide it from its reviewer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from realmctl.analysis.danger import Transition, dangers
from realmctl.config.loader import load, read_variables
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig
from realmctl.keycloak.fresh_realm import objects
from realmctl.model.objects import Snapshot
from realmctl.model.redaction import forget, publish, redact, register
from realmctl.model.sentence import Name
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text

ROLE = "platform-admin"
HOST = "evil4.example.com"
GRANT = "  all: {{ composites: [{role}] }}\n  platform-admin: {{}}\n"
DECLARED = f"""\
realm: p
roles: {{ all: {{ composites: [{ROLE}] }}, {ROLE}: {{}} }}
clients:
  app: {{ redirectUris: ["https://{HOST}/*"], publicClient: true }}
"""

SECRETS = {
    "in clear text": ROLE,
    "a default": f"$(env:UNSET:-{ROLE})",
    "a default of a telling name": f"$(env:UNSET_TOKEN:-{ROLE})",
    "part of it a default": "$(env:UNSET:-plat)form-admin",
    "composed of defaults": "$(env:UNSET:-plat)$(env:UNSET2:-form-admin)",
    "a tracked file": "$(file:text.txt)",
    "a tracked file of a telling name": "$(file:token.txt)",
    "a tracked file among the secrets": "$(file:.secrets/name)",
    "a tracked file with other line ends": "$(file:crlf.txt)",
    "a tracked file with an ident": "$(file:ident.txt)",
    "a tracked variable": "$(var:role)",
    "a tracked variable of a telling name": "$(var:token)",
    "a variable that holds the name": "$(env:ODD)",
    "a variable that holds the beginning": "$(env:LONGER)",
    "an empty variable beside it": f"{ROLE}$(env:NOTHING)",
    "a list": f"[{ROLE}]",
    "several lines": f'"{ROLE}\\n{HOST}"',
}
ENVIRON = {"ODD": ROLE, "LONGER": f"{ROLE}-with-more-behind-it", "NOTHING": "", "ROLE_NAME": ROLE, "APPS_HOST": HOST}


def git(folder: Path, *arguments: str) -> None:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forget()
    (tmp_path / "realms" / ".secrets").mkdir(parents=True)
    for name in ("text.txt", "token.txt", ".secrets/name", "crlf.txt"):
        (tmp_path / "realms" / name).write_text(f"{ROLE}\n")
    (tmp_path / "realms" / "ident.txt").write_text(f"$Id$\n{ROLE}\n")
    (tmp_path / "vars.yaml").write_text(f"role: {ROLE}\ntoken: {ROLE}\nhost: {HOST}\nsecret_host: {HOST}\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (tmp_path / "realms" / "crlf.txt").write_bytes(f"{ROLE}\r\n".encode())
    (tmp_path / "realms" / "ident.txt").write_text(f"$Id: 0123456789abcdef $\n{ROLE}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(declared: str, live: Snapshot | None = None) -> list[str]:
    Path("realms/realm.yaml").write_text(declared)
    (config,) = load(["realms"], environ=ENVIRON, variables=read_variables(["vars.yaml"]))
    plan = make_plan(compare(config.desired, live or Snapshot.absent("p")))
    return [text([plan]), json_([plan]), markdown([plan])]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_hides_no_name(secret: str) -> None:
    spoken = secret if secret[:1] in '["' else f'"{secret}"'
    for place in (f"  other: {{ secret: {spoken} }}\n", f"  other: {{ attributes: {{ app.secret: {spoken} }} }}\n"):
        if "[" in place.partition("secret:")[2] and "attributes" not in place:
            continue
        for told in shown(DECLARED + place):
            assert ROLE in told.replace("\\-", "-")
            assert HOST in told


@pytest.mark.parametrize(
    "host", ["$(env:UNSET_TOKEN:-{host})", "$(var:secret_host)", "$(var:host)", "$(file:.secrets/host)", "{host}"]
)
def test_a_host_of_the_files_is_shown(host: str, repository: Path) -> None:
    (repository / "realms" / ".secrets" / "host").write_text(HOST)
    git(repository, "add", "-A")
    said = host.replace("{host}", HOST)
    uris = f'["https://{said}/cb", "https://{said}/other"]'
    declared = f'realm: p\nclients: {{ app: {{ redirectUris: {uris}, secret: "{said}" }} }}\n'
    for told in shown(declared):
        assert told.count(HOST) > 1
        assert f"https://{HOST}/cb" in told.replace("\\", "")


@pytest.mark.parametrize(
    "address",
    [f"https://{HOST}/cb?token=abcdefghijk", f"https://me:password@{HOST}/cb", f"https://{HOST}/AKIAABCDEFGHIJKLMNOP"],
)
def test_an_address_with_a_credential_in_clear_text_is_shown(address: str) -> None:
    for told in shown(f'realm: p\nclients: {{ app: {{ redirectUris: ["{address}"] }} }}\n'):
        assert HOST in told


def test_the_name_of_a_live_object_is_shown() -> None:
    """A role that goes, and a secret that is named after it."""
    found = objects({"realm": "p", "roles": {"realm": [{"name": "university", "id": "1"}]}})
    register("university")
    for told in shown("realm: p\nprune: { roles: all }\nroles: { other: {} }\n", Snapshot("p", True, found)):
        assert "university" in told


def test_what_is_written_in_the_files_is_shown_also_if_it_was_registered_before() -> None:
    for value in (HOST, f"{ROLE}-with-more-behind-it", ROLE, "abc"):
        register(value)
    assert redact(ROLE) == "(secret)"
    assert redact(f"{ROLE}-with-more") == "(secret)"
    publish(f"https://{HOST}/*")
    publish(ROLE)
    publish("abc")
    assert redact(f"{HOST} {ROLE} {ROLE}-with-more abc") == f"{HOST} {ROLE} {ROLE}-with-more abc"
    assert redact("abc") == "abc"
    assert redact(f"{ROLE}-with-more-behind-it") == "(secret)"


def test_what_is_published_in_part_stays_hidden() -> None:
    register("kestrel9Q7tVw2LmZx4")
    publish("kestrel9")
    assert redact("see kestrel9Q7tVw2LmZx4") == "see (secret)"
    assert redact("kestrel9Q7tVw2Lm") == "(secret)"


def test_one_variable_as_a_secret_and_in_a_text_is_refused() -> None:
    with pytest.raises(BadConfig, match="a secret is made of it, too"):
        shown('realm: p\nclients: { a: { secret: $(env:APPS_HOST), redirectUris: ["https://$(env:APPS_HOST)/cb"] } }\n')


@pytest.mark.parametrize("secret", ["university", "a university of our own", "$(file:.secrets/name)"])
def test_a_danger_says_the_name_also_where_a_secret_has_that_text(secret: str, repository: Path) -> None:
    (repository / "realms" / ".secrets" / "name").write_text("university")
    git(repository, "add", "-A")
    live = Snapshot(
        "p", True, objects({"realm": "p", "roles": {"realm": [{"name": "university", "id": "1", "description": "x"}]}})
    )
    Path("realms/realm.yaml").write_text(
        f'realm: p\nprune: {{ roles: all }}\nclients: {{ c: {{ secret: "{secret}" }} }}\n'
    )
    (config,) = load(["realms"], environ=ENVIRON)
    plan = make_plan(compare(config.desired, live))
    found = dangers(Transition.of_plan(plan, compare(config.desired, live)))
    said = [part.text for one in found for part in one.sentence if isinstance(part, Name)]
    assert "university" in said
    assert "(secret)" not in said
