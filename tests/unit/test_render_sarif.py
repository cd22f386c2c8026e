"""Findings as SARIF: valid by the published schema, in place, and the same finding on the next run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from realmctl.config.lint import RULES
from realmctl.errors import Finding, Place
from realmctl.render.sarif import sarif
from tests.cases.bad.test_cases import CASES

PUBLISHED = json.loads((Path(__file__).parent / "published" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
HOME = Path("/work tree")
ODD = Finding("unknown-key", "no [key] {0}\x1b", Place("realms/a b/é%.yaml", 3, 7), "write `x: {…}`")
DOUBT = Finding("ssl-none", "sslRequired is none", Place("/work tree/realms/r.yaml", 2), "say so", "warning")


def run(*findings: Finding) -> Any:
    document = json.loads(sarif(findings, RULES, folder=HOME))
    assert [error.message for error in Draft4Validator(PUBLISHED).iter_errors(document)] == []
    return document["runs"][0]


def fingerprints(*findings: Finding) -> list[str]:
    return [one["partialFingerprints"]["realmctlFinding/v1"] for one in run(*findings)["results"]]


def test_each_finding_stands_where_it_is_with_its_rule() -> None:
    found = run(ODD, DOUBT, Finding("no-realm", "nothing", Place("../else/x.yaml")), Finding("no-realm", "nowhere"))
    odd, doubt, outside, nowhere = found["results"]
    rules = found["tool"]["driver"]["rules"]
    for one in found["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert {"text"} <= rules[one["ruleIndex"]]["help"].keys()
    place = odd["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "realms/a%20b/%C3%A9%25.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert odd["message"]["text"] == "no [key] {0}\\x1b\nwrite `x: {…}`"
    assert (odd["level"], doubt["level"]) == ("error", "warning")
    assert doubt["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "realms/r.yaml"
    assert outside["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else/x.yaml"}
    assert "locations" not in nowhere


def test_file_names_that_are_no_text_are_told_by_their_bytes() -> None:
    below = Finding("no-realm", "not in b\udce9.yaml", Place("realms/b\udce9.yaml"))
    outside = Finding("no-realm", "nothing", Place("/else/b\udce9.yaml"))
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run(below, outside)["results"]]
    assert [place["uri"] for place in places] == ["realms/b%E9.yaml", "file:///else/b%E9.yaml"]


def test_a_rule_with_a_page_brings_it_along() -> None:
    rules = {one["id"]: one for one in run()["tool"]["driver"]["rules"]}
    assert list(rules) == list(RULES)
    for name, rule in RULES.items():
        assert rules[name]["fullDescription"]["text"] == rule.why
        assert all(part in rules[name]["help"]["markdown"] for part in (rule.instead, rule.source, f"allow {name}:"))


def test_a_finding_is_the_same_on_another_line_and_another_one_with_another_message() -> None:
    def said(line: int, message: str, file: str = "a.yaml") -> Finding:
        return Finding("declared-twice", message, Place(file, line))

    one = said(3, "'x' stands in b.yaml:7:3, too")
    (was,) = fingerprints(one)
    assert fingerprints(said(9, "'x' stands in b.yaml:12:3, too")) == [was]
    others = (said(3, "'y' stands in b.yaml:7:3, too"), said(3, one.message, "b.yaml"), one, one)
    assert len({was, *fingerprints(*others)}) == 4
    assert fingerprints(*others)[2] == was


@pytest.mark.parametrize("path", CASES[::6], ids=lambda path: path.stem)
def test_whatever_is_wrong_makes_a_valid_document(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    from tests.cases.bad.test_cases import content, findings_of

    case = yaml.safe_load(path.read_text())
    for name, said in case["files"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content(said))
    monkeypatch.chdir(tmp_path)
    found = findings_of(case)
    assert found
    assert len(run(*found)["results"]) == len(found)
