"""The gateway's EnvoyFilter as a stock Envoy that runs it, in front of the echo; policies are istiod's to make.

Must not know about: what is expected of it.
"""

from __future__ import annotations

import json
from typing import Any

from tests.charts.helm import Manifest

_TYPES = "type.googleapis.com/envoy.extensions.filters"


def bootstrap(edge: Manifest, listen: int, upstream: int) -> str:
    """Envoy's configuration: the patches in the order in which istiod would lay them."""
    manager: dict[str, Any] = {
        "@type": f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "use_remote_address": True,
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "echo"}}]}
            ]
        },
    }
    filters = [{"name": "router", "typed_config": {"@type": f"{_TYPES}.http.router.v3.Router"}}]
    for one in edge["spec"]["configPatches"]:
        if one["applyTo"] == "HTTP_ROUTE":
            continue
        patch = one["patch"]
        if patch["operation"] == "MERGE":
            manager |= patch["value"]["typed_config"]
        else:
            filters.insert(0 if patch["operation"] == "INSERT_FIRST" else len(filters) - 1, patch["value"])
    manager["http_filters"] = filters
    return json.dumps(
        {
            "static_resources": {
                "listeners": [
                    {
                        "address": _address(listen),
                        "filter_chains": [{"filters": [{"name": "hcm", "typed_config": manager}]}],
                    }
                ],
                "clusters": [
                    {
                        "name": "echo",
                        "load_assignment": {
                            "cluster_name": "echo",
                            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(upstream)}}]}],
                        },
                    }
                ],
            }
        }
    )


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
