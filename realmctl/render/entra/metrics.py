"""What was found, as gauges for Prometheus: for node_exporter's textfile collector, or a push gateway.

Must not know about: who collects it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from realmctl.integrations.entra.check import RegistrationCheck
from realmctl.integrations.entra.finding import SEVERITIES
from realmctl.integrations.entra.rules import RULES
from realmctl.integrations.entra.rules.credentials import credentials_of
from realmctl.render.gauges import Sample, exposition

_HELP = {
    "realmctl_entra_credential_expiry_timestamp_seconds": "When a credential of the app registration expires.",
    "realmctl_entra_credential_expiry_seconds": "Seconds until it expires, as of the check; negative when it has.",
    "realmctl_entra_findings": "Findings of the check, by rule and severity.",
    "realmctl_entra_check_timestamp_seconds": "When the check was made.",
}


def metrics(checked: Sequence[RegistrationCheck]) -> str:
    """All gauges, each with its help; every rule has a line even where it found nothing."""
    return exposition(_HELP, (sample for one in checked for sample in _realm(one)))


def _realm(one: RegistrationCheck) -> Iterator[Sample]:
    realm = {"realm": one.want.realm, "client_id": one.want.client_id}
    for credential in credentials_of(one.registration):
        if credential.end:
            labels = {**realm, "kind": credential.kind, "key_id": credential.key_id, "name": credential.name}
            left = credential.left(one.now).total_seconds()
            yield Sample(
                "realmctl_entra_credential_expiry_timestamp_seconds", labels, f"{credential.end.timestamp():.0f}"
            )
            yield Sample("realmctl_entra_credential_expiry_seconds", labels, f"{left:.0f}")
    counts = Counter((remark.rule, remark.severity) for remark in one.remarks)
    for rule in RULES:
        for severity in SEVERITIES:
            labels = {**realm, "rule": rule, "severity": severity}
            yield Sample("realmctl_entra_findings", labels, str(counts[rule, severity]))
    yield Sample("realmctl_entra_check_timestamp_seconds", realm, f"{one.now.timestamp():.0f}")
