"""Drift as gauges for Prometheus: for node_exporter's textfile collector, or a push gateway.

Must not know about: who collects it, where the file is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from realmctl.model.danger import Severity
from realmctl.model.drift import RealmDrift, What
from realmctl.render.gauges import Sample, exposition, label_text

OBJECTS = "realmctl_drift_objects"
DANGERS = "realmctl_drift_dangers"
SUCCESS = "realmctl_drift_last_success_timestamp_seconds"
_HELP = {
    OBJECTS: "Objects that are not as declared, by kind and by what is the matter.",
    DANGERS: "Dangers of what is not as declared, by severity.",
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
    return exposition(_HELP, (sample for one in found for sample in _realm(one, now, last)))


def _realm(one: RealmDrift, now: float, last: Mapping[str, str]) -> Iterator[Sample]:
    realm = {"server": one.server, "realm": one.realm}
    yield Sample("realmctl_drift_up", realm, "0" if one.error else "1")
    yield Sample("realmctl_drift_duration_seconds", realm, f"{one.seconds:.3f}")
    if one.error:
        # What is not known is left out: a zero would say that all is well.
        if label_text(realm) in last:
            yield Sample(SUCCESS, realm, last[label_text(realm)])
        return
    yield Sample(SUCCESS, realm, f"{now:.0f}")
    counts = Counter((deviation.address.kind, deviation.what.value) for deviation in one.deviations)
    for kind in sorted({*one.kinds, *(kind for kind, _ in counts)}):
        for what in What:
            yield Sample(OBJECTS, {**realm, "kind": kind, "what": what.value}, str(counts[kind, what.value]))
    dangers = Counter(danger.severity for deviation in one.deviations for danger in deviation.dangers)
    for severity in Severity:
        yield Sample(DANGERS, {**realm, "severity": severity.value}, str(dangers[severity]))
    yield Sample("realmctl_drift_ignored_objects", realm, str(len(one.ignored)))
