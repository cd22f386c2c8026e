"""What istiod sends to a pod → the configuration of a stock Envoy that stands for it on this machine.

Routes, endpoints and certificates are put in where istiod would deliver them later; nothing of what Istio decided is
changed. Pure. Must not know about: manifests, processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tooling.gateway.stand.certificates import Pair

Json = dict[str, Any]

_INBOUND = "virtualInbound"


@dataclass(frozen=True)
class Identity:
    """The certificates that an Envoy has at hand: by the names that Istio uses for them."""

    pairs: Mapping[str, Pair]
    roots: Mapping[str, Path]


def gateway(sent: Json, ip: str, identity: Identity) -> Json:
    """A gateway's Envoy: all its listeners, on `ip`."""
    filled = _Filling(sent, identity)
    listeners = [filled.listener(one) for one in sent["listeners"]]
    for one in listeners:
        one["address"]["socket_address"]["address"] = ip
    return filled.bootstrap(listeners, "")


def sidecar(sent: Json, ip: str, ports: Sequence[int], inside: str, identity: Identity) -> Json:
    """A sidecar's Envoy, the way in only: what istiod says of connections to each port, on `ip`.

    A pod's traffic is led to one listener by rules of its kernel, and the listener tells by the port what to do. Here
    each port has the filter chains that are meant for it. The program is at `inside`.
    """
    filled = _Filling(sent, identity)
    (inbound,) = (one for one in sent["listeners"] if one["name"] == _INBOUND)
    listeners = []
    for port in ports:
        chains = [one for one in inbound["filter_chains"] if one["filter_chain_match"].get("destination_port") == port]
        own = [{**one, "filter_chain_match": _without_port(one["filter_chain_match"])} for one in chains]
        if own:
            listeners.append(filled.listener(_listener(inbound, own, ip, port)))
    assert listeners, f"istiod has no filter chain for any of the ports {ports}: does a Service lead there?"
    return filled.bootstrap(listeners, inside)


def _without_port(match: Json) -> Json:
    return {key: value for key, value in match.items() if key != "destination_port"}


def _listener(inbound: Json, chains: list[Json], ip: str, port: int) -> Json:
    return {
        "name": f"{_INBOUND}_{port}",
        "address": {"socket_address": {"address": ip, "port_value": port}},
        "filter_chains": chains,
        "listener_filters": [
            one for one in inbound.get("listener_filters", ()) if not one["name"].endswith("original_dst")
        ],
        "traffic_direction": "INBOUND",
    }


class _Filling:
    def __init__(self, sent: Json, identity: Identity) -> None:
        self._routes = {one["name"]: one for one in sent["routes"]}
        self._clusters = {one["name"]: one for one in sent["clusters"]}
        self._endpoints = {one["cluster_name"]: one for one in sent["endpoints"]}
        self._identity = identity

    def listener(self, said: Json) -> Json:
        """With its routes and certificates."""
        filled: Json = self._filled(said)
        for gone in ("bind_to_port", "use_original_dst"):
            filled.pop(gone, None)
        return filled

    def bootstrap(self, listeners: list[Json], inside: str) -> Json:
        """Everything, with the clusters that are named somewhere."""
        named = {text for text in _texts(listeners) if text in self._clusters}
        clusters = [self._cluster(self._clusters[name], inside) for name in sorted(named)]
        return {"static_resources": {"listeners": listeners, "clusters": clusters}}

    def _cluster(self, said: Json, inside: str) -> Json:
        found: Json = self._filled(said)
        if found.get("type") == "EDS":
            service = found.pop("eds_cluster_config").get("service_name") or found["name"]
            found["type"] = "STATIC"
            found["load_assignment"] = self._endpoints.get(service) or {"cluster_name": service}
        elif found.get("type") == "ORIGINAL_DST" and found["name"].startswith("inbound|"):
            # inbound|8080||: Istio sends on to where the connection was meant for.
            port = int(found["name"].split("|")[1])
            for gone in ("lb_policy", "original_dst_lb_config", "upstream_bind_config", "cleanup_interval"):
                found.pop(gone, None)
            address = {"socket_address": {"address": inside, "port_value": port}}
            endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
            found |= {"type": "STATIC", "load_assignment": {"cluster_name": found["name"], "endpoints": endpoints}}
        return found

    def _filled(self, said: Any) -> Any:
        if isinstance(said, list):
            return [self._filled(one) for one in said]
        if not isinstance(said, dict):
            return said
        found = {key: self._filled(value) for key, value in said.items()}
        if "rds" in found:
            found["route_config"] = self._filled(self._routes[found.pop("rds")["route_config_name"]])
        if names := found.pop("tls_certificate_sds_secret_configs", None):
            found["tls_certificates"] = [self._pair(one["name"]) for one in names]
        if wanted := found.pop("validation_context_sds_secret_config", None):
            found["validation_context"] = self._root(wanted["name"])
        if combined := found.pop("combined_validation_context", None):  # filled already, as all that is inside
            found["validation_context"] = {**combined["default_validation_context"], **combined["validation_context"]}
        return found

    def _pair(self, name: str) -> Json:
        pair = self._identity.pairs.get(name) or self._identity.pairs[""]
        return {"certificate_chain": {"filename": str(pair.chain)}, "private_key": {"filename": str(pair.key)}}

    def _root(self, name: str) -> Json:
        return {"trusted_ca": {"filename": str(self._identity.roots[name])}}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]
