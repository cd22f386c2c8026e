"""Drift in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), for node_exporter's textfile
collector.

Must not know about: who collects it, where the file is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from realmctl.model.drift import RealmDrift, What

OBJECTS = "realmctl_drift_objects"
SUCCESS = "realmctl_drift_last_success_timestamp_seconds"
_HELP = {
    OBJECTS: "Objects that are not as declared, by kind and by what is the matter.",
    "realmctl_drift_ignored_objects": "Objects that an ignore rule leaves out.",
    "realmctl_drift_up": "Whether the realm could be looked at.",
    SUCCESS: "When the realm was last looked at with success.",
    "realmctl_drift_duration_seconds": "How long it took.",
}
_LAST = re.compile(rf"^{SUCCESS}(\{{.*\}}) (\d+)$", re.MULTILINE)


def metrics(found: Sequence[RealmDrift], *, now: float, before: str = "") -> str:
    """All gauges, each with its help. `before` is the text of the last run: of a realm that can't be looked at now,
    it knows when it last could. `now` is in seconds since 1970.
    """
    last = dict(_LAST.findall(before))
    samples: dict[str, list[str]] = {name: [] for name in _HELP}
    for one in found:
        for name, labels, value in _realm(one, now, last):
            samples[name].append(f"{name}{labels} {value}")
    lines = []
    for name, told in samples.items():
        if told:
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge", *told]
    return "".join(f"{line}\n" for line in lines)


def _realm(one: RealmDrift, now: float, last: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    realm = {"server": one.server, "realm": one.realm}
    labels = _labels(realm)
    yield "realmctl_drift_up", labels, "0" if one.error else "1"
    yield "realmctl_drift_duration_seconds", labels, f"{one.seconds:.3f}"
    if one.error:
        # What is not known is left out: a zero would say that all is well.
        if labels in last:
            yield SUCCESS, labels, last[labels]
        return
    yield SUCCESS, labels, f"{now:.0f}"
    counts = Counter((deviation.address.kind, deviation.what.value) for deviation in one.deviations)
    for kind in sorted({*one.kinds, *(kind for kind, _ in counts)}):
        for what in What:
            yield OBJECTS, _labels(realm, kind=kind, what=what.value), str(counts[kind, what.value])
    yield "realmctl_drift_ignored_objects", labels, str(len(one.ignored))


def _labels(realm: Mapping[str, str], **more: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in {**realm, **more}.items() if value) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
