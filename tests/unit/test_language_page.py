"""docs/language.md is true and complete: its examples load, and it names everything that may be said at the top."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.config.loader.management_keys import Frame
from realmctl.config.macros import WORDS
from realmctl.keycloak.catalog import catalogue
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.fields import Child, Link, marked_fields

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split(":")[0])
def test_an_example_loads(example: str, tmp_path: Path) -> None:
    named = "" if re.search(r"^realm:", example, re.MULTILINE) else "realm: example\n"
    environ = dict.fromkeys(re.findall(r"\$\(env:([A-Z0-9_]+)", example), "x")
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "partner.pem").write_text("MIIB", encoding="utf-8")
    (tmp_path / "realm.yaml").write_text(named + example, encoding="utf-8")
    (realm,) = load([tmp_path], environ=environ)
    assert realm.desired.resources


def test_everything_that_may_stand_at_the_top_is_named() -> None:
    top = {*Frame.model_fields, *WORDS, *marked_fields(realm_file(), Child)}
    links = set(marked_fields(realm_file(), Link))
    assert [name for name in sorted(top | links) if name not in PAGE] == []


@pytest.mark.parametrize("word", WORDS)
def test_every_key_of_a_word_is_in_its_table(word: str) -> None:
    section = PAGE.split(f"### {word}\n")[1].split("\n### ")[0].split("\n## ")[0]
    assert [name for name in WORDS[word].model.model_fields if f"`{name}`" not in section] == []


def test_the_version_it_speaks_of_is_the_catalogues() -> None:
    assert f"Keycloak {catalogue().version} ships" in PAGE
