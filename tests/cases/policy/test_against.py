"""The base of a change, in git and in folders: what is read of it, and what never runs or is never taken for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from realmctl.config.git import revision
from realmctl.config.git.revision import Repository, Revision
from realmctl.config.loader import load
from realmctl.errors import UsageProblem
from realmctl.model.sentence import Name
from realmctl.workflow import Base, BaseVariables, Compared, compared_with, read_base
from tests.cases.policy.repository import commit, git, repository, write
from tests.cases.policy.scene import FILES

REALM = {f"realms/platform/{name}": text for name, text in FILES.items()}
ENV = {"SECRET": "a-secret-of-the-test"}
OPENED = {"realms/platform/orders.yaml": FILES["orders.yaml"].replace("      - { roles: [reader] }\n", "")}
WEAKER = ["gateway-rule-weaker"] * 3


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree with the base committed, and a change beside it that is not."""
    folder = repository(tmp_path / "repo", REALM)
    write(folder, OPENED)
    monkeypatch.chdir(folder)
    return folder


def base(against: str, *paths: str, var_files: tuple[str, ...] = (), realms: tuple[str, ...] = ("platform",)) -> Base:
    return read_base(against, paths, realms, environ=ENV, variables=BaseVariables({}, var_files))


def compared(against: str, *paths: str, environ: dict[str, str] | None = None) -> Compared:
    configs = load(paths, environ=environ or ENV)
    return compared_with(base(against, *paths), configs)["platform"]


def around(folder: Path) -> Repository:
    found = Repository.around(folder)
    assert found is not None
    return found


def rules(found: Compared) -> list[str]:
    return [one.rule for one in found.dangers]


def test_a_dirty_work_tree_is_compared_with_a_commit(repo: Path) -> None:
    found = compared("HEAD")
    assert rules(found) == WEAKER
    assert found.against == "HEAD"
    assert str(found.dangers[0].place).startswith("realms/platform/orders.yaml:")


@pytest.mark.parametrize("name", ["main", "refs/heads/main", "HEAD", "@", "main~0", "ID", "SHORT"])
def test_a_commit_may_be_named_in_many_ways(repo: Path, name: str) -> None:
    id_ = git(repo, "rev-parse", "HEAD")
    assert rules(compared({"ID": id_, "SHORT": id_[:10]}.get(name, name))) == WEAKER


@pytest.mark.parametrize(
    "path", ["realms", "realms/platform", "realms/platform/realm.yaml", "./realms", "{repo}/realms"]
)
def test_the_base_has_the_same_paths(repo: Path, path: str) -> None:
    path = path.replace("{repo}", str(repo))
    found = base("HEAD", path)
    assert list(found.policies) == ["platform"]
    assert not found.problem


def test_below_the_root_and_in_a_linked_work_tree(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo / "realms")
    assert rules(compared("HEAD", "platform")) == WEAKER
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"), "HEAD")
    write(tmp_path / "linked", OPENED)
    monkeypatch.chdir(tmp_path / "linked")
    assert rules(compared("HEAD")) == WEAKER


def test_a_realm_in_another_folder_is_the_same_realm(repo: Path) -> None:
    commit(repo, {})
    git(repo, "mv", "realms/platform", "realms/renamed")
    found = compared("HEAD~1", "realms/renamed")
    assert rules(found) == WEAKER
    assert not [one for one in found.policy if "is new" in str(one)]


def test_a_realm_that_the_base_has_not_is_new(repo: Path) -> None:
    git(repo, "checkout", "-q", "--orphan", "empty")
    git(repo, "rm", "-rfq", ".")
    commit(repo, {"README.md": "nothing"})
    write(repo, REALM)
    found = compared("HEAD")
    assert found.policy[0][0] == "The realm "
    assert any("can now " in str(one) for one in found.policy)
    assert found.base is None


def test_a_realm_that_goes_is_said(repo: Path) -> None:
    commit(repo, {**REALM, "realms/other/realm.yaml": "realm: other\n"})
    git(repo, "rm", "-rq", "realms/other")
    found = compared("HEAD")
    assert rules(found) == ["guard-realm-released"]
    assert Name("other") in found.dangers[0].sentence


def test_a_base_that_does_not_load_is_unknown_and_said(repo: Path) -> None:
    commit(repo, {"realms/platform/realm.yaml": "realm: platform\nwrong: [\n"})
    write(repo, REALM)
    found = compared("HEAD")
    assert rules(found) == ["base-unknown"]
    assert "realms/platform/realm.yaml:" in str(found.dangers[0].sentence)
    assert "/tmp" not in str(found.dangers[0].sentence)
    assert found.against == ""


def test_the_base_needs_no_variable_of_its_own(repo: Path) -> None:
    old = (
        FILES["realm.yaml"]
        .replace("$(env:SECRET)", "$(env:GONE)")
        .replace("description: Reads", "description: $(var:gone)")
    )
    commit(repo, {**REALM, "realms/platform/realm.yaml": old})
    write(repo, REALM)
    assert "base-unknown" not in rules(compared("HEAD"))


def test_a_variable_file_is_read_as_the_base_has_it(repo: Path) -> None:
    rule = FILES["orders.yaml"].replace("roles: [reader]", "roles: [$(var:who)]")
    commit(repo, {"realms/platform/orders.yaml": rule, "vars.yaml": "who: reader\n"})
    write(repo, {"vars.yaml": "who: auditor\n"})
    configs = load((), environ=ENV, variables={"who": "auditor"})
    read = read_base("HEAD", (), ["platform"], environ=ENV, variables=BaseVariables({"who": "auditor"}, ["vars.yaml"]))
    assert set(rules(compared_with(read, configs)["platform"])) == {"gateway-rule-changed"}
    fixed = read_base(
        "HEAD", (), ["platform"], environ=ENV, variables=BaseVariables({"who": "auditor"}, ["vars.yaml"], ["who"])
    )
    assert rules(compared_with(fixed, configs)["platform"]) == []


def test_files_that_the_base_refers_to_come_along(repo: Path) -> None:
    old = FILES["realm.yaml"].replace("description: Reads", "description: $(file:../../texts/reads)")
    commit(repo, {"realms/platform/realm.yaml": old, "texts/reads": "Reads all", ".gitignore": ".secrets\n"})
    git(repo, "rm", "-q", "texts/reads")
    assert base("HEAD").problem == ""
    # A secret that git does not know is taken from the work tree: the same file that the head reads.
    commit(repo, {"realms/platform/realm.yaml": old.replace("texts/reads", ".secrets/reads")})
    write(repo, {".secrets/reads": "Reads all"})
    assert base("HEAD").problem == ""


def test_symbolic_links_and_submodules_of_the_base_are_left_out(repo: Path, tmp_path: Path) -> None:
    (repo / "realms/platform/link.yaml").symlink_to("/etc/passwd")
    (repo / "realms/elsewhere").symlink_to(tmp_path)
    other = repository(tmp_path / "other", {"evil.yaml": "realm: evil\n"})
    git(repo, "submodule", "add", "-q", str(other), "realms/module")
    commit(repo, {})
    with Revision(around(repo), "HEAD") as found:
        names = [str(one.path) for one in found.files(PurePosixPath("realms"))]
        assert names == ["realms/platform/orders.yaml", "realms/platform/realm.yaml"]
        assert list(found.files(PurePosixPath("realms/elsewhere/x"))) == []
        assert list(found.files(PurePosixPath("realms/platform/link.yaml"))) == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_what_is_written_is_a_work_tree_with_an_index(tmp_path: Path, algorithm: str) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", f"--object-format={algorithm}")
    commit(folder, {**REALM, f"realms/{'x' * 90}.yaml": "a", "b": "c"})
    made = tmp_path / "made"
    with Revision(around(folder), "HEAD") as found:
        found.write(list(found.files(PurePosixPath("realms"))), made)
        found.write_index(made)
    index = (made / ".git/index").read_bytes()
    git(made, "init", "-q", f"--object-format={algorithm}")
    (made / ".git/index").write_bytes(index)
    assert git(made, "ls-files", "-s") == git(folder, "ls-files", "-s", "realms")


def test_a_realm_in_a_submodule_has_another_base(repo: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", REALM)
    git(repo, "submodule", "add", "-q", str(other), "module")
    with pytest.raises(UsageProblem, match="in a repository of its own"):
        base("HEAD", "module/realms")


def test_what_looks_like_a_bare_repository_is_no_repository(repo: Path, tmp_path: Path) -> None:
    """A pull request may add such a folder; git's own search would ask it, with its settings."""
    git(repo, "init", "-q", "--bare", str(repo / "realms/platform/objects.git"))
    for one in (repo / "realms/platform/objects.git").iterdir():
        one.rename(repo / "realms/platform" / one.name)
    assert rules(compared("HEAD", "realms/platform")) == WEAKER


def test_a_folder_called_like_the_branch_is_never_the_base(repo: Path) -> None:
    write(repo, {f"origin/main/{name}": text for name, text in {**REALM, **OPENED}.items()})
    with pytest.raises(UsageProblem, match="no revision origin/main"):
        base("origin/main")


def test_a_tag_called_like_the_branch_is_refused(repo: Path, tmp_path: Path) -> None:
    git(repo, "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(repo, {})
    git(repo, "tag", "origin/main")
    with pytest.raises(UsageProblem, match="several meanings") as caught:
        base("origin/main")
    assert "refs/remotes/origin/main" in caught.value.advice
    assert rules(compared("refs/remotes/origin/main")) == WEAKER


@pytest.mark.parametrize(
    ("make", "asked"),
    [("tag origin/main", "origin/main"), ("tag base", "base"), ("branch origin/main", "origin/main"), ("tag a", "a~0")],
)
def test_a_name_that_could_be_the_authors_is_refused(repo: Path, make: str, asked: str) -> None:
    """Where the base is not in the clone, a pushed tag of its name must not stand in for it."""
    git(repo, *make.split())
    with pytest.raises(UsageProblem, match="and no branch of a remote"):
        base(asked)
    name = asked.partition("~")[0]
    assert base(f"refs/{'heads' if 'branch' in make else 'tags'}/{name}").problem == ""


def test_a_tag_called_like_a_position_changes_nothing(repo: Path) -> None:
    commit(repo, {})
    git(repo, "tag", "HEAD", "HEAD~1")
    git(repo, "update-ref", "FETCH_HEAD", "HEAD")
    git(repo, "update-ref", "refs/tags/FETCH_HEAD", "HEAD~1")
    assert rules(compared("HEAD")) == []
    assert rules(compared("FETCH_HEAD")) == []


def test_a_tag_called_like_a_short_id_is_refused(repo: Path) -> None:
    id_ = commit(repo, {})
    git(repo, "tag", id_[:8], "HEAD~1")
    with pytest.raises(UsageProblem, match="several meanings"):
        base(id_[:8])


@pytest.mark.parametrize(
    "name",
    ["--upload-pack=touch /tmp/x", "-h", "", "a b", "HEAD:realms", ":/message", "HEAD\nHEAD", "HEAD\0", "x*", "..\\x"],
)
def test_what_is_no_revision_is_refused_before_git_sees_it(repo: Path, name: str) -> None:
    with pytest.raises(UsageProblem, match="no name of a git revision"):
        base(name)


def test_a_shallow_clone_says_what_to_fetch(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repo, "branch", "topic")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=topic", f"file://{repo}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(UsageProblem) as caught:
        base("origin/main")
    assert "git fetch --depth=1 origin main" in caught.value.advice
    git(tmp_path / "shallow", "fetch", "-q", "--depth=1", "origin", "main")
    assert rules(compared("FETCH_HEAD")) == []


def test_a_path_outside_of_any_repository(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bare", REALM)
    with pytest.raises(UsageProblem, match="in no git work tree"):
        base("HEAD", str(tmp_path / "bare/realms"))
    monkeypatch.chdir(tmp_path / "bare")
    with pytest.raises(UsageProblem) as caught:
        base("HEAD")
    assert "--against ./FOLDER" in caught.value.advice


def test_the_environment_leads_to_no_other_repository(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = repository(tmp_path / "evil", {**REALM, **OPENED})
    for name, value in {
        "GIT_DIR": str(evil / ".git"),
        "GIT_WORK_TREE": str(evil),
        "GIT_OBJECT_DIRECTORY": str(evil / ".git/objects"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "alias.cat-file",
        "GIT_CONFIG_VALUE_0": "!false",
        "GIT_EXEC_PATH": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    assert rules(compared("HEAD")) == WEAKER


@pytest.fixture
def ran(tmp_path: Path) -> Iterator[Path]:
    """A program of the repository that notes that it ran."""
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    yield program
    assert not mark.exists()


def test_nothing_of_the_repository_runs(repo: Path, ran: Path) -> None:
    commit(repo, {".gitattributes": "*.yaml filter=evil diff=evil ident eol=crlf\n"})
    programs = "core.fsmonitor core.pager pager.cat-file core.sshCommand filter.evil.smudge filter.evil.process "
    programs += (
        "diff.evil.textconv core.alternateRefsCommand uploadpack.packObjectsHook credential.helper core.gitProxy"
    )
    for name in programs.split():
        git(repo, "config", name, str(ran))
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change"):
        (repo / ".git/hooks").mkdir(exist_ok=True)
        (repo / ".git/hooks" / hook).symlink_to(ran)
    assert "\r" not in FILES["realm.yaml"]
    with Revision(around(repo), "HEAD") as found:
        entries = list(found.files(PurePosixPath("realms/platform/realm.yaml")))
        assert found.text(entries[0]).decode() == FILES["realm.yaml"]


def test_a_missing_object_is_not_fetched(
    repo: Path, tmp_path: Path, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo}", "partial")
    folder = tmp_path / "partial"
    git(folder, "config", "remote.origin.uploadpack", str(ran))
    write(folder, REALM)
    monkeypatch.chdir(folder)
    with pytest.raises(UsageProblem):
        base("origin/main")


def test_replaced_objects_are_not_taken(repo: Path) -> None:
    real = git(repo, "rev-parse", "HEAD")
    evil = commit(repo, OPENED)
    git(repo, "reset", "-q", "--soft", real)
    git(repo, "replace", real, evil)
    assert rules(compared("HEAD")) == WEAKER


def test_sizes_are_bounded(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision, "LARGEST", 100)
    with pytest.raises(UsageProblem, match="larger than"):
        base("HEAD")
    monkeypatch.setattr(revision, "LARGEST", 1_000_000)
    monkeypatch.setattr(revision, "MOST", 100)
    with pytest.raises(UsageProblem, match="larger than"):
        base("HEAD")
    monkeypatch.setattr(revision, "MOST_FILES", 1)
    with pytest.raises(UsageProblem, match="more than 1"):
        base("HEAD")


def test_names_in_a_tree_lead_nowhere_else(repo: Path, tmp_path: Path) -> None:
    blob = git(repo, "hash-object", "-w", "realms/platform/realm.yaml")
    inner = "".join(f"100644 blob {blob}\t{name}\n" for name in ("a.yaml", "b\\c.yaml"))
    tree = os.popen(f"cd {repo} && printf '{inner}' | git mktree").read().strip()
    with Revision(around(repo), git(repo, "commit-tree", tree, "-m", "x")) as found:
        assert [str(one.path) for one in found.files(PurePosixPath())] == ["a.yaml"]


@pytest.mark.parametrize("name", ["./base", "../repo/base", "{repo}/base", "./base/realms", "./base/realms/platform"])
def test_a_folder_may_be_the_base(repo: Path, name: str) -> None:
    write(repo, {f"base/{path}": text for path, text in REALM.items()})
    found = compared(name.replace("{repo}", str(repo)))
    assert rules(found) == WEAKER


def test_a_folder_that_is_not_there(repo: Path) -> None:
    with pytest.raises(UsageProblem, match="there is no such folder"):
        base("./nowhere")


def test_only_new_findings_are_told_however_lines_move(repo: Path) -> None:
    spa = "  spa: { publicClient: true, standardFlowEnabled: true, redirectUris: [https://a.example.com/] }\n"
    commit(repo, {"realms/platform/more.yaml": f"clients:\n{spa}"})
    other = spa.replace("spa", "other")
    write(repo, {"realms/platform/more.yaml": f"# moved\n\nclients:\n{other}{spa}", **REALM})
    found = [(finding.rule, str(address)) for finding, address in compared("HEAD").findings]
    assert ("missing-pkce", "client/other") in found
    assert not [one for one in found if one[1] == "client/spa"]


def test_a_second_finding_of_the_same_words_is_new(repo: Path) -> None:
    from realmctl.errors import Finding, Place
    from realmctl.workflow import comparison_base as against

    one = Finding("r", "first at realms/a.yaml:3:1", Place("realms/a.yaml", 1))
    moved = Finding("r", "first at /tmp/x/realms/a.yaml:9:1", Place("/tmp/x/realms/a.yaml", 7))
    assert against._new([moved], [one]) == []
    assert against._new([moved], [one, one]) == [one]
