"""Every test of the running gateway is given to the same worker, and no other test."""

from __future__ import annotations

import pytest

from tests.support.one_worker import group


def test_who_asks_for_the_stand_is_in_the_group(request: pytest.FixtureRequest) -> None:
    asking = [item.nodeid for item in request.session.items if "stand" in getattr(item, "fixturenames", ())]
    assert {nodeid for nodeid in asking if group(nodeid) != "gateway"} == set()


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("tests/gateway/test_login_live.py::test_x[a@b.com-_live.py::]", "gateway"),
        ("tests/gateway/test_values.py::test_x[_live.py::]", ""),
        ("tests/live/test_entra_login.py::test_x", ""),
        ("tests/unit/test_image.py::test_x", "image"),
    ],
)
def test_a_test_belongs_where_its_file_stands(nodeid: str, name: str) -> None:
    assert group(nodeid) == name
