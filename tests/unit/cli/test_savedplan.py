"""Saved plans: they prove which files they were made of, hold no secret, and are refused when anything moved on."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realmctl.errors import BadConfig, Place, Refused, UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Desired, Limits, Written
from realmctl.model.secret import HIDDEN, Secret
from realmctl.workflow import Planned
from realmctl.workflow.saved_plan import Sources, is_saved, load, save, sources_of

CLIENT = Address("client", ("pro/xy",))
PLACE = Place("realms/p/realm.yaml", 4, 3)
FIELDS = {
    "secret": Secret("CANARY", "$(env:PROXY)-$(var:STAGE)"),
    "attributes": {"key": Secret("${vault.key}"), "$odd": {"$secret": "not one"}, "list": [1, 2.5, True, None, "x"]},
    "redirectUris": ["https://a/"],
}
SOURCES = Sources(("realms",), {"realms/p/realm.yaml": "a" * 64, "realms/p/team.yaml": "b" * 64})


def desired(**fields: object) -> Desired:
    declared = Declared(CLIENT, fields or FIELDS, Written(PLACE), Address("client", ("old",)), protected=True)
    gone = Address("role", ("gone",))
    absent = {gone: Declared(gone, {}, Written(PLACE), absent=True)}
    return Desired("platform", {CLIENT: declared}, "team", Limits(2, 0.5), frozenset({"role"}), absent)


def plan(*uris: str) -> Plan:
    fields = (
        FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
        FieldChange("redirectUris", list(uris), ["https://a/"], Compare.SET),
    )
    return Plan("platform", (Change(Action.UPDATE, CLIENT, fields, PLACE, notes=("told",)),))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    save(path, [Planned(desired(), plan("https://old/"))], SOURCES)
    return path


def test_the_same_files_pass_whatever_their_secrets_are(file: Path) -> None:
    rotated = desired(**{**FIELDS, "secret": Secret("other", "$(env:PROXY)-$(var:STAGE)")})
    load(file).check_files(SOURCES, [rotated])


OTHER_FILES: dict[str, tuple[dict[str, str], str]] = {
    "changed": ({**SOURCES.files, "realms/p/team.yaml": "c" * 64}, "another version of realms/p/team.yaml"),
    "left out": ({"realms/p/team.yaml": "b" * 64}, "made of realms/p/realm.yaml as well"),
    "one more": ({**SOURCES.files, "realms/p/new.yaml": "c" * 64}, "made without realms/p/new.yaml"),
    "others": ({"realms/q/realm.yaml": "a" * 64}, "made of realms/p/realm.yaml as well"),
}


@pytest.mark.parametrize(("files", "told"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_other_files_are_refused_by_name(file: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(Refused, match=told):
        load(file).check_files(Sources(("realms",), files), [desired()])


def changed(**fields: Any) -> Desired:
    return desired(**{**FIELDS, **fields})


OTHER_DECLARATIONS: dict[str, tuple[tuple[Desired, ...], str]] = {
    "a field": ((changed(redirectUris=["https://b/"]),), "declares client/pro%2Fxy"),
    "a type": ((changed(attributes={"list": [True, 2.5, 1]}),), "declares client/pro%2Fxy"),
    "another variable": ((changed(secret=Secret("CANARY", "$(env:OTHER)")),), "declares client/pro%2Fxy"),
    "an owner": ((replace(desired(), owner="other"),), "names the owner team"),
    "nothing absent": ((replace(desired(), absent={}),), "declares role/gone"),
    "one object less": ((replace(desired(), resources={}),), "declares client/pro%2Fxy"),
    "another realm": ((replace(desired(), realm="master"),), "does not plan the realm master"),
    "a second realm": ((desired(), replace(desired(), realm="second")), "does not plan the realm second"),
    "no realm": ((), "plans the realm platform, which the files do not declare"),
}


@pytest.mark.parametrize(("realms", "told"), OTHER_DECLARATIONS.values(), ids=OTHER_DECLARATIONS)
def test_other_declarations_are_refused_by_address(file: Path, realms: tuple[Desired, ...], told: str) -> None:
    with pytest.raises(Refused, match=told):
        load(file).check_files(SOURCES, realms)


def test_the_limits_of_a_saved_plan_are_not_even_written(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert set(document["realms"][0]) == {"realm", "owner", "declared", "absent", "createsRealm", "changes"}


def test_the_same_plan_passes_wherever_it_was_declared_and_whatever_it_costs(file: Path) -> None:
    now = plan("https://old/")
    moved = replace(now.changes[0], place=Place("elsewhere.yaml"), notes=("other",))
    load(file).check([replace(now, changes=(moved,), unmanaged=(Address("role", ("x",)),))])


@pytest.mark.parametrize(
    "now",
    [
        plan("https://changed-by-hand/"),
        replace(plan("https://old/"), creates_realm=True),
        replace(plan("https://old/"), changes=()),
        replace(plan("https://old/"), changes=(*plan("https://old/").changes, Change(Action.DELETE, CLIENT))),
    ],
)
def test_a_realm_that_moved_on_is_refused(file: Path, now: Plan) -> None:
    with pytest.raises(Refused, match="moved on") as caught:
        load(file).check([now])
    assert ("client/pro%2Fxy" in str(caught.value)) == (now.changes != plan("https://old/").changes)


def test_a_realm_that_is_missing_from_the_new_plans_is_refused(file: Path) -> None:
    with pytest.raises(Refused, match="moved on"):
        load(file).check([replace(plan("https://old/"), realm="other")])


def test_no_secret_is_in_the_file_and_only_its_owner_may_read_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "CANARY" not in text
    assert "$(env:" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_was_there_becomes_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    save(path, [Planned(desired(), plan())], SOURCES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_in_clear_text_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="clear text") as caught:
        save(tmp_path / "plan.json", [Planned(desired(config={"deep": [Secret("CANARY")]}), plan())], SOURCES)
    assert str(PLACE) in str(caught.value)
    assert "CANARY" not in str(caught.value) + caught.value.advice
    assert not (tmp_path / "plan.json").exists()


def test_only_a_saved_plan_is_taken_for_one(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "realm.json"
    other.write_text('{"realm": "x"}', encoding="utf-8")
    os.mkfifo(tmp_path / "fifo")
    assert is_saved(file)
    assert not is_saved(other)
    assert not is_saved(tmp_path)
    assert not is_saved(tmp_path / "fifo")
    assert not is_saved(tmp_path / "missing")


def test_another_format_is_refused(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    for other in (1, 2, 99):
        file.write_text(json.dumps({**document, "format": other}), encoding="utf-8")
        with pytest.raises(Refused, match=r"another format"):
            load(file)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot write"):
        save(tmp_path / "missing" / "plan.json", [Planned(desired(), plan())], SOURCES)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "realms" / "p").mkdir(parents=True)
    (root / "realms" / "p" / "realm.yaml").write_text("realm: p\n")
    monkeypatch.chdir(root)
    return root


def recorded(repository: Path, *paths: str) -> tuple[str, ...]:
    where = repository.parent / "plan"
    save(where, [Planned(desired(), plan())], Sources(paths, SOURCES.files))
    return load(where).paths()


def test_paths_are_those_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_root = sources_of((), ["realms/p/realm.yaml"])
    monkeypatch.chdir(repository / "realms")
    assert sources_of([".."], [f"{repository}/realms/p/../p/realm.yaml"]) == replace(from_root, paths=(".",))
    assert from_root.paths == ("realms",)
    assert list(from_root.files) == ["realms/p/realm.yaml"]
    assert recorded(repository, "realms/p") == ("p",)


@pytest.mark.parametrize("path", ["/etc", "../elsewhere", "realms/../../elsewhere", "out"])
def test_a_plan_leads_to_no_file_outside_of_the_repository(repository: Path, path: str) -> None:
    (repository.parent / "elsewhere").mkdir()
    (repository / "out").symlink_to(repository.parent / "elsewhere")
    with pytest.raises(Refused, match="outside of this repository"):
        recorded(repository, path)


def test_without_its_files_a_plan_is_refused(repository: Path) -> None:
    with pytest.raises(Refused, match="made of elsewhere, which is not in"):
        recorded(repository, "elsewhere")


def test_a_damaged_file_is_named(file: Path) -> None:
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(BadConfig, match="damaged"):
        load(file)
