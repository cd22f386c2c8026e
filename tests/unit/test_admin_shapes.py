"""Forms of answers: a path that looks like an object's and answers with a number."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.keycloak.admin.response_shapes import shape_problem


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("r/users/count", 3, ""),
        ("r/users/count", {}, "with an empty object, and not with a number"),
        ("r/users/abc", {"id": "abc"}, ""),
        ("r/users/abc", 3, "with a number, which has no 'id'"),
    ],
)
def test_each_path_has_its_form(path: str, body: Any, wrong: str) -> None:
    assert shape_problem(path.split("/"), body) == wrong
