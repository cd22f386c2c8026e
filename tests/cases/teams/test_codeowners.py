"""CODEOWNERS: the order of its lines, escapes of each host, and what cannot be written."""

from __future__ import annotations

import pytest

from realmctl.config.teams.codeowners import CodeHost, OwnedRealm, codeowners
from realmctl.errors import UsageProblem
from realmctl.model.team import Team

TEAMS = {
    "platform": Team(owners=["@acme/platform", "ops@acme.example"]),
    "orders": Team(owners=["@acme/orders"], files=["orders.yaml", "new orders/*.yaml", "orders/"]),
}


def realm(folder: str = "realms/acme", teams: dict[str, Team] | None = None) -> OwnedRealm:
    return OwnedRealm(teams or TEAMS, folder, f"{folder}/realm.yaml".removeprefix("/"))


def owner(text: str, path: str) -> str:
    """The owners of a path, as both hosts find them: by the last line that matches."""
    import re

    found = ""
    for line in text.splitlines():
        if not line or line.startswith(("#", "[")):
            continue
        pattern, owners = re.split(r"(?<!\\) ", line, maxsplit=1)
        plain = pattern.replace("\\ ", " ").replace("\\#", "#")
        wanted = ".*" if plain == "*" else re.escape(plain.lstrip("/")).replace(r"\*", "[^/]*")
        if re.fullmatch(wanted + (".*" if plain.endswith("/") else ""), path):
            found = owners
    return found


@pytest.mark.parametrize("host", CodeHost)
@pytest.mark.parametrize(
    ("path", "team"),
    [
        ("README.md", "platform"),
        ("realms/acme/realm.yaml", "platform"),
        ("realms/acme/zzz.yaml", "platform"),
        ("realms/acme/orders.yaml", "orders"),
        ("realms/acme/orders/x/y.yaml", "orders"),
        ("realms/acme/new orders/x.yaml", "orders"),
        ("realms/acme/new orders/x/y.yaml", "platform"),
        ("other/orders.yaml", "platform"),
        (".github/CODEOWNERS", "platform"),
        ("CODEOWNERS", "platform"),
        ("ci/pull_request.py", "platform"),
    ],
)
def test_the_last_line_that_matches_is_the_owners(host: CodeHost, path: str, team: str) -> None:
    assert owner(codeowners([realm()], host), path) == " ".join(TEAMS[team].owners)


def test_a_team_whose_folder_is_that_of_the_pipelines_does_not_own_them() -> None:
    teams = {**TEAMS, "ci": Team(owners=["@acme/ci"], files=["ci/", "docs/"])}
    text = codeowners([realm("", teams)], CodeHost.GITHUB)
    assert owner(text, "ci/pull_request.py") == "@acme/platform ops@acme.example"
    assert owner(text, "docs/CODEOWNERS") == "@acme/platform ops@acme.example"
    assert owner(text, "docs/x.yaml") == "@acme/ci"


def test_two_realms_have_a_platform_each() -> None:
    other = {"platform": Team(owners=["@acme/other"])}
    text = codeowners([realm(), realm("realms/other", other)], CodeHost.GITHUB)
    assert owner(text, "realms/other/realm.yaml") == "@acme/other"
    assert owner(text, "realms/other/zzz.yaml") == "@acme/other"
    assert owner(text, "realms/acme/zzz.yaml") == "@acme/platform ops@acme.example"


def test_blanks_and_signs_are_escaped_as_each_host_reads_them() -> None:
    teams = {**TEAMS, "orders": Team(owners=["@acme/orders"], files=["a b.yaml", "c#.yaml"])}
    assert "/realms/acme/a\\ b.yaml @acme/orders\n/realms/acme/c\\#.yaml @acme/orders\n" in codeowners(
        [realm(teams=teams)], CodeHost.GITLAB
    )
    with pytest.raises(UsageProblem, match="can't be written in CODEOWNERS"):
        codeowners([realm(teams=teams)], CodeHost.GITHUB)


@pytest.mark.parametrize("folder", ["realms/[x]", "realms/*", "realms/a\nb"])
def test_a_folder_that_no_line_can_name_is_refused(folder: str) -> None:
    with pytest.raises(UsageProblem, match="CODEOWNERS"):
        codeowners([realm(folder)], CodeHost.GITHUB)


def test_an_owner_that_a_host_does_not_know_is_refused() -> None:
    teams = {"platform": Team(owners=["@acme/group/subgroup"])}
    assert "@acme/group/subgroup" in codeowners([realm(teams=teams)], CodeHost.GITLAB)
    with pytest.raises(UsageProblem, match="no owner that GitHub knows"):
        codeowners([realm(teams=teams)], CodeHost.GITHUB)


@pytest.mark.parametrize(
    "owner", ["acme", "@acme team", "@acme\n* @evil", "@", "@acme/", "a@b", "#", "@acme/orders @evil"]
)
def test_an_owner_is_a_handle_or_an_address(owner: str) -> None:
    with pytest.raises(ValueError, match="write a handle"):
        Team(owners=[owner])


@pytest.mark.parametrize(
    "file",
    [
        *("../realm.yaml", "/etc/x.yaml", "a/../b.yaml", "./a.yaml", "**/a.yaml", "a//b.yaml", ".hidden/", "a.txt"),
        *("", "*", "a\n.yaml", "!a.yaml", "[a].yaml", "a\\b.yaml"),
    ],
)
def test_a_file_is_a_path_below_the_folder(file: str) -> None:
    with pytest.raises(ValueError, match=r"write a path|realmctl reads"):
        Team(owners=["@a"], files=[file])
