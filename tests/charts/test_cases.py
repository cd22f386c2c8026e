"""Values → manifests, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts.case import Case, at
from tests.charts.helm import Helm, Refused

CASES = [case for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")) for case in Case.read(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_renders_as_expected(case: Case, helm: Helm) -> None:
    if refused := case.said.get("refused"):
        with pytest.raises(Refused) as caught:
            helm.template(case.chart())
        assert refused in " ".join(str(caught.value).split())
        return
    found = helm.template(case.chart())
    for one in case.said.get("expect") or ():
        manifest = found.find(one["kind"], one.get("name"))
        assert {path: at(manifest, path) for path in one.get("at") or {}} == (one.get("at") or {})
        for path, fragments in (one.get("holds") or {}).items():
            text = str(at(manifest, path))
            assert [fragment for fragment in fragments if fragment not in text] == [], text
        for path, fragments in (one.get("lacks") or {}).items():
            text = str(at(manifest, path))
            assert [fragment for fragment in fragments if fragment in text] == [], text
    kinds = {one["kind"] for one in found.manifests}
    assert kinds.isdisjoint(case.said.get("absent") or ())
    for name in case.said.get("present") or ():
        assert name in found.names()
