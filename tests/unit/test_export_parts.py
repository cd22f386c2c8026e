"""Parts of an export that are put together."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from realmctl.engine.read.export_parts import merge_part

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "a new key": ({"a": 1}, {"b": [{"id": "x"}]}, {"a": 1, "b": [{"id": "x"}]}),
    "a text in place of another": ({"a": "x"}, {"a": "y"}, {"a": "y"}),
    "maps key by key": ({"roles": {"realm": []}}, {"roles": {"client": {}}}, {"roles": {"realm": [], "client": {}}}),
    "objects by id": (
        {"clients": [{"id": "1", "clientId": "a"}, {"id": "2", "clientId": "b"}]},
        {"clients": [{"id": "2", "secret": "s"}, {"id": "3", "clientId": "c"}]},
        {
            "clients": [
                {"id": "1", "clientId": "a"},
                {"id": "2", "clientId": "b", "secret": "s"},
                {"id": "3", "clientId": "c"},
            ]
        },
    ),
    "scope mappings by who has them": (
        {"clientScopeMappings": {"api": [{"client": "a", "roles": ["r"]}]}},
        {"clientScopeMappings": {"api": [{"clientScope": "a", "roles": ["s"]}], "web": [{"client": "a", "roles": []}]}},
        {
            "clientScopeMappings": {
                "api": [{"client": "a", "roles": ["r"]}, {"clientScope": "a", "roles": ["s"]}],
                "web": [{"client": "a", "roles": []}],
            }
        },
    ),
    "groups by id in place of paths": (
        {"users": [{"id": "u", "groups": ["/a/b"]}]},
        {"users": [{"id": "u", "groups": [{"id": "g", "path": "/a/b"}]}]},
        {"users": [{"id": "u", "groups": [{"id": "g", "path": "/a/b"}]}]},
    ),
    "texts in place of texts": ({"locales": ["de", "en"]}, {"locales": ["en"]}, {"locales": ["en"]}),
    "an object without an id stays": (
        {"clients": [{"clientId": "a"}, {"id": "2", "clientId": "b"}]},
        {"clients": [{"id": "2", "secret": "s"}]},
        {"clients": [{"clientId": "a"}, {"id": "2", "clientId": "b", "secret": "s"}]},
    ),
    "nothing in a list": ({"locales": ["de"]}, {"locales": []}, {"locales": []}),
}


@pytest.mark.parametrize(("whole", "part", "expected"), CASES.values(), ids=CASES)
def test_a_part_is_laid_over_the_whole(whole: dict[str, Any], part: dict[str, Any], expected: dict[str, Any]) -> None:
    before = deepcopy((whole, part))
    assert merge_part(whole, part) == expected
    assert (whole, part) == before, "neither is changed: another thread may read it"
