"""Walks over nested values that hold secrets."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from realmctl.model.secret import HIDDEN, Secret
from realmctl.model.secret_values import has_secret, hide_secrets, replace_secrets, reveal_secrets, secrets_in

ONE, OTHER = Secret("first-value"), Secret("second-value")
NESTED: dict[str, Any] = {"a": ONE, "b": {"c.d": ["x", OTHER, 5]}, "e": MappingProxyType({"f": (None, ONE)})}


def test_each_is_found_with_its_path() -> None:
    assert [path for path, _ in secrets_in(NESTED)] == [("a",), ("b", "c.d", 1), ("e", "f", 1)]
    assert [secret for _, secret in secrets_in(NESTED)] == [ONE, OTHER, ONE]
    assert list(secrets_in(ONE, ("here",))) == [(("here",), ONE)]


@pytest.mark.parametrize(
    ("value", "holds"), [(ONE, True), ([{"a": [ONE]}], True), ([{"a": ["x"]}], False), ("x", False)]
)
def test_it_is_known_whether_there_is_one(value: Any, holds: bool) -> None:
    assert has_secret(value) is holds


def test_each_is_replaced_and_everything_else_stays() -> None:
    assert hide_secrets(NESTED) == {"a": HIDDEN, "b": {"c.d": ["x", HIDDEN, 5]}, "e": {"f": [None, HIDDEN]}}
    assert reveal_secrets(NESTED)["b"] == {"c.d": ["x", "second-value", 5]}
    assert replace_secrets(NESTED, lambda secret: secret.reveal()[0])["a"] == "f"
    assert NESTED["a"] is ONE
