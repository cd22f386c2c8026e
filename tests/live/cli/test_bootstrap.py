"""`realmctl bootstrap` as its own process on a real Keycloak: what it prints, writes and asks."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from realmctl.errors import Exit
from tests.conftest import Keycloak
from tests.live.cli.test_on_a_server import environ, on_a_terminal, realmctl

__all__ = ["environ", "realmctl"]  # fixtures
Run = Callable[..., CompletedProcess[str]]
NOBODY = {"KEYCLOAK_USER": "", "KEYCLOAK_PASSWORD": ""}


def said(path: Path) -> dict[str, str]:
    """The environment that a file sets."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {**NOBODY, **dict(line.split("=", 1) for line in lines)}


@pytest.fixture
def realm(realmctl: Run, realm_name: str, tmp_path: Path) -> Path:
    """The file of a realm that is there."""
    file = tmp_path / "realm.yaml"
    file.write_text(f"realm: {realm_name}\nroles: {{reader: {{}}}}\n")
    realmctl("apply", file, "--auto-approve")
    return file


SECRETS = ["--reader-secret", "--writer-secret"]


def test_keys_go_to_private_files_and_what_they_say_works(
    realmctl: Run, realm: Path, realm_name: str, tmp_path: Path
) -> None:
    out = tmp_path / "accounts"
    assert "nothing says where to keep it" in realmctl("bootstrap", realm_name, "--auto-approve", expect=64).stderr
    done = realmctl("bootstrap", realm_name, "--auto-approve", "-o", out)
    assert "the secrets of all clients" in done.stdout
    assert "need no more than realmctl-reader" in done.stdout
    assert "warning" not in done.stderr
    for name in ("reader", "writer"):
        key = out / f"{realm_name}-{name}.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        account = said(out / f"{realm_name}-{name}.env")
        assert account["KEYCLOAK_CLIENT_KEY_FILE"] == str(key)
        assert "KEYCLOAK_CLIENT_SECRET" not in account
        assert "KEYCLOAK_PUBLIC_URL" not in account
    assert "No changes." in realmctl("bootstrap", realm_name, "--auto-approve").stdout
    reader, writer = (said(out / f"{realm_name}-{name}.env") for name in ("reader", "writer"))
    assert "No changes." in realmctl("plan", realm, "--detailed-exitcode", **reader).stdout
    realm.write_text(realm.read_text() + "groups: {team: {}}\n")
    assert "Verified" in realmctl("apply", realm, "--auto-approve", **writer).stdout
    (out / f"{realm_name}-writer.key").write_text("no key")
    assert "holds no private key" in realmctl("plan", realm, expect=Exit.USAGE, **writer).stderr


def test_a_secret_of_an_earlier_run_is_told_and_replaced(
    realmctl: Run, realm: Path, realm_name: str, tmp_path: Path
) -> None:
    out = tmp_path / "accounts"
    first = realmctl("bootstrap", realm_name, "--auto-approve", "--show-secrets", "-o", out, *SECRETS)
    assert "realmctl-writer will log in by a client secret" in first.stderr
    assert "can read it and become realmctl-writer" in first.stderr
    old = said(out / f"{realm_name}-writer.env")
    kept = realmctl("bootstrap", realm_name, "--auto-approve", *SECRETS)
    assert ("No changes." in kept.stdout, "become realmctl-writer" in kept.stderr) == (True, True)
    second = realmctl("bootstrap", realm_name, "--auto-approve", "-o", out)
    assert "~ client realmctl-writer" in second.stdout
    assert "realmctl-writer has a client secret" in second.stderr
    assert "the old secret will no longer log in" in second.stderr
    assert "become realmctl-writer" not in second.stderr
    assert "did not accept the login" in realmctl("plan", realm, expect=Exit.FAILED, **old).stderr
    new = said(out / f"{realm_name}-writer.env")
    assert "No changes." in realmctl("apply", realm, "--auto-approve", **new).stdout


def test_secrets_go_to_private_files_and_what_they_say_works(
    realmctl: Run, realm: Path, realm_name: str, tmp_path: Path
) -> None:
    out = tmp_path / "accounts"
    done = realmctl("bootstrap", realm_name, "--auto-approve", "-o", out, *SECRETS)
    assert "+ client realmctl-reader" in done.stdout
    assert "Verified: nothing is left to do." in done.stdout
    assert sorted(path.name for path in out.iterdir()) == [f"{realm_name}-reader.env", f"{realm_name}-writer.env"]
    reader, writer = (said(out / f"{realm_name}-{name}.env") for name in ("reader", "writer"))
    for path, account in ((out / f"{realm_name}-reader.env", reader), (out / f"{realm_name}-writer.env", writer)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert account["KEYCLOAK_CLIENT_SECRET"] not in done.stdout + done.stderr
        assert len(account["KEYCLOAK_CLIENT_SECRET"]) >= 40
    assert "No changes." in realmctl("plan", realm, "--detailed-exitcode", **reader).stdout
    assert "No drift" in realmctl("drift", realm, **reader).stdout
    realm.write_text(realm.read_text() + "groups: {team: {}}\n")
    refused = realmctl("apply", realm, "--auto-approve", expect=Exit.FAILED, **reader)
    assert "nothing was changed" in refused.stdout
    assert "Verified" in realmctl("apply", realm, "--auto-approve", **writer).stdout

    again = realmctl("bootstrap", realm_name, "--auto-approve", *SECRETS)
    assert "No changes." in again.stdout
    assert "export KEYCLOAK_CLIENT_ID=realmctl-reader\n# export KEYCLOAK_CLIENT_SECRET=   # its secret" in again.stdout
    assert said(out / f"{realm_name}-reader.env") == reader


def test_a_secret_is_replaced_for_whom_it_is_said(realmctl: Run, realm: Path, realm_name: str, tmp_path: Path) -> None:
    out = tmp_path / "accounts"
    realmctl("bootstrap", realm_name, "--auto-approve", "-o", out, *SECRETS)
    files = [out / f"{realm_name}-{name}.env" for name in ("reader", "writer")]
    before = [said(path) for path in files]
    files[0].chmod(0o644)
    done = realmctl("bootstrap", realm_name, "--auto-approve", "-o", out, "--rotate", "reader", *SECRETS)
    assert "secret: (secret changed)" in done.stdout
    after = [said(path) for path in files]
    assert (after[0] == before[0], after[1] == before[1]) == (False, True)
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    realmctl("plan", realm, **after[0])
    assert "did not accept the login" in realmctl("plan", realm, expect=Exit.FAILED, **before[0]).stderr


def test_a_secret_needs_a_place_and_another_servers_file_is_kept(
    realmctl: Run, realm: Path, realm_name: str, tmp_path: Path
) -> None:
    nowhere = realmctl("bootstrap", realm_name, "--auto-approve", *SECRETS, expect=Exit.USAGE)
    assert "nothing says where to keep it" in nowhere.stderr
    assert nowhere.stdout == ""
    file = tmp_path / f"{realm_name}-writer.env"
    file.write_text("another server's")
    kept = realmctl("bootstrap", realm_name, "--auto-approve", "-o", tmp_path, expect=Exit.USAGE)
    assert f"{file} is there already" in kept.stderr
    assert file.read_text() == "another server's"
    shown = realmctl("bootstrap", realm_name, "--auto-approve", "--show-secrets", *SECRETS).stdout
    account = dict(
        re.findall(r"^export (\w+)=(\S+)$", shown.partition("realmctl-writer in the realm")[0], re.MULTILINE)
    )
    assert account["KEYCLOAK_CLIENT_ID"] == "realmctl-reader"
    realmctl("plan", realm, **NOBODY, **account)


def test_it_asks_and_a_no_changes_nothing(
    realmctl: Run, environ: dict[str, str], realm: Path, realm_name: str, tmp_path: Path
) -> None:
    assert "There is no terminal to ask on" in realmctl("bootstrap", realm_name, expect=Exit.USAGE).stderr
    out = tmp_path / "accounts"
    code, seen = on_a_terminal(environ, "n\n", "bootstrap", realm_name, "-o", out)
    assert (code, "Make these accounts?" in seen) == (1, True)
    assert not out.exists()
    assert "+ client realmctl-reader" in realmctl("bootstrap", realm_name, "--auto-approve", "-o", out).stdout


def test_what_fails_leaves_no_secret_behind(realmctl: Run, realm: Path, realm_name: str, tmp_path: Path) -> None:
    realmctl("bootstrap", realm_name, "--auto-approve", "-o", tmp_path / "first")
    reader = said(tmp_path / "first" / f"{realm_name}-reader.env")
    out = tmp_path / "second"
    refused = realmctl(
        "bootstrap", realm_name, "--auto-approve", "--rotate", "writer", "-o", out, expect=Exit.FAILED, **reader
    )
    assert "may not change" in refused.stderr
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--reader-jwks", "ftp://x"], "--reader-jwks is an address"),
        (["--reader-service-account", "plan"], "NAMESPACE/NAME"),
        (["--reader-service-account", "ci/plan"], "--kubernetes-issuer"),
        (["--kubernetes-issuer", "https://cluster"], "--reader-service-account"),
        (["--writer-jwks", "https://x/jwks", "--writer-service-account", "ci/a"], "exclude each other"),
        (["--writer-jwks", "https://x/jwks", "--writer-secret"], "exclude each other"),
        (["--writer-jwks", "http://x/jwks"], "must start with https://"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_asked(
    realmctl: Run, keycloak: Keycloak, options: list[str], told: str
) -> None:
    refused = realmctl("bootstrap", "any", "--auto-approve", *options, expect=Exit.USAGE)
    assert told in refused.stderr


def test_where_the_realm_goes_by_another_address_the_environment_says_it(
    realmctl: Run, realm: Path, realm_name: str, tmp_path: Path
) -> None:
    """As in a cluster: asked at an internal address, the realm has its public one."""
    public = "https://sso.example.com/auth"
    realm.write_text(realm.read_text() + f"attributes: {{frontendUrl: {public}}}\n")
    realmctl("apply", realm, "--auto-approve")
    realmctl("bootstrap", realm_name, "--auto-approve", "-o", tmp_path)
    reader = said(tmp_path / f"{realm_name}-reader.env")
    assert reader["KEYCLOAK_PUBLIC_URL"] == public
    assert "No changes." in realmctl("plan", realm, **reader).stdout
    failed = realmctl("plan", realm, expect=Exit.FAILED, **{**reader, "KEYCLOAK_PUBLIC_URL": ""})
    assert "Invalid token audience" in failed.stderr
    assert "set KEYCLOAK_PUBLIC_URL" in failed.stderr
