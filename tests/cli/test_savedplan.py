"""Saved plans: they come back as they were, hold no secret, and are refused when the realm has moved on."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from realmctl.errors import BadConfig, Place, Refused, UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Desired, Limits, Written
from realmctl.model.secret import HIDDEN, Secret
from realmctl.savedplan import is_saved, load, save
from realmctl.workflow import Planned

CLIENT = Address("client", ("pro/xy",))
PLACE = Place("realms/p/realm.yaml", 4, 3)
FIELDS = {
    "secret": Secret("CANARY", "$(env:PROXY)-$(var:STAGE)"),
    "attributes": {"key": Secret("${vault.key}"), "$odd": {"$secret": "not one"}, "list": [1, 2.5, True, None, "x"]},
    "redirectUris": ["https://a/"],
}
ENVIRON = {"PROXY": "CANARY"}
VARIABLES = {"STAGE": "test"}


def desired(**fields: object) -> Desired:
    declared = Declared(CLIENT, fields or FIELDS, Written(PLACE), Address("client", ("old",)), protected=True)
    return Desired("platform", {CLIENT: declared}, "team", Limits(2, 0.5), frozenset({"role"}))


def plan(*uris: str) -> Plan:
    fields = (
        FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
        FieldChange("redirectUris", list(uris), ["https://a/"], Compare.SET),
    )
    return Plan("platform", (Change(Action.UPDATE, CLIENT, fields, PLACE, notes=("told",)),))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    save(path, [Planned(desired(), plan("https://old/"))])
    return path


def test_it_comes_back_as_it_was(file: Path) -> None:
    saved = load(file, environ=ENVIRON, variables=VARIABLES)
    (back,) = saved.desired
    one, want = back.resources[CLIENT], desired().resources[CLIENT]
    assert one.fields == {**FIELDS, "secret": Secret("CANARY-test", "$(env:PROXY)-$(var:STAGE)")}
    assert one.fields["secret"].reference == "$(env:PROXY)-$(var:STAGE)"
    assert one.fields["attributes"]["key"].reveal() == "${vault.key}"
    assert (one.address, one.renamed_from, one.protected) == (want.address, want.renamed_from, want.protected)
    assert one.origin.place("secret") == PLACE
    assert (back.realm, back.owner, back.limits, back.prune) == (
        "platform",
        "team",
        Limits(2, 0.5),
        frozenset({"role"}),
    )


def test_the_same_plan_passes_wherever_it_was_declared_and_whatever_it_costs(file: Path) -> None:
    saved = load(file, environ=ENVIRON, variables=VARIABLES)
    now = plan("https://old/")
    moved = replace(now.changes[0], place=Place("elsewhere.yaml"), notes=("other",))
    saved.check([replace(now, changes=(moved,), unmanaged=(Address("role", ("x",)),))])


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
    saved = load(file, environ=ENVIRON, variables=VARIABLES)
    with pytest.raises(Refused, match="moved on") as caught:
        saved.check([now])
    assert ("client/pro%2Fxy" in str(caught.value)) == (now.changes != plan("https://old/").changes)


def test_a_realm_that_is_missing_from_the_new_plans_is_refused(file: Path) -> None:
    with pytest.raises(Refused, match="moved on"):
        load(file, environ=ENVIRON, variables=VARIABLES).check([replace(plan("https://old/"), realm="other")])


def test_no_secret_is_in_the_file_and_only_its_owner_may_read_it(file: Path) -> None:
    assert "CANARY" not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_was_there_becomes_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    save(path, [Planned(desired(), plan())])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_in_clear_text_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="clear text") as caught:
        save(tmp_path / "plan.json", [Planned(desired(config={"deep": [Secret("CANARY")]}), plan())])
    assert str(PLACE) in str(caught.value)
    assert "CANARY" not in str(caught.value) + caught.value.advice
    assert not (tmp_path / "plan.json").exists()


def test_a_reference_that_leads_nowhere_now_is_bad_configuration(file: Path) -> None:
    with pytest.raises(BadConfig, match="PROXY"):
        load(file, environ={}, variables=VARIABLES)


def test_only_a_saved_plan_is_taken_for_one(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "realm.json"
    other.write_text('{"realm": "x"}', encoding="utf-8")
    assert is_saved(file)
    assert not is_saved(other)
    assert not is_saved(tmp_path)
    assert not is_saved(tmp_path / "missing")


def test_a_damaged_file_is_named(file: Path) -> None:
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(BadConfig, match="damaged"):
        load(file, environ=ENVIRON, variables=VARIABLES)
    document = json.loads(whole)
    del document["realms"][0]["resources"][0]["address"]
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadConfig, match="damaged"):
        load(file, environ=ENVIRON, variables=VARIABLES)


def test_another_format_is_refused(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**document, "format": 99}), encoding="utf-8")
    with pytest.raises(Refused, match="another format"):
        load(file, environ=ENVIRON, variables=VARIABLES)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot write"):
        save(tmp_path / "missing" / "plan.json", [Planned(desired(), plan())])
