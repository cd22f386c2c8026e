"""Teams as data: what a file of the team `orders` says, and the errors that it has to have, each with its place.

A case adds a file `orders/new.yaml` (`new`) to the realm in `base`, or says in `files` what whole files are.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import load
from realmctl.errors import BadConfig, Finding
from tests.support.case_file import read_case_list

HERE = Path(__file__).parent
ATTACKS = [
    pytest.param(case, id=f"{path.stem}-{case['name']}")
    for path in sorted((HERE / "cases").glob("attack-*.yaml"))
    for case in read_case_list(path)
]
HARMLESS = [pytest.param(case, id=case["name"]) for case in read_case_list(HERE / "cases" / "harmless.yaml")]


def errors_of(case: dict[str, Any], folder: Path) -> list[Finding]:
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    files = {**case.get("files", {}), **({"orders/new.yaml": case["new"]} if "new" in case else {})}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if bounds := case.get("may"):
        path = folder / "realm.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("{ prefixes: [orders] }", f"{{ prefixes: [orders], {bounds} }}"), encoding="utf-8")
    for name, target in case.get("links", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)
    try:
        load(["."], environ={"ORDERS_SECRET": "canary-orders", "GATEWAY_SECRET": "canary-gateway"})
    except BadConfig as error:
        return [one for one in error.findings if one.severity == "error"]
    return []


OURS = ("outside-bounds", "unowned-file", "team-files", "bad-team", "teams-place", "link-refused")


@pytest.mark.parametrize("case", ATTACKS)
def test_a_declaration_out_of_bounds_is_an_error(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = [one for one in errors_of(case, tmp_path) if one.rule in OURS]
    told = "\n".join(map(str, found))
    expected = [(error.split(" ", 1)[0], error.split(" ", 1)[1]) for error in case["errors"]]
    assert sorted(str(one.place) for one in found) == sorted(place for place, _ in expected), told
    for one in found:
        assert any(place == str(one.place) and part in one.message for place, part in expected), told
        assert one.advice, told
    assert "canary" not in told


@pytest.mark.parametrize("case", HARMLESS)
def test_a_declaration_within_bounds_is_none(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = errors_of(case, tmp_path)
    assert not found, "\n".join(map(str, found))


def test_there_are_enough_cases() -> None:
    assert len(ATTACKS) >= 60
    assert len(HARMLESS) >= 30
