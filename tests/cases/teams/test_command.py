"""`realmctl teams` on the example platform, and what a team's file may silence and take over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from realmctl.cli.main import cli
from realmctl.config.loader import load
from realmctl.config.loader.rewrite import rewriting
from realmctl.errors import Exit, RealmctlError
from realmctl.model.address import Address
from realmctl.model.drift import Edit
from realmctl.workflow import linted
from tests.cases.teams.conftest import lay

EXAMPLE = str(Path(__file__).parents[3] / "realms" / "platform")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["teams", *arguments, "--assume-env"], standalone_mode=False)


def test_it_shows_who_may_declare_what() -> None:
    done = run(EXAMPLE)
    assert done.return_value == Exit.OK
    for part in ("Realm platform", "@example/orders-team (#orders)", "may declare everything", "orders-reader"):
        assert part in done.output


def test_json_has_every_team_with_its_files_and_bounds() -> None:
    (realm,) = json.loads(run(EXAMPLE, "-o", "json").output)["realms"]
    teams = {one["name"]: one for one in realm["teams"]}
    assert teams["platform"]["may"] is None
    assert teams["billing"]["may"]["grants"] == ["orders-reader"]
    assert teams["billing"]["files"] == [f"{EXAMPLE}/billing.yaml"]


@pytest.mark.parametrize(
    ("name", "team"),
    [
        (f"{EXAMPLE}/orders.yaml", "orders"),
        (f"{EXAMPLE}/realm.yaml", "platform"),
        ("role/orders-new", "orders"),
        ("client-role/billing-api/pay", "billing"),
        ("group/orders-team/leads", "orders"),
        ("audience/billing-api", "billing"),
        ("role/platform-admin", "platform"),
    ],
)
def test_it_says_whom_to_ask(name: str, team: str) -> None:
    assert run(EXAMPLE, "--of", name).output.startswith(f"platform: {team}, @example/{team}-team")


def test_a_name_that_is_neither_a_file_nor_an_object_is_refused() -> None:
    assert isinstance(run(EXAMPLE, "--of", "order.yaml").exception, RealmctlError)


def test_a_stale_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "CODEOWNERS"
    assert run(EXAMPLE, "--codeowners", "github", "--out", str(file)).return_value == Exit.OK
    assert run(EXAMPLE, "--codeowners", "github", "--check", str(file)).return_value == Exit.OK
    file.write_text(file.read_text().replace("@example/orders-team", "@evil"))
    done = run(EXAMPLE, "--codeowners", "github", "--check", str(file))
    assert done.return_value == Exit.DIFFERENT
    assert "-/realms/platform/orders.yaml @evil\n+/realms/platform/orders.yaml @example/orders-team" in done.output
    assert f"--codeowners github --out {file}" in done.output


def test_a_realm_without_teams_is_told(tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text("realm: r\n")
    error = run(str(tmp_path)).exception
    assert isinstance(error, RealmctlError)
    assert error.exit_code == Exit.USAGE


COMMENTED = """\
clients:
  orders-app:  # realmctl: allow missing-pkce: the library is old
    publicClient: true
    fullScopeAllowed: false
    redirectUris: ["https://apps.acme.example/orders/cb"]
"""


@pytest.mark.parametrize("silence", ["", ", silence: [missing-pkce]"])
def test_a_comment_counts_where_the_platform_lets_it(silence: str, tmp_path: Path) -> None:
    lay(tmp_path, {"orders/new.yaml": COMMENTED})
    own = tmp_path / "realm.yaml"
    own.write_text(own.read_text().replace("{ prefixes: [orders] }", f"{{ prefixes: [orders]{silence} }}"))
    found = linted(load([tmp_path], environ={}), [])
    assert any(one.rule == "missing-pkce" for one in found) == (not silence)
    refused = [one for one in found if one.rule == "outside-bounds"]
    assert [(str(one.place), one.severity) for one in refused] == (
        [] if silence else [(f"{tmp_path}/orders/new.yaml:2:16", "warning")]
    )


def test_a_new_object_is_taken_over_into_the_platforms_file(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"realm.yaml": REALM_WITHOUT_GROUPS, "more.yaml": "displayName: Acme\n", "billing.yaml": "tests: {}\n"},
    )
    (config,) = load([tmp_path], environ={})
    home = ("groups", "warehouse")
    files = rewriting(config, [Edit(Address("group", ("warehouse",)), "", home, {"description": "Found"}, home)])
    assert files.files == f"{tmp_path}/realm.yaml"


REALM_WITHOUT_GROUPS = """\
realm: acme
teams:
  platform: { owners: ["@acme/platform"], files: [more.yaml] }
  orders: { owners: ["@acme/orders"], files: [orders.yaml], may: { prefixes: [orders] } }
  billing: { owners: ["@acme/billing"], files: [billing.yaml], may: { prefixes: [billing] } }
"""
