"""Bad input as data: every file in `cases` holds the files, the environment, and what must be found, and where."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import load
from realmctl.errors import BadConfig, Finding
from tests.support.case_file import case_paths, read_cases

CASES = case_paths(Path(__file__).parent / "cases")


def content(said: Any) -> bytes:
    """A file's bytes: plain text, `text`, `hex`, or a text to `repeat` so many `times`."""
    if isinstance(said, str):
        return said.encode()
    if "hex" in said:
        return bytes.fromhex(said["hex"])
    if "repeat" in said:
        return bytes(said["repeat"].encode() * said["times"])
    return bytes(said["text"].encode())


def findings_of(case: dict[str, Any]) -> tuple[Finding, ...]:
    said = case.get("environment", {})
    environment = {name: os.fsdecode(value) for name, value in said.items()}  # bytes as Python hands them over
    try:
        configs = load(["."], environ=environment, variables=case.get("variables", {}))
    except BadConfig as error:
        return error.findings
    return tuple(finding for config in configs for finding in config.findings)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bad_input_is_found_where_it_stands(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_cases(path)
    for name, said in case["files"].items():
        if "link" in said and not isinstance(said, str):
            (tmp_path / name).symlink_to(said["link"])
        else:
            (tmp_path / name).write_bytes(content(said))
    monkeypatch.chdir(tmp_path)

    found = findings_of(case)

    expected = sorted((one["at"], one["rule"]) for one in case["findings"])
    assert sorted((str(one.place), one.rule) for one in found) == expected, "\n".join(map(str, found))
    for one in case["findings"]:
        told = [str(f) for f in found if (str(f.place), f.rule) == (one["at"], one["rule"])]
        assert any(one["says"] in text for text in told), told
    assert "canary" not in "\n".join(map(str, found))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(case["files"]), "something ran"


def test_every_rule_has_a_case() -> None:
    """A rule that no case provokes is either dead or untested."""
    config = Path(__file__).parents[3] / "realmctl/config"
    sources = [one for room in ("loader", "yaml", "inputs", "checks") for one in (config / room).glob("*.py")]
    text = "".join(source.read_text() for source in sources)
    rules = {one["rule"] for path in CASES for one in read_cases(path)["findings"]}
    elsewhere = {"part-of-a-realm", "part-of-teams", "nothing-found", "unreadable", "bad-variable", "two-folders"}
    elsewhere |= {"bad-merge", "no-key"}
    elsewhere |= {"json-syntax"}  # of files of other tools alone, which `export --from` reads
    written = set(re.findall(r'Finding\(\s*"([a-z0-9-]+)"', text))
    assert written - elsewhere <= rules
