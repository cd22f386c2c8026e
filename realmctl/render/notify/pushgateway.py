"""Gauges to a push gateway (github.com/prometheus/pushgateway), each realm a group of its own.

Must not know about: what is measured.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from realmctl.model.secret import Secret
from realmctl.render.notify.post import post

OPTION, VARIABLE = "--push-gateway", "REALMCTL_PUSH_GATEWAY"
_KIND = "text/plain; version=0.0.4; charset=utf-8"


def push(gateway: Secret, job: str, labels: Mapping[str, str], gauges: str, *, whole: bool = True) -> None:
    """Puts gauges in place of all that the group had; without `whole`, of those of the same names alone.

    The address may hold grouping keys of its own (`…/metrics/job/NAME/stage/production`), to which `labels` are added.
    Raises RealmctlError.
    """
    url = Secret(group(gateway.reveal(), job, labels), gateway.reference)
    post("The push gateway", url, gauges, kind=_KIND, method="PUT" if whole else "POST", repeatable=True)


def group(gateway: str, job: str, labels: Mapping[str, str]) -> str:
    """The address of a group of gauges."""
    parts = urlsplit(gateway)
    path = parts.path.rstrip("/")
    if "/metrics/job" not in path:
        path += f"/metrics{_key('job', job)}"
    path += "".join(_key(name, value) for name, value in labels.items() if value)
    return parts._replace(path=path, query="", fragment="").geturl()


def _key(name: str, value: str) -> str:
    if "/" in value:  # a slash would begin another key, even as %2F
        return f"/{name}@base64/{base64.urlsafe_b64encode(value.encode()).decode()}"
    return f"/{name}/{quote(value, safe='')}"
