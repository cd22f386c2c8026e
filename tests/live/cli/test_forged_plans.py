"""No forged plan is applied, and none ends in a traceback: hundreds of them, through the command line itself, on a
real Keycloak, where the true plan is applied at last, as nothing had been changed until then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realmctl.cli.main import run
from realmctl.errors import Exit
from realmctl.workflow.saved_plan.document import Damaged, OtherFormat, parse
from tests.cases.policy.repository import commit, repository
from tests.conftest import Keycloak
from tests.live.cli.forgery import BYTES, WHOLE, at, mutations, paths_in

FIRST = """\
realm: {name}
deletions: {{limit: 5}}
roles:
  reader: {{description: Reads}}
  gone: {{}}
clients:
  api: {{secret: $(env:API_SECRET), publicClient: false, redirectUris: ["https://one.example.com/cb"]}}
"""
SECOND = FIRST.replace("Reads", "Reads all").replace("  gone: {{}}\n", "  new: {{}}\n").replace("one.", "two.")
Apply = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(keycloak: Keycloak, realm_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose realm is as its first commit says; `plan` holds the true plan of its second."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "realms").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in {**keycloak.environ(), "API_SECRET": "CANARY-api", "OF_THE_WRITER": "CANARY-writer"}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "realms" / "realm.yaml"
    file.write_text(FIRST.format(name=realm_name))
    assert run(["apply", "--auto-approve"]) == 0
    file.write_text(SECOND.format(name=realm_name))
    assert run(["plan", "--out", "plan"]) == 0
    return tmp_path


@pytest.fixture
def apply(folder: Path, capfd: pytest.CaptureFixture[str]) -> Apply:
    """Applies a forged plan; answers the exit code and what was printed."""

    def try_it(forged: Any = None, *options: str, file: str = "forged") -> tuple[int, str]:
        if forged is not None:
            (folder / file).write_bytes(forged if isinstance(forged, bytes) else json.dumps(forged).encode())
        capfd.readouterr()
        code = run(["apply", file, *(options or ("--files", "realms"))])
        said = "".join(capfd.readouterr())
        assert "Traceback" not in said
        assert "\x1b" not in said
        assert not any(line.startswith("::") for line in said.splitlines())
        assert "CANARY" not in said
        return code, said

    return try_it


def true_plan(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "plan").read_text())
    return document


def test_no_forged_plan_is_applied(folder: Path, apply: Apply, keycloak: Keycloak, realm_name: str) -> None:
    true = true_plan(folder)
    forged = [*mutations(true), *((name, forge(true)) for name, forge in WHOLE.items())]
    assert len(forged) > 500
    answers = {name: apply(document) for name, document in forged}
    wrong = {name: said for name, (code, said) in answers.items() if code not in (Exit.REFUSED, Exit.BAD_CONFIG)}
    assert wrong == {}
    assert {name for name in WHOLE if answers[name][0] == Exit.REFUSED} == {
        "another role", "a leak", "a leaked environment", "master", "a second realm", "no changes",
        "changes in another order", "a foreign owner", "a file more", "another file", "an old format", "a later format",
    }  # fmt: skip
    assert all("error: " in said for _, said in answers.values())
    with closing(keycloak.admin()) as admin:
        assert admin.get(realm_name, "roles", "reader")["description"] == "Reads"
    code, said = apply(true)
    assert (code, "Verified" in said) == (0, True), said


def test_no_odd_bytes_are_applied(folder: Path, apply: Apply) -> None:
    true = true_plan(folder)
    answers = {name: apply(forge(true))[0] for name, forge in BYTES.items()}
    assert set(answers.values()) == {Exit.BAD_CONFIG}, answers
    # Without `--files` the file may be taken for a realm's, and is wrong as that.
    answers = {name: apply(forge(true), "--auto-approve", file="forged.yaml")[0] for name, forge in BYTES.items()}
    assert set(answers.values()) == {Exit.BAD_CONFIG}, answers


def test_no_odd_file_is_applied(folder: Path, apply: Apply) -> None:
    os.mkfifo(folder / "fifo")
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to("loop")
    (folder / "large").write_bytes(b'{"realmctl": "saved plan"')
    os.truncate(folder / "large", 200_000_000)
    for name in ("fifo", "folder", "link", "loop", "large", "/dev/zero", "missing"):
        code, said = apply(None, "--files", "realms", file=name)
        assert (code, "the saved plan is damaged" in said) == (Exit.BAD_CONFIG, True), (name, said)
        assert "root:" not in said


def test_a_true_plan_that_is_applied_to_other_files_is_refused(folder: Path, apply: Apply, realm_name: str) -> None:
    true = true_plan(folder)
    (folder / "realms" / "team.yaml").write_text("roles: { backdoor: {} }\n")
    code, said = apply(true)
    assert (code, "made without realms/team.yaml" in said) == (Exit.REFUSED, True), said
    (folder / "realms" / "team.yaml").unlink()
    file = folder / "realms" / "realm.yaml"
    file.write_text(file.read_text().replace("limit: 5", "limit: 0"))
    code, said = apply(true, "--auto-approve")
    assert (code, "another version of realms/realm.yaml" in said) == (Exit.REFUSED, True), said


def test_a_variable_that_declares_something_else_is_refused(
    folder: Path, apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "realms" / "realm.yaml"
    file.write_text(file.read_text().replace("Reads all", "Reads $(env:WHAT:-all)"))
    assert run(["plan", "--out", "plan"]) == 0
    monkeypatch.setenv("WHAT", "nothing")
    code, said = apply(None, file="plan")
    assert (code, "declares role/reader" in said) == (Exit.REFUSED, True), said


@pytest.mark.parametrize(("text", "file"), [("$(file:../keys/part)", "keys/part"), ("$(var:part)", "vars.yaml")])
def test_what_a_secret_is_made_of_in_the_repository_is_reviewed_too(
    folder: Path, apply: Apply, text: str, file: str
) -> None:
    """A secret counts by its reference; what git keeps of it counts by its content."""
    (folder / ".git").rmdir()
    realm = folder / "realms" / "realm.yaml"
    realm.write_text(realm.read_text().replace("$(env:API_SECRET)", f"{text}$(env:API_SECRET)"))
    files = {"keys/part": "one\n", "vars.yaml": "part: one\n"}
    repository(folder, {"realms/realm.yaml": realm.read_text(), **files})
    var = ("--var-file", "vars.yaml")
    assert run(["plan", "--out", "plan", *var]) == 0
    commit(folder, {file: files[file].replace("one", "two")})
    code, said = apply(None, *var, file="plan")
    assert (code, f"another version of {file}" in said) == (Exit.REFUSED, True), said
    commit(folder, {file: files[file]})
    code, said = apply(None, *var, file="plan")
    assert (code, "CANARY" in said) == (0, False), said


def test_limits_are_those_of_the_files(folder: Path, apply: Apply) -> None:
    file = folder / "realms" / "realm.yaml"
    file.write_text(file.read_text().replace("limit: 5", "limit: 0"))
    assert run(["plan", "--out", "plan"]) == 0
    code, said = apply(None, file="plan")
    assert (code, "more than the limit of 0" in said) == (Exit.REFUSED, True), said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("$(env:HOME)"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SAMPLE: dict[str, Any] = {
    "realmctl": "saved plan", "format": 3, "version": "0.1.0", "paths": ["realms"],
    "files": [{"path": "realms/realm.yaml", "sha256": "0" * 64}],
    "realms": [{
        "realm": "p", "owner": "realmctl", "declared": {"role/a": "1" * 64}, "absent": {}, "createsRealm": False,
        "changes": [{
            "action": "create", "address": "role/a", "kind": "role", "names": ["a"], "renamedFrom": None,
            "protected": False,
            "fields": [{"path": "description", "compare": "value", "secret": False, "old": None, "new": "x"}],
        }],
    }],
}  # fmt: skip
PLACES = list(paths_in(SAMPLE))


def parsed(content: bytes) -> None:
    told = "a plan"
    try:
        parse(content)
    except (Damaged, OtherFormat) as error:
        told = str(error)
    assert told
    assert "\n" not in told


def documents() -> Iterator[st.SearchStrategy[bytes]]:
    yield st.binary(max_size=200)
    yield JSON.map(lambda value: json.dumps(value).encode())

    @st.composite
    def mutated(draw: st.DrawFn) -> bytes:
        document = json.loads(json.dumps(SAMPLE))
        for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
            try:
                at(document, path[:-1])[path[-1]] = draw(JSON)
            except (KeyError, IndexError, TypeError):
                continue  # An earlier mutation took that place away.
        return json.dumps(document).encode()

    yield mutated()


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(*documents()))
def test_whatever_the_bytes_are_they_are_a_plan_or_damaged(content: bytes) -> None:
    parsed(content)


def test_the_sample_is_a_plan() -> None:
    assert parse(json.dumps(SAMPLE).encode()).realms[0].realm == "p"
