"""The command line on a real Keycloak, as its own process, from a file to a verified realm."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from realmctl.errors import Exit
from realmctl.render.plan_schema import plan_schema
from tests.conftest import Keycloak

Run = Callable[..., subprocess.CompletedProcess[str]]

DECLARED = """\
realm: {name}
displayName: "Shop \\u202e\\x07"
deletions: {{limit: 1}}
roles:
  reader: {{description: Reads}}
  writer: {{description: Writes, composites: [reader]}}
  first: {{}}
  second: {{}}
clients:
  api:
    publicClient: false
    secret: $(env:API_SECRET)
    redirectUris: ["https://one.example.com/cb", "https://two.example.com/cb"]
"""


@pytest.fixture
def file(tmp_path: Path, realm_name: str) -> Path:
    path = tmp_path / "realm.yaml"
    path.write_text(DECLARED.format(name=realm_name), encoding="utf-8")
    return path


@pytest.fixture
def environ(keycloak: Keycloak) -> dict[str, str]:
    return {**os.environ, **keycloak.environ(), "API_SECRET": "CANARY-one"}


@pytest.fixture
def realmctl(environ: dict[str, str]) -> Run:
    def run(*arguments: object, expect: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "realmctl", *map(str, arguments)],
            env={**environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "CANARY" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert expect in (None, done.returncode), done.stdout + done.stderr
        return done

    return run


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_from_nothing_to_a_realm_that_is_as_declared(realmctl: Run, file: Path, tmp_path: Path) -> None:
    first = realmctl("plan", file, "--detailed-exitcode", expect=Exit.DIFFERENT)
    assert "The realm does not exist yet" in first.stdout
    assert f"+ realm role reader  ({file}:5)" in first.stdout
    assert "secret: (secret)" in first.stdout
    assert "Shop \\u202e\\u0007" in first.stdout
    assert first.stderr == ""

    journal = tmp_path / "journal"
    done = realmctl("apply", file, "--auto-approve", "--journal", journal, "-v")
    assert "Verified: nothing is left to do." in done.stdout
    assert f"Journal: {journal}" in done.stdout
    assert "role writer" in done.stderr
    assert [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert "CANARY" not in journal.read_text(encoding="utf-8")

    second = realmctl("plan", file, "--detailed-exitcode")
    assert "No changes. The realm is as declared." in second.stdout
    again = realmctl("apply", file, "--auto-approve")
    assert again.stdout.count("No changes. The realm is as declared.") == 1


def test_a_change_is_shown_old_to_new_and_a_secret_only_as_changed(realmctl: Run, file: Path) -> None:
    realmctl("apply", file, "--auto-approve")
    edit(file, "Reads", "Reads all")
    edit(file, "https://two.example.com/cb", "https://three.example.com/cb")
    told = realmctl("plan", file, API_SECRET="CANARY-two").stdout
    assert 'description: "Reads" → "Reads all"' in told
    assert 'redirectUris: +"https://three.example.com/cb" -"https://two.example.com/cb"' in told
    assert "secret: (secret changed)" in told
    assert "Plan: 0 to add, 2 to change, 0 to destroy." in told
    realmctl("apply", file, "--auto-approve", API_SECRET="CANARY-two")
    assert "No changes." in realmctl("plan", file, API_SECRET="CANARY-two").stdout


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"], ["validate"]])
def test_json_is_as_published(realmctl: Run, file: Path, command: list[str]) -> None:
    document = json.loads(realmctl(*command, file, "-o", "json").stdout)
    assert [error.message for error in Draft202012Validator(plan_schema()).iter_errors(document)] == []
    if command[0] == "apply":
        (realm,) = document["realms"]
        assert len(realm["report"]["applied"]) == len(realm["changes"]) > 0


def test_a_saved_plan_is_carried_out_as_it_was_seen(realmctl: Run, file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    realmctl("plan", file, "--out", saved)
    assert "CANARY" not in saved.read_text(encoding="utf-8")
    # The file is outside of the repository that this test runs in: a saved plan leads nowhere else by itself.
    assert "outside of this repository" in realmctl("apply", saved, expect=Exit.REFUSED).stderr
    assert "Verified" in realmctl("apply", saved, "--files", file).stdout
    refused = realmctl("apply", saved, "--files", file, expect=Exit.REFUSED)
    assert "has moved on" in refused.stderr
    assert "--files is for a saved plan" in realmctl("apply", "--files", file, expect=Exit.USAGE).stderr


def test_a_saved_plan_is_refused_after_an_edit_by_hand(
    realmctl: Run, file: Path, tmp_path: Path, keycloak: Keycloak, realm_name: str
) -> None:
    realmctl("apply", file, "--auto-approve")
    edit(file, "Reads", "Reads all")
    saved = tmp_path / "saved"
    realmctl("plan", file, "--out", saved)
    with contextlib.closing(keycloak.admin()) as admin:
        role = admin.get(realm_name, "roles", "reader")
        admin.send("PUT", (realm_name, "roles", "reader"), {**role, "description": "by hand"})
        refused = realmctl("apply", saved, "--files", file, "-o", "json", expect=Exit.REFUSED)
        assert "role/reader" in json.loads(refused.stdout)["error"]["message"]
        assert admin.get(realm_name, "roles", "reader")["description"] == "by hand"


def test_deletions_over_the_limit_need_the_word_for_it(realmctl: Run, file: Path) -> None:
    realmctl("apply", file, "--auto-approve")
    edit(file, "  first: {}\n  second: {}\n", "")
    planned = realmctl("plan", file).stdout
    assert "- realm role first" in planned
    assert "An apply would be refused" in planned
    assert "[!CAUTION]" in realmctl("plan", file, "-o", "markdown").stdout
    assert "would be destroyed." in realmctl("plan", file, "-o", "html").stdout
    refused = realmctl("apply", file, "--auto-approve", expect=Exit.REFUSED)
    assert "deletes 2 objects" in refused.stderr
    assert "--allow-deletions" in refused.stderr
    assert "- realm role first" in realmctl("plan", file).stdout
    done = realmctl("apply", file, "--auto-approve", "--allow-deletions").stdout
    assert "2 destroyed" in done
    assert "would be refused" not in done


def on_a_terminal(environ: dict[str, str], answer: str, *arguments: object) -> tuple[int, str]:
    """Runs realmctl with a terminal on all three streams, and answers the first question."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "realmctl", *map(str, arguments)],
        env={**environ, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as started:
        os.close(theirs)
        seen, answered = "", False
        while piece := _read(ours):
            seen += piece
            if "[y/N]" in seen and not answered:
                os.write(ours, answer.encode())
                answered = True
        os.close(ours)
    return started.returncode, seen


def _read(descriptor: int) -> str:
    try:
        return os.read(descriptor, 65_536).decode(errors="replace")
    except OSError:  # How a terminal says that the other side has gone.
        return ""


def test_on_a_terminal_it_asks_first(environ: dict[str, str], file: Path, realmctl: Run) -> None:
    code, seen = on_a_terminal(environ, "n\n", "apply", file)
    assert code == Exit.FAILED
    assert "Nothing was changed." in seen
    assert "does not exist yet" in realmctl("plan", file).stdout
    code, seen = on_a_terminal(environ, "y\n", "apply", file)
    assert code == 0
    assert "Verified" in seen
    assert "\x1b[32m+ realm role reader" in seen
    assert "CANARY" not in seen
    assert "\u202e" not in seen


def test_colour_only_where_it_is_wanted(environ: dict[str, str], file: Path) -> None:
    _, colored = on_a_terminal(environ, "", "plan", file)
    assert "\x1b[32m+ realm role reader" in colored
    _, plain = on_a_terminal({**environ, "NO_COLOR": "1"}, "", "plan", file)
    assert "\x1b[32m" not in plain
    assert "+ realm role reader" in plain


def test_an_account_that_may_only_look_plans_and_changes_nothing(
    realmctl: Run, realm_name: str, tmp_path: Path
) -> None:
    path = tmp_path / "realm.yaml"
    rights = (
        "serviceAccountsEnabled: true, serviceAccountRoles: {client: {realm-management: [view-realm, view-clients]}}"
    )
    path.write_text(f"realm: {realm_name}\nclients:\n  look: {{secret: $(env:API_SECRET), {rights}}}\n")
    realmctl("apply", path, "--auto-approve")
    path.write_text(f"realm: {realm_name}\nroles: {{new: {{}}}}\nclients: {{look: {{}}}}\n")
    account = {"KEYCLOAK_REALM": realm_name, "KEYCLOAK_CLIENT_ID": "look", "KEYCLOAK_CLIENT_SECRET": "CANARY-one"}
    account |= {"KEYCLOAK_USER": "", "KEYCLOAK_PASSWORD": ""}
    assert "+ realm role new" in realmctl("plan", path, **account).stdout
    refused = realmctl("apply", path, "--auto-approve", expect=Exit.FAILED, **account)
    assert f"Realm {realm_name}: nothing was changed." in refused.stdout
    assert "grant service-account-look of the client realm-management: manage-realm" in refused.stderr


def test_a_wrong_password_is_told(realmctl: Run, file: Path) -> None:
    wrong = realmctl("plan", file, KEYCLOAK_PASSWORD="wrong", expect=Exit.FAILED)
    assert wrong.stderr.startswith("error:")


def test_what_is_there_already_is_taken_over_when_agreed(
    environ: dict[str, str], realmctl: Run, keycloak: Keycloak, realm_name: str, tmp_path: Path
) -> None:
    with contextlib.closing(keycloak.admin()) as admin:
        admin.send("POST", (), {"realm": realm_name, "enabled": True})
        admin.send("POST", (realm_name, "roles"), {"name": "reader"})
    path = tmp_path / "realm.yaml"
    path.write_text(f"realm: {realm_name}\nroles: {{reader: {{}}}}\n")
    assert "1 declared object is on the server already" in realmctl("plan", path, "--detailed-exitcode").stdout
    code, seen = on_a_terminal(environ, "n\n", "apply", path)
    assert (code, "Note down what is owned from now on?" in seen) == (1, True)
    assert "already" in realmctl("plan", path).stdout
    code, seen = on_a_terminal(environ, "y\n", "apply", path)
    assert (code, "1 now owned by realmctl" in seen) == (0, True)
    assert "on the server already" not in realmctl("plan", path).stdout
    path.write_text(f"realm: {realm_name}\n")
    assert "- realm role reader" in realmctl("plan", path).stdout


def test_a_journal_that_cannot_be_written_stops_before_anything_is(realmctl: Run, file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "missing" / "journal"
    refused = realmctl("apply", file, "--auto-approve", "--journal", bad, expect=Exit.USAGE)
    assert f"cannot write the journal {bad}" in refused.stderr
    assert "nothing was changed" in refused.stdout
    assert "does not exist yet" in realmctl("plan", file).stdout
