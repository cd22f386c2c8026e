"""Values → manifests, case by case; and that a case which is wrong is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.case import Case, cases
from tests.charts.helm import Helm


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_it_renders_as_expected(case: Case, helm: Helm) -> None:
    assert case.wrong(helm) == []


@pytest.mark.parametrize(
    "said",
    [
        {"expect": {"Service": {"spec": {"clusterIP": None, "ports": {"http": {"port": 81}}}}}},
        {"expect": {"Service": {"spec": {"ports": {2: {}}}}}},
        {"expect": {"Service": {"spec": {"ports": {1: {"port": None}}}}}},
        {"expect": {"Service": {"spec": {"ports": []}}}},
        {"expect": {"Service": {"spec": {"selector": {"$is": {"app.kubernetes.io/name": "echo"}}}}}},
        {"expect": {"Service": {"spec": {"selector": None}}}},
        {"expect": {"ConfigMap": {"data": {"echo.py": {"$has": ["no such line"]}}}}},
        {"expect": {"ConfigMap": {"data": {"echo.py": {"$lacks": ["import"]}}}}},
        {"expect": {"Service/other": {}}},
        {"expect": {"Service/elsewhere/echo": {}}},
        {"absent": ["Service"]},
        {"absent": ["Service/echo"]},
        {"refused": "no"},
        {"set": {"image.tag": "latest"}, "refused": "another reason"},
        {"set": {"image.tag": "latest"}, "expect": {"Service": {}}},
    ],
    ids=str,
)
def test_what_is_not_as_the_case_says_is_told(said: dict[str, Any], helm: Helm) -> None:
    assert Case("wrong", "echo", said).wrong(helm)
