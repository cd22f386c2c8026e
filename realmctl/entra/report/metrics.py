"""What was found, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), for node_exporter's
textfile collector or a push gateway.

Must not know about: who collects it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from realmctl.entra.check import Checked
from realmctl.entra.remark import SEVERITIES
from realmctl.entra.rules import RULES
from realmctl.entra.rules.credentials import credentials_of

_HELP = {
    "realmctl_entra_credential_expiry_timestamp_seconds": "When a credential of the app registration expires.",
    "realmctl_entra_credential_expiry_seconds": "Seconds until it expires, as of the check; negative when it has.",
    "realmctl_entra_findings": "Findings of the check, by rule and severity.",
    "realmctl_entra_check_timestamp_seconds": "When the check was made.",
}


def metrics(checked: Sequence[Checked]) -> str:
    """All gauges, each with its help; every rule has a line even where it found nothing."""
    found: dict[str, list[str]] = {name: [] for name in _HELP}
    for one in checked:
        for name, line in _realm(one):
            found[name].append(f"{name}{line}")
    lines = []
    for name, samples in found.items():
        if samples:
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge", *samples]
    return "".join(f"{line}\n" for line in lines)


def _realm(one: Checked) -> Iterator[tuple[str, str]]:
    realm = {"realm": one.want.realm, "client_id": one.want.client_id}
    for credential in credentials_of(one.registration):
        if credential.end:
            labels = _labels(realm, kind=credential.kind, key_id=credential.key_id, name=credential.name)
            end = f"{labels} {credential.end.timestamp():.0f}"
            yield "realmctl_entra_credential_expiry_timestamp_seconds", end
            left = credential.left(one.now).total_seconds()
            yield "realmctl_entra_credential_expiry_seconds", f"{labels} {left:.0f}"
    counts = Counter((remark.rule, remark.severity) for remark in one.remarks)
    for rule in RULES:
        for severity in SEVERITIES:
            labels = _labels(realm, rule=rule, severity=severity)
            yield "realmctl_entra_findings", f"{labels} {counts[rule, severity]}"
    yield "realmctl_entra_check_timestamp_seconds", f"{_labels(realm)} {one.now.timestamp():.0f}"


def _labels(realm: dict[str, str], **more: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in {**realm, **more}.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
