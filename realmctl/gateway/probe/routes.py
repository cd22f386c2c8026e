"""Where paths that need no login end: at Keycloak, at oauth2-proxy, or, which must not be, at something else.

Pure. Istio's VirtualServices alone. Must not know about: how objects are read, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from realmctl.gateway.probe.asking import NOBODY
from realmctl.gateway.probe.objects import Object, name, namespace, told
from realmctl.gateway.probe.points import Evidence, closed, opened
from realmctl.gateway.values import Gateway


def routes(
    virtual: Sequence[Object], gateways: Sequence[Object], proxies: Sequence[str], values: Gateway
) -> Iterator[Evidence]:
    """`gateways` are Istio's on the gateway's pods, `proxies` the services that are asked, as the mesh names them."""
    ends = {_service(urlsplit(values.endpoints.internal.token).hostname or "", "")}
    ends |= {_service(one.rpartition("/")[2], "") for one in proxies}
    own = {host.name.partition(":")[0] for host in values.hosts}
    here = [one for one in virtual if _bound(one, gateways) and _about(one, own)]
    wrong = False
    for one in here:
        for path in _tried(one, [each.removesuffix("*") for each in values.paths.withoutLogin]):
            first = next((each for each in one["spec"].get("http") or () if _takes(each, path)), None)
            for destination in _destinations(first or {}):
                if _service(destination, namespace(one)) not in ends:
                    wrong = True
                    yield opened("exempt-paths", f"{told(one)} leads {path}, which needs no login, to {destination}")
    if here and not wrong:
        yield closed("exempt-paths", "routes lead paths without login to Keycloak and oauth2-proxy alone")


def _bound(one: Object, gateways: Sequence[Object]) -> bool:
    known = {f"{namespace(each)}/{name(each)}" for each in gateways}
    said = (str(each) for each in one["spec"].get("gateways") or ())
    return any((each if "/" in each else f"{namespace(one)}/{each}") in known for each in said)


def _about(one: Object, own: set[str]) -> bool:
    """Whether it is about one of the gateway's hosts; on others nothing is left out."""
    said = [str(host) for host in one["spec"].get("hosts") or ()]
    return any(host in own or (host.startswith("*") and any(each.endswith(host[1:]) for each in own)) for host in said)


def _tried(one: Object, stems: Sequence[str]) -> list[str]:
    """A path below each stem, and those below it that a route names itself."""
    found = [f"{stem.rstrip('/')}{NOBODY}" for stem in stems]
    for uri in (_uri(match) for http in one["spec"].get("http") or () for match in http.get("match") or ()):
        value = str(uri.get("exact") or uri.get("prefix") or "")
        if any(value.startswith(stem) and value != stem for stem in stems):
            found.append(value)
    return list(dict.fromkeys(found))


def _takes(http: Mapping[str, Any], path: str) -> bool:
    """Whether a route is for the path; headers and methods are the caller's to choose."""
    return not http.get("match") or any(_fits(_uri(match), path) for match in http["match"])


def _fits(uri: Mapping[str, Any], path: str) -> bool:
    if "exact" in uri:
        return bool(path == uri["exact"])
    if "prefix" in uri:
        return path.startswith(str(uri["prefix"]))
    if "regex" in uri:
        try:
            return re.fullmatch(str(uri["regex"]), path) is not None
        except re.error:
            return True
    return True


def _uri(match: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = match.get("uri") or {}
    return found


def _destinations(http: Mapping[str, Any]) -> list[str]:
    return [str((one.get("destination") or {}).get("host")) for one in http.get("route") or ()]


def _service(host: str, beside: str) -> str:
    """A service as NAME.NAMESPACE, however much of its name is written."""
    labels = host.split(".")
    return ".".join(labels[:2]) if len(labels) > 1 else f"{host}.{beside}"
