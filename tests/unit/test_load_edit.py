"""Edits of a text: what is asked for changes, and no other character does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from realmctl.config.yaml.edits import CannotEditError, edit_text, flow

CASES: dict[str, tuple[str, str, Any, str]] = {
    "a tab before a comment": (
        "r:\n  a: { d: x }\t# c\ns: 1\t# d\n",
        "r/a/d",
        "z",
        "r:\n  a: { d: z }\t# c\ns: 1\t# d\n",
    ),
    "a tab after a colon": ("r:\t{ a: { d: x } }\n", "r/a/d", "z", "r:\t{ a: { d: z } }\n"),
    "no date": ("a: 2024-13-45\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
    "a date in a list": ("a: [2024-13-45, x]\n", "a", ["2024-13-45", "z"], "a: [2024-13-45, z]\n"),
    "a text that YAML 1.1 took for more": ("a: [on, 0777, x]\n", "a", ["on", "0777", "z"], "a: [on, 0777, z]\n"),
    "a value left out in braces": ("a: { b: , c: 1 }\n", "a/b", "x", "a: { b: x , c: 1 }\n"),
    "a byte order mark": ("\ufeffa: 1\nb: { c: x }\n", "b/c", "z", "\ufeffa: 1\nb: { c: z }\n"),
    "a scalar, its comment stays": ("a: 1   # one\nb: 2\n", "a", 3, "a: 3   # one\nb: 2\n"),
    "a text that needs quotes": ("a: x\n", "a", "yes", 'a: "yes"\n'),
    "a text in quotes": ("a: 'x'  # why\n", "a", "z", "a: z  # why\n"),
    "nothing becomes something": ("a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
    "a bare name becomes a map": (
        "r:\n  one:\n  two:\n",
        "r/one/description",
        "x",
        "r:\n  one: { description: x }\n  two:\n",
    ),
    "something becomes nothing": ("a: { b: x, c: y }\n", "a/b", None, "a: { b: null, c: y }\n"),
    "in braces": ("r:\n  one: { a: x, b: y }  # two\n", "r/one/a", "z", "r:\n  one: { a: z, b: y }  # two\n"),
    "a key more in braces": ("r: { a: x }\n", "r/b", [1, "c,d"], 'r: { a: x, b: [1, "c,d"] }\n'),
    "a key more in braces over lines": ("r: {\n  a: x\n}\n", "r/b", 1, "r: {\n  a: x, b: 1\n}\n"),
    "a key in empty braces": ("r: {}\n", "r/b", 1, "r: { b: 1 }\n"),
    "a key more in a map": ("r:\n  a: x\n\n# next\ns: 1\n", "r/b", "z", "r:\n  a: x\n  b: z\n\n# next\ns: 1\n"),
    "a key more after a comment": ("r:\n  a: x  # why\ns: 1\n", "r/b", "z", "r:\n  a: x  # why\n  b: z\ns: 1\n"),
    "a section more": ("a: 1\n", "roles/extra", {}, "a: 1\nroles:\n  extra: {}\n"),
    "a section more without a line break": ("a: 1", "b", 2, "a: 1\nb: 2\n"),
    "an object of several lines": (
        "clients:\n  a: {}\n",
        "clients/b",
        {"redirectUris": ["https://b"], "roles": {"r": {}}},
        "clients:\n  a: {}\n  b:\n    redirectUris:\n      - https://b\n    roles:\n      r: {}\n",
    ),
    "a list in brackets": ("a: [x, y]  # two\n", "a", ["x"], "a: [x]  # two\n"),
    "an item goes, comments stay": (
        "a:\n  # first\n  - x\n  - y  # why\nb: 1\n",
        "a",
        ["y"],
        "a:\n  # first\n  - y  # why\nb: 1\n",
    ),
    "an item comes": ("a:\n  - x  # why\n\nb: 1\n", "a", ["x", "z"], "a:\n  - x  # why\n  - z\n\nb: 1\n"),
    "a list of lines without its dashes indented": ("a:\n- x\n- y\nb: 1\n", "a", ["x", "z"], "a:\n- x\n- z\nb: 1\n"),
    "a list in another order": ("a:\n  - x\n  - z\nb: 1\n", "a", ["z", "x"], "a:\n  - z\n  - x\nb: 1\n"),
    "a list of others": ("a:\n  - x\n  - z\nb: 1\n", "a", ["v"], "a: [v]\nb: 1\n"),
    "a list becomes empty": ("a:\n  - x\nb: 1\n", "a", [], "a: []\nb: 1\n"),
    "a text of several lines": ("a: |\n  x\n  y\n\nb: 1\n", "a", "z", "a: z\n\nb: 1\n"),
    "a folded text, last": ("b: 1\na: >-\n  x\n  y\n", "a", "z", "b: 1\na: z\n"),
    "a map by lines": ("a:\n  k: 1\n  l: 2\n# end\n", "a", {"k": 3}, "a: { k: 3 }\n# end\n"),
    "one value deep in a list": (
        "a:\n  - { b: 1, c: x }   # one\n  - b: 2   # two\n    c: z\n",
        "a",
        [{"b": 1, "c": "x"}, {"c": "z", "b": 3}],
        "a:\n  - { b: 1, c: x }   # one\n  - b: 3   # two\n    c: z\n",
    ),
    "a key with dots and blanks": ("a: { b.c: 1, 'd e': 2 }\n", "a/d e", 3, "a: { b.c: 1, 'd e': 3 }\n"),
    "letters beyond": ("a: Zürich  # ü\nb: 1\n", "b", "Genève", "a: Zürich  # ü\nb: Genève\n"),
    "below an alias's map": (
        "x: &x { k: 1 }\na:\n  <<: *x\n  l: 2\n",
        "a/k",
        3,
        "x: &x { k: 1 }\na:\n  <<: *x\n  l: 2\n  k: 3\n",
    ),
    "windows": ("a: 1\r\nb: 2\r\n", "a", 3, "a: 3\r\nb: 2\r\n"),
    "windows, a line more": ("a:\r\n  b: 1\r\n", "a/c", 3, "a:\r\n  b: 1\r\n  c: 3\r\n"),
    "an empty file": ("", "a/b", 1, "a: { b: 1 }\n"),
    "a file of comments": ("# only\n", "a", 1, "# only\na: 1\n"),
}


@pytest.mark.parametrize(("text", "path", "value", "after"), CASES.values(), ids=CASES)
def test_an_edit(text: str, path: str, value: Any, after: str) -> None:
    assert edit_text(text, path.split("/"), value) == after


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: &x 1\nb: *x\n", "a"),
        ("a: &x 1\nb: *x\n", "b"),
        ("a: !!str 1\n", "a"),
        ("a: $(env:A)\n", "a"),
        ("a: [x, $(env:A)]\n", "a"),
        ("a: x\n", "a/b"),
        ("- a\n", "a"),
        ("a: { b: 1 # why\n }\n", "a/c"),
        ("a: [1\nb: 2\n", "b"),
        ("a: *x\nb: 2\n", "b"),
    ],
)
def test_what_is_not_edited(text: str, path: str) -> None:
    with pytest.raises(CannotEditError):
        edit_text(text, path.split("/"), 2)


def test_a_key_that_begins_a_line_within_braces_is_no_block() -> None:
    after = edit_text("{a: {b: 1},\n  c: null}\n", ["c"], {"d": {"e": 1}})
    assert yaml.safe_load(after) == {"a": {"b": 1}, "c": {"d": {"e": 1}}}


names = st.text("ab.-: #'é", min_size=1, max_size=5).filter(lambda text: text == text.strip())
scalars = st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab1:#,[]{}&*!|>'\"%@`$- \n\té~", max_size=8)
values = st.recursive(
    scalars, lambda one: st.lists(one, max_size=3) | st.dictionaries(names, one, max_size=3), max_leaves=8
)
maps = st.dictionaries(names, values, min_size=1, max_size=4)


@given(maps, st.data(), st.sampled_from([True, False, None]))
def test_what_was_written_is_read_and_all_else_is_as_before(data: Any, drawn: Any, style: bool | None) -> None:
    text = yaml.safe_dump(data, default_flow_style=style, allow_unicode=True, sort_keys=False)
    path = [drawn.draw(st.sampled_from(sorted(data)) | names)]
    inner = data.get(path[0])
    if isinstance(inner, dict) and inner and drawn.draw(st.booleans()):
        path.append(drawn.draw(st.sampled_from(sorted(inner)) | names))
    value = drawn.draw(values)
    after = edit_text(text, path, value)
    expected = {**data, path[0]: value if len(path) == 1 else {**inner, path[1]: value}}
    assert yaml.safe_load(after) == expected, after


@given(values)
def test_a_value_in_brackets_is_read_as_it_is(value: Any) -> None:
    assert yaml.safe_load(f"a: [{flow(value)}, x]") == {"a": [value, "x"]}
