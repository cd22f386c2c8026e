"""Every row of the table of refused values has its finding, and what works on a server is not refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from realmctl.config.checks.texts import SYNTAXES
from realmctl.config.loader import load
from realmctl.errors import BadConfig, Finding
from tests.cases.refused.row import KEPT, WORKS, Row, declared
from tests.cases.refused.rows import ROWS

OBJECTS = [row for row in ROWS if row.kind != "realm"]
SETTINGS = [row for row in ROWS if row.kind == "realm"]


def errors_of(folder: Path) -> list[Finding]:
    try:
        (config,) = load([folder], environ={})
    except BadConfig as error:
        return [one for one in error.findings if one.severity == "error"]
    return [one for one in config.findings if one.severity == "error"]


def verify(row: Row, found: list[Finding]) -> None:
    if row.rule:
        assert row.rule in [one.rule for one in found], (str(row), found)
        assert all(one.place and one.place.line for one in found)
    else:
        assert found == [], str(row)


def write(folder: Path, name: str, document: object) -> None:
    (folder / name).write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("row", SETTINGS, ids=str)
def test_a_setting_is_refused_by_its_rule(row: Row, tmp_path: Path) -> None:
    write(tmp_path, "realm.yaml", declared(row, ""))

    verify(row, errors_of(tmp_path))


def test_a_value_of_an_object_is_refused_by_its_rule(tmp_path: Path) -> None:
    """All objects in one realm, each in a file of its own: a realm takes a while to load."""
    write(tmp_path, "realm.yaml", {"realm": "r", "organizationsEnabled": True})
    for number, row in enumerate(OBJECTS):
        document = declared(row, row.name or f"object-{number}")
        del document["realm"]
        document.pop("organizationsEnabled", None)
        write(tmp_path, f"{number}.yaml", document)

    found = errors_of(tmp_path)

    for number, row in enumerate(OBJECTS):
        verify(row, [one for one in found if one.place and Path(one.place.file).name == f"{number}.yaml"])


def test_every_syntax_has_a_row() -> None:
    assert {row.syntax for row in ROWS} >= SYNTAXES


def test_what_works_is_refused_by_no_rule() -> None:
    assert [row for row in ROWS if row.does == WORKS and row.rule] == []
    assert [row for row in ROWS if row.does not in (WORKS, KEPT) and not row.rule and row.does != "no cors"] == []
