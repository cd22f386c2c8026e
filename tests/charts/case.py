"""Cases of the charts' tests: values laid over a chart's least ones, and fragments of the manifests that come out.

A file below `cases` has one or several. Its chart is its folder's name, or said by `chart`; `name`, `release` and
`namespace` may be said. `values` are laid over the least ones; `set` puts single ones at dotted paths, replacing what
is there (`$gone` takes it out). `expect` names objects as KIND, KIND/NAME or KIND/NAMESPACE/NAME, and for each the
parts that matter: maps hold at least what is written, and null is what must not be there; of lists, named things are
searched by name, others by number (from 1), or they are compared as a whole. `$is` is a map as a whole; `$has` and
`$lacks` are parts of a text. `absent` names what must not come out; `refused` is a part of the refusal's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.charts.helm import Chart, Helm, Manifest, Refused, laid_over, least

CASES = Path(__file__).parent / "cases"
_KEYS = frozenset({"chart", "name", "release", "namespace", "values", "set", "expect", "absent", "refused"})


@dataclass(frozen=True)
class Case:
    """One case."""

    name: str
    chart: str
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Iterator[Case]:
        """Those of a file."""
        folder = path.parent.name
        for said in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            assert said.keys() <= _KEYS, f"{path.name} says {said.keys() - _KEYS}"
            assert said.keys() & {"expect", "absent", "refused"}, f"{path.name} expects nothing"
            name = "-".join([path.stem, *([said["name"]] if "name" in said else [])])
            chart = said.get("chart", folder)
            yield cls(f"{chart}-{name}" if path.parent != CASES else name, chart, said)

    def wrong(self, helm: Helm) -> list[str]:
        """What is not as the case says; empty where all is well."""
        try:
            found = helm.template(self._chart()).manifests
        except Refused as refusal:
            text = self.said.get("refused")
            return [] if text and text in " ".join(str(refusal).split()) else [f"refused: {refusal}"]
        if "refused" in self.said:
            return ["it was not refused"]
        return [
            *(f"{name} is there" for name in self.said.get("absent", ()) if _named(name, found)),
            *(line for name, part in self.said.get("expect", {}).items() for line in _differs(name, part, found)),
        ]

    def _chart(self) -> Chart:
        values: dict[str, Any] = {}
        for path in least(self.chart):
            values = laid_over(values, yaml.safe_load(path.read_text(encoding="utf-8")))
        values = laid_over(values, self.said.get("values") or {})
        for where, value in (self.said.get("set") or {}).items():
            _put(values, where.split("."), value)
        namespace = self.said.get("namespace", "identity")
        return Chart(self.chart, [values], self.said.get("release", self.chart), namespace)


def cases() -> list[Case]:
    """All of them."""
    return [case for path in sorted(CASES.rglob("*.yaml")) for case in Case.read(path)]


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    *above, last = path
    for step in above:
        data = data.setdefault(step, {})
    if value == "$gone":
        del data[last]
    else:
        data[last] = value


def _named(name: str, found: list[Manifest]) -> list[Manifest]:
    kind, *rest = name.split("/")
    names = [[one["metadata"].get("namespace"), one["metadata"]["name"]] for one in found]
    return [one for one, at in zip(found, names, strict=True) if one["kind"] == kind and at[2 - len(rest) :] == rest]


def _differs(name: str, wanted: Any, found: list[Manifest]) -> list[str]:
    """The places at which the manifest `name` lacks what is wanted of it."""
    fitting = _named(name, found)
    if len(fitting) != 1:
        there = ", ".join(f"{one['kind']}/{one['metadata']['name']}" for one in found)
        return [f"{name} is there {len(fitting)} times among {there}"]
    return list(_part(name, wanted, fitting[0]))


def _part(where: str, wanted: Any, found: Any) -> Iterator[str]:
    if isinstance(wanted, dict) and (words := {key: said for key, said in wanted.items() if str(key).startswith("$")}):
        yield from _words(where, words, found)
        if rest := {key: said for key, said in wanted.items() if key not in words}:
            yield from _part(where, rest, found)
    elif isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            if value is None and found.get(key) is None:
                continue
            if key not in found:
                yield f"{where}.{key} is missing"
            else:
                yield from _part(f"{where}.{key}", value, found[key])
    elif isinstance(wanted, dict) and isinstance(found, list):
        named = {one.get("name"): one for one in found if isinstance(one, dict)} | dict(enumerate(found, 1))
        for name, value in wanted.items():
            if value is None and name not in named:
                continue
            if name not in named:
                yield f"{where}[{name}] is missing; there are {', '.join(map(str, named))}"
            else:
                yield from _part(f"{where}[{name}]", value, named[name])
    elif wanted != found:
        yield f"{where} is {found!r}, not {wanted!r}"


def _words(where: str, wanted: Mapping[str, Any], found: Any) -> Iterator[str]:
    assert wanted.keys() <= {"$is", "$has", "$lacks"}, f"{where}: {', '.join(wanted)}"
    if "$is" in wanted and found != wanted["$is"]:
        yield f"{where} is {found!r}, not {wanted['$is']!r}"
    text = str(found)
    yield from (f"{where} lacks {part!r}: {text}" for part in wanted.get("$has", ()) if part not in text)
    yield from (f"{where} has {part!r}: {text}" for part in wanted.get("$lacks", ()) if part in text)
