"""Nested values: which elements differ, in which order, without secrets; and when deepdiff is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realmctl.engine.plan.nested_diff import NOTHING, Difference, Label, leaves, nested_differences
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import MASK, Secret, register
from realmctl.render.change_lines import details
from realmctl.render.plan_json import json_

ROOT = Path(__file__).parents[2]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.sampled_from(["a", "b##c", "b##d", '{"a": 1}', '{"a":1}', "[1]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("ab"), inner, max_size=3)
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3).map(
            lambda items: [{"name": name, "value": item} for name, item in items.items()]
        )
    ),
)


def lines(old: Any, new: Any) -> list[str]:
    return list(details(Change(Action.UPDATE, Address("client", ("c",)), (FieldChange("f", old, new),))))


@given(VALUES, VALUES)
def test_there_is_a_difference_exactly_where_json_differs(old: Any, new: Any) -> None:
    assert bool(nested_differences(old, new)) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))


def test_elements_of_a_list_are_matched_by_name() -> None:
    old = [{"alias": f"a{number}", "on": True} for number in range(40)]
    new = [{"alias": "first", "on": True}, *old[:20], {"alias": "a20", "on": False}, *old[21:39]]
    assert nested_differences(old, new) == [
        Difference((Label("a20"), "on"), True, False),
        Difference((Label("a39"),), {"alias": "a39", "on": True}, NOTHING),
        Difference((Label("first"),), NOTHING, {"alias": "first", "on": True}),
    ]


def test_objects_without_a_name_are_matched_by_content_then_by_position() -> None:
    assert lines([{"x": 1}, {"x": 2}, {"x": 3}], [{"x": 9}, {"x": 1}, {"x": 2}]) == [
        "f[].x: 3 → (removed)",
        "f[].x: unset → 9",
    ]
    assert lines([{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 5}]) == ["f[2].x: 2 → 5"]
    assert lines([{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 1}]) == ['f (order): "1, 2" → "2, 1"']


def test_a_long_list_that_was_unset_is_shown_by_element() -> None:
    uris = [{"name": f"n{number}", "uri": f"https://{number}.example.com"} for number in range(30)]
    assert lines(None, uris)[-1] == 'f[n29].uri: unset → "https://29.example.com"'
    assert lines(uris, None)[-1] == 'f[n29].uri: "https://29.example.com" → (removed)'
    assert lines(None, ["a"]) == ['f: unset → ["a"]']


def test_a_list_beside_a_list_without_names_is_matched_by_content() -> None:
    assert lines([{"name": "a"}, {"name": "b"}], [{"name": "b"}, "c"]) == ['f[].name: "a" → (removed)', 'f: +"c"']


def test_keys_of_python_and_types_are_told_apart() -> None:
    assert lines({"__a": 1, "b": 1, "c": 1.0}, {"__a": 2, "b": True, "c": 1}) == [
        "f.__a: 1 → 2",
        "f.b: 1 → true",
        "f.c: 1.0 → 1",
    ]


def test_deepdiff_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    import deepdiff

    seen: list[str] = []
    original = deepdiff.DeepDiff

    def spy(old: Any, new: Any, **options: Any) -> Any:
        seen.append(repr((old, new)))
        return original(old, new, **options)

    monkeypatch.setattr(deepdiff, "DeepDiff", spy)
    for value in ("CANARY-first-1", "CANARY-second-2", "CANARY-key-3"):
        register(value)
    old = {
        "a": "x CANARY-first-1",
        "b": Secret("CANARY-4"),
        "CANARY-key-3": 1,
        "c": '{"d": "CANARY-first-1"}',
        "m": MASK,
    }
    new = {
        "a": "x CANARY-second-2",
        "b": Secret("CANARY-5"),
        "CANARY-key-3": 2,
        "c": '{"d": "CANARY-second-2"}',
        "m": "n",
    }
    found = nested_differences(old, new)
    assert seen
    assert "CANARY" not in repr((seen, found, lines(old, new)))
    assert [one.path for one in found] == [("a",), ("(secret)",), ("c", "d"), ("m",)]


def test_leaves_are_the_single_values() -> None:
    assert list(leaves({"a": [{"name": "x", "v": [1, []]}], "b": {}, "c": "p##q"})) == [
        (("a", "x", "name"), "x"),
        (("a", "x", "v", "1"), 1),
        (("a", "x", "v", "2"), []),
        (("b",), {}),
        (("c", "1"), "p"),
        (("c", "2"), "q"),
    ]


def test_json_has_the_elements() -> None:
    old = {"l": [{"name": "a", "v": 1}, {"name": "b"}, {"name": "d"}]}
    new = {"l": [{"name": "d"}, {"name": "a", "v": 2}, {"name": "c"}]}
    fields = (FieldChange("f", old, new), FieldChange("g", 1, 2), FieldChange("s", ["a"], ["b"], Compare.SET))
    plan = Plan("p", (Change(Action.UPDATE, Address("client", ("c",)), fields),))
    first, *others = json.loads(json_([plan]))["realms"][0]["changes"][0]["fields"]
    assert first["elements"] == [
        {"path": ["l", "a", "v"], "old": 1, "new": 2},
        {"path": ["l", "b"], "old": {"name": "b"}},
        {"path": ["l", "c"], "new": {"name": "c"}},
        {"path": ["l"], "old": ["a", "d"], "new": ["d", "a"], "order": True},
    ]
    assert not any("elements" in field for field in others)


@pytest.mark.parametrize(
    ("old", "new", "loaded"),
    [(1, 2, False), (["a"], ["b"], False), (None, {"a": {"b": 1}}, False), ({"a": 1}, {"a": 2}, True)],
)
def test_deepdiff_is_loaded_for_nested_values_alone(old: Any, new: Any, *, loaded: bool) -> None:
    compare = "SET" if isinstance(old, list) else "VALUE"
    program = f"""
import sys
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text
field = FieldChange("f", {old!r}, {new!r}, Compare.{compare})
plan = Plan("p", (Change(Action.UPDATE, Address("client", ("c",)), (field,)),))
text([plan]), json_([plan]), markdown([plan])
assert ("deepdiff" in sys.modules) is {loaded}
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
