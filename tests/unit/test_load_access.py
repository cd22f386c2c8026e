"""What files may read: the options, saved plans, fleets, variable files, and a race."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from realmctl.cli.main import run
from realmctl.config.inputs.file_access import FILE_LIMIT, FileAccess, FileRefusedError
from realmctl.config.loader import Private, read_variables, resolve, resolve_option
from realmctl.config.loader.fleet import read_fleet
from realmctl.errors import BadConfig
from realmctl.export.secrets import Variables
from realmctl.model.address import Address
from realmctl.model.redaction import is_registered
from realmctl.model.secret import Secret

REALM = "realm: p\nroles: { a: { description: $(env:STRIPE) } }\n"


def git(folder: Path, *arguments: str) -> None:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo"
    (folder / "realms" / "p").mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "realms" / "p" / "realm.yaml").write_text(REALM)
    monkeypatch.chdir(folder)
    return folder


def test_options_hold_for_their_command_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRIPE", "canary-stripe")
    monkeypatch.setenv("REALMCTL_PUBLIC_VARIABLES", "OTHER")
    monkeypatch.delenv("REALMCTL_ALLOW_VARIABLES", raising=False)
    assert run(["validate", "--public-variables", "STRIPE", "--public-variables", "B_*", "realms"]) == 0
    assert "open-secret" not in capsys.readouterr().out
    assert os.environ["REALMCTL_PUBLIC_VARIABLES"] == "OTHER"
    assert run(["validate", "--allow-variables", "A,B", "realms"]) == 4
    assert "STRIPE is not in --allow-variables" in capsys.readouterr().out
    assert "REALMCTL_ALLOW_VARIABLES" not in os.environ
    assert run(["validate", "realms"]) == 0
    assert "counts as a secret (its name does not say that it holds none)" in capsys.readouterr().out


def test_a_reference_alone_reads_no_more_than_the_files_may(here: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary")
    (here / "untracked.txt").write_text("canary")
    environ = {"KEYCLOAK_CLIENT_SECRET": "canary", "OTHER": "canary", "REALMCTL_ALLOW_VARIABLES": "STRIPE"}
    for reference, why in {
        "$(file:/proc/self/environ)": "outside the repository",
        "$(file:../key)": "outside the repository",
        "$(file:.git/config)": "hidden",
        "$(file:untracked.txt)": "git does not track",
        "$(env:KEYCLOAK_CLIENT_SECRET)": "realmctl's own login",
        "$(env:OTHER)": "not in --allow-variables",
    }.items():
        with pytest.raises(BadConfig, match=why):
            resolve(reference, environ=environ, variables={})


def test_an_option_may_refer_to_anything(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("https://chat.example.org/x\n")
    assert resolve_option(f"$(file:{tmp_path}/hook)", {}) == "https://chat.example.org/x"
    assert resolve_option("$(env:REALMCTL_HOOK)", {"REALMCTL_HOOK": "x"}) == "x"


def test_a_folder_of_secrets_is_named_by_the_environment(here: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(f"canary-{name}\n")
    environ = {"REALMCTL_SECRETS_DIR": f"../one{os.pathsep}{tmp_path}/two"}
    for name in ("one", "two"):
        reference = f"$(file:{tmp_path}/{name}/key)"
        assert resolve(reference, environ=environ, variables={}) == f"canary-{name}"
        assert is_registered(f"canary-{name}")
        with pytest.raises(BadConfig):
            resolve(reference, environ={}, variables={})


def test_a_folder_that_becomes_a_link_is_not_followed(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the path and the opening of the file, somebody swaps a folder for a link out."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "key").write_text("canary")
    (here / ".secrets").mkdir()
    (here / ".secrets" / "key").write_text("mine")
    access = FileAccess(here)
    true = os.path.realpath

    def swapped(path: str, *rest: object, **more: object) -> str:
        real = true(path)
        if str(path).endswith("key"):
            (here / ".secrets").rename(here / "before")
            (here / ".secrets").symlink_to(tmp_path / "outside")
        return real

    monkeypatch.setattr(os.path, "realpath", swapped)
    with pytest.raises(FileRefusedError):
        access.read(here / ".secrets" / "key")


def test_the_limit_is_exact(here: Path) -> None:
    (here / ".secrets").mkdir()
    (here / ".secrets" / "a").write_text("x" * FILE_LIMIT)
    assert len(FileAccess(here).read(here / ".secrets" / "a").text) == FILE_LIMIT
    (here / ".secrets" / "a").write_text("x" * (FILE_LIMIT + 1))
    with pytest.raises(FileRefusedError, match="larger"):
        FileAccess(here).read(here / ".secrets" / "a")


def test_a_variable_file_that_git_keeps_is_shown(here: Path) -> None:
    (here / "vars.yaml").write_text("greeting: hello\nflag: true\n")
    assert {type(one) for one in read_variables(["vars.yaml"]).values()} == {Private}
    git(here, "add", "vars.yaml")
    assert {type(one) for one in read_variables(["vars.yaml"]).values()} == {str}
    (here / "vars.yaml").write_text("greeting: canary\n")
    assert {type(one) for one in read_variables(["vars.yaml"]).values()} == {Private}


def test_a_variable_file_may_be_a_pipe(here: Path) -> None:
    """As in a shell: --var-file <(sops decrypt vars.yaml)."""
    reading, writing = os.pipe()
    os.write(writing, b"greeting: canary\n")
    os.close(writing)
    try:
        assert read_variables([f"/dev/fd/{reading}"]) == {"greeting": Private("canary")}
    finally:
        os.close(reading)


def test_a_fleet_takes_no_secret(here: Path) -> None:
    (here / "fleet.yaml").write_text("servers: { a: { url: $(env:STRIPE), paths: [realms] } }\n")
    with pytest.raises(BadConfig, match=r"\$\(env:STRIPE\) counts as a secret") as caught:
        read_fleet("fleet.yaml", {"STRIPE": "https://canary.example.org"})
    assert "canary" not in "".join(map(str, caught.value.findings))
    (here / "fleet.yaml").write_text("servers: { a: { url: $(env:PROD_URL), paths: [realms] } }\n")
    (server,) = read_fleet("fleet.yaml", {"PROD_URL": "https://prod.example.org"})
    assert server.options["url"] == "https://prod.example.org"
    (here / "fleet.yaml").write_text("servers: { a: { url: $(file:/etc/hostname), paths: [realms] } }\n")
    with pytest.raises(BadConfig, match="outside the repository"):
        read_fleet("fleet.yaml", {})


def test_an_export_gives_no_variable_a_reserved_name() -> None:
    variables = Variables()
    for client in ("keycloak-proxy", "aws-console", "orders"):
        variables.referring(Address("client", (client,)), ("secret",), Secret("x"))
    names = [one.name for one in variables.found]
    assert names == ["REALM_KEYCLOAK_PROXY_CLIENT_SECRET", "REALM_AWS_CONSOLE_CLIENT_SECRET", "ORDERS_CLIENT_SECRET"]


def test_the_schema_knows_the_list() -> None:
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "realm.schema.json").read_text())
    assert "variables" in schema["properties"]
