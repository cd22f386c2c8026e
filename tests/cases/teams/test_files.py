"""Which file belongs to whom: patterns, and where two of them meet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realmctl.config.teams.files import matches, overlaps
from tests.cases.teams.conftest import lay, read


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("orders.yaml", "orders.yaml", True),
        ("orders.yaml", "Orders.yaml", False),
        ("orders.yaml", "x/orders.yaml", False),
        ("orders/*.yaml", "orders/a.yaml", True),
        ("orders/*.yaml", "orders/x/a.yaml", False),
        ("orders/*.yaml", "orders/.a.yaml", False),
        ("orders/", "orders/a.yaml", True),
        ("orders/", "orders/x/y/a.yml", True),
        ("orders/", "orders/.x/a.yaml", False),
        ("orders/", "orders", False),
        ("orders/", "orders-eu/a.yaml", False),
        ("orders*/", "orders-eu/a.yaml", True),
        ("orders/", "../orders/a.yaml", False),
        ("*/", "../a.yaml", False),
    ],
)
def test_a_pattern_covers_what_it_says(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("orders.yaml", "ORDERS.yaml", True),
        ("orders.yaml", "billing.yaml", False),
        ("o*.yaml", "*s.yaml", True),
        ("a*.yaml", "b*.yaml", False),
        ("orders/", "orders/x/a.yaml", True),
        ("orders/", "orders/x/", True),
        ("orders/", "orders.yaml", False),
        ("orders/x.yaml", "orders/x/y.yaml", False),
        ("*/a.yaml", "orders/", True),
        ("*/a.yaml", "orders/b/", False),
    ],
)
def test_two_patterns_meet_or_do_not(one: str, other: str, expected: bool) -> None:
    assert overlaps(one, other) == overlaps(other, one) == expected


segments = st.text("ab*", min_size=1, max_size=3)
patterns = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(segments, min_size=1, max_size=2),
    st.sampled_from(["/", ".yaml"]),
)
names = st.builds(
    lambda parts: "/".join(parts) + ".yaml", st.lists(st.text("abAB", min_size=1, max_size=3), min_size=1, max_size=3)
)


@given(patterns, patterns, names)
def test_what_two_patterns_cover_is_an_overlap(one: str, other: str, path: str) -> None:
    if matches(one, path) and matches(other, path):
        assert overlaps(one, other)


def test_a_file_above_the_realms_folder_belongs_to_nobody(tmp_path: Path) -> None:
    from realmctl.config.loader import load
    from realmctl.errors import BadConfig

    lay(tmp_path / "realms" / "acme", {})
    (tmp_path / "realms" / "zzz.yaml").write_text("roles: { platform-admin2: {} }\n")
    with pytest.raises(BadConfig) as error:
        load([tmp_path / "realms"], environ={})
    assert [(one.rule, one.message) for one in error.value.findings] == [
        ("unowned-file", "../zzz.yaml belongs to no team")
    ]


def test_a_mounted_config_map_is_read(tmp_path: Path) -> None:
    from realmctl.config.loader import load

    lay(tmp_path / "..2026", {})
    (tmp_path / "..data").symlink_to("..2026")
    for path in (tmp_path / "..2026").iterdir():
        (tmp_path / path.name).symlink_to(f"..data/{path.name}")
    (config,) = load([tmp_path], environ={})
    assert config.ownership is not None
    assert {config.ownership.team_of(file) for file in config.files} == {"platform", "orders", "billing"}


@pytest.mark.parametrize("path", ["orders/x.yaml", "orders", "billing.yaml"])
@pytest.mark.parametrize("here", [".", "orders"])
def test_a_file_named_by_path_does_not_leave_the_bounds(
    path: str, here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = 'realm: master\nteams: { platform: { owners: ["@x"] } }\nroles: { admin: {} }\n'
    lay(tmp_path, {"orders/x.yaml": own, "billing.yaml": "realm: acme\n"})
    monkeypatch.chdir(tmp_path / here)
    config, (error,) = read(Path(os.path.relpath(tmp_path / path)))
    assert config is None
    assert error.rule == "part-of-teams"
    home = os.path.relpath(tmp_path / "realm.yaml")
    assert f"belongs to the realm of {home}:2:1, whose teams bound what the file may declare" in error.message
    assert error.advice == f"Name the whole folder instead: {Path(home).parent}"


def test_a_realm_beside_another_is_not_bounded_by_it(tmp_path: Path) -> None:
    lay(tmp_path / "acme", {})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "realm.yaml").write_text("realm: other\n", encoding="utf-8")
    config, errors = read(tmp_path / "other" / "realm.yaml")
    assert config, errors
