"""istiod's answer to a cluster on paper, by its own code (`go/istio`), and the keys it would have fetched.

Must not know about: Envoy's processes, realms.
"""

from __future__ import annotations

import copy
import json
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tooling.gateway.stand.manifests import Cluster, Document, Pod, namespace_of, written
from tooling.gateway.tools import tool

Json = dict[str, Any]

_SETTINGS = {
    # What only Istio's build of Envoy has.
    "PILOT_ENABLE_ALPN_FILTER": "false",
    "PILOT_ENABLE_METADATA_EXCHANGE": "false",
    "PILOT_DISABLE_MX_ALPN": "true",
    "PILOT_ENABLE_TELEMETRY_LABEL": "false",
    "PILOT_ENDPOINT_TELEMETRY_LABEL": "false",
}


@dataclass(frozen=True)
class Istiod:
    """How it runs."""

    environ: Mapping[str, str] = field(default_factory=dict)
    """Its environment, beside what a stock Envoy needs."""
    keys: bool = True
    """Whether it has fetched the keys of issuers; else the sidecars have to."""


USUAL = Istiod()


def sent(
    cluster: Cluster, mesh: Mapping[str, Any], gateway: Pod, sidecars: Sequence[Pod], istiod: Istiod = USUAL
) -> dict[str, Json]:
    """What istiod sends to the Envoys of these pods, by the pods' names."""
    job = {
        "mesh": json.dumps(mesh),
        "istio": written(_with_keys(cluster, one) if istiod.keys else one for one in cluster.istio()),
        "kubernetes": cluster.kubernetes(),
        "proxies": [_proxy(gateway, "router"), *(_proxy(pod, "sidecar") for pod in sidecars)],
    }
    done = subprocess.run(
        [tool("istio")],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**_SETTINGS, **istiod.environ},
    )
    assert done.returncode == 0, f"istiod does not take the configuration: {done.stderr.strip()[-2000:]}"
    found: dict[str, Json] = json.loads(done.stdout)
    return found


def _proxy(pod: Pod, kind: str) -> Json:
    account = pod.spec.get("serviceAccountName", "default")
    place = {"namespace": pod.namespace, "serviceAccount": account, "ip": pod.ip}
    return {"name": pod.name, "type": kind, "labels": dict(pod.labels), **place}


def _with_keys(cluster: Cluster, said: Document) -> Document:
    """A RequestAuthentication with the keys that istiod would fetch from its jwksUri, asked at the same service."""
    if said["kind"] != "RequestAuthentication":
        return said
    found = copy.deepcopy(said)
    for rule in found["spec"].get("jwtRules") or ():
        if address := rule.pop("jwksUri", None):
            with urllib.request.urlopen(cluster.resolved(address, namespace_of(said)), timeout=30) as answer:
                rule["jwks"] = answer.read().decode()
    return found
