"""Where paths that need no login end: at Keycloak, at oauth2-proxy, or, which must not be, at something else.

Pure. Istio's VirtualServices alone. Must not know about: how objects are read, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    PointState,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.objects import (
    Object,
    in_cluster,
    matches,
    name,
    namespace,
    object_title,
    service_of,
)
from realmctl.integrations.gateway.probe.requests import NOBODY
from realmctl.integrations.gateway.values import Gateway

_CONDITIONS = frozenset({"headers", "withoutHeaders", "queryParams", "method", "scheme", "authority"})
"""What of a match Istio turns into conditions on headers and the query."""


class _Fit(IntEnum):
    """Whether a request for a path goes a route's way."""

    NO = 0
    UNTRIED = 1
    """Perhaps another path below the same stem: there is a regex, and which paths it fits can't be tried."""
    CHOSEN = 2
    """If its caller chooses: by a header, a method, a query."""
    YES = 3


def routes(
    virtual: Sequence[Object], gateways: Sequence[Object], proxies: Sequence[str], values: Gateway
) -> Iterator[Evidence]:
    """`gateways` are Istio's on the gateway's pods; `proxies` the services that are asked, as NAME.NAMESPACE; none:
    they are not known.
    """
    ends = _ends(proxies, values)
    own = {host.name.partition(":")[0].lower() for host in values.hosts}
    known = {f"{namespace(each)}/{name(each)}" for each in gateways}
    all_ = [(one, {each for each in _virtual_hosts(one, gateways) if _about(each.host, own)}) for one in virtual]
    here = [(one, hosts) for one, hosts in all_ if hosts]
    stems = [each.removesuffix("*") for each in values.paths.withoutLogin]
    found: dict[Evidence, None] = {}
    for one, hosts in here:
        for path in _tried(one, stems):
            others = ((other, each) for other, theirs in here if other is not one for each in theirs & hosts)
            taken = {each for other, each in others if _takes(other, path, {each.gateway})}
            found |= dict.fromkeys(_led(one, path, known, ends, taken=taken == hosts))
    yield from found
    if here and not found:
        yield evidence_of_closed("exempt-paths", "routes lead paths without login to Keycloak and oauth2-proxy alone")


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where paths without login may end; of either none where it isn't known."""

    prefix: str
    proxies: frozenset[str]
    keycloak: frozenset[str]
    services: frozenset[str]
    """Where they may not, whatever else is known."""

    def judged(self, path: str, service: str) -> PointState:
        if service in self.proxies | self.keycloak:
            return PointState.CLOSED
        meant = self.proxies if path.startswith(self.prefix) else self.keycloak
        return PointState.OPEN if meant or service in self.services else PointState.UNKNOWN


def _ends(proxies: Sequence[str], values: Gateway) -> _Ends:
    inside, public = (
        urlsplit(one.token).hostname or "" for one in (values.endpoints.internal, values.endpoints.public)
    )
    # The files may name no address inside, or one that is no Service: then whoever routes knows another.
    keycloak = {service_of(inside, "")} if inside != public and in_cluster(inside) else set()
    return _Ends(
        f"{values.paths.proxyPrefix.rstrip('/')}/",
        frozenset(proxies),
        frozenset(keycloak),
        frozenset(f"{one.backend.name}.{one.workload.namespace}" for one in values.services.values()),
    )


def _led(one: Object, path: str, known: set[str], ends: _Ends, *, taken: bool) -> Iterator[Evidence]:
    """Where a path ends that it shouldn't. Routes are tried in their order, up to one that surely takes it.

    `taken`: others of the same hosts surely take the path, before any route for all paths.
    """
    for http in one["spec"].get("http") or ():
        fit = _fit(one, http, path, known, early=taken)
        if fit is not _Fit.NO:
            yield from _ended(one, http, path, fit, ends)
        # What stands behind a route for all paths is none for Istio, wherever that one is moved.
        if _fit(one, http, path, known) is _Fit.YES:
            return


def _takes(one: Object, path: str, known: set[str]) -> bool:
    """Whether it surely takes a path by another route than one for all paths."""
    for http in one["spec"].get("http") or ():
        if _fit(one, http, path, known) is _Fit.YES:
            # One that is delegated takes what another VirtualService says of it.
            return not http.get("delegate") and _fit(one, http, path, known, early=True) is _Fit.YES
    return False


def _ended(one: Object, http: Mapping[str, Any], path: str, fit: _Fit, ends: _Ends) -> Iterator[Evidence]:
    """Where a route leads a path that it shouldn't."""
    if further := http.get("delegate"):
        to = f"VirtualService {further.get('namespace') or namespace(one)}/{further.get('name')}"
        text = f"{object_title(one)} leaves {path}, which needs no login, to {to}: where that leads isn't looked at"
        yield evidence_of_unknown("exempt-paths", text)
    for destination in _destinations(http):
        state = ends.judged(path, service_of(destination, namespace(one)))
        if state is PointState.CLOSED:
            continue
        if fit is _Fit.UNTRIED:
            stem = path.removesuffix(NOBODY) + "/"
            text = (
                f"{object_title(one)} may lead a path below {stem}, which needs no login, to {destination}: by a regex"
            )
            yield evidence_of_unknown("exempt-paths", text)
        elif state is PointState.OPEN:
            yield evidence_of_open(
                "exempt-paths", f"{object_title(one)} leads {path}, which needs no login, to {destination}"
            )
        else:
            text = f"{object_title(one)} leads {path}, which needs no login, to {destination}"
            yield evidence_of_unknown("exempt-paths", f"{text}: whether it belongs there isn't known")


def _bound(one: Object, said: Sequence[Any], known: set[str]) -> bool:
    return any((str(each) if "/" in str(each) else f"{namespace(one)}/{each}") in known for each in said)


@dataclass(frozen=True, slots=True)
class _VirtualHost:
    """Where Istio gathers the routes of all VirtualServices for a host, at one server of a Gateway.

    Routes for all paths go behind all others there (`SortVHostRoutes`).
    """

    gateway: str
    server: int
    host: str


def _virtual_hosts(one: Object, gateways: Sequence[Object]) -> Iterator[_VirtualHost]:
    """Those of a VirtualService: by the narrower of its hosts and the servers' that take routes of its namespace."""
    mine = namespace(one)
    for gateway in gateways:
        known = f"{namespace(gateway)}/{name(gateway)}"
        if not _bound(one, one["spec"].get("gateways") or (), {known}):
            continue
        for number, server in enumerate(gateway["spec"].get("servers") or ()):
            if (server.get("tls") or {}).get("httpsRedirect"):
                continue
            for where, _, listening in (str(entry).rpartition("/") for entry in server.get("hosts") or ()):
                if where not in ("", "*", mine) and (where, mine) != (".", namespace(gateway)):
                    continue
                for said in map(str, one["spec"].get("hosts") or ()):
                    if matches(said, listening) or matches(listening, said):
                        narrower = listening if matches(said, listening) else said
                        yield _VirtualHost(known, number, narrower.lower())


def _about(host: str, own: set[str]) -> bool:
    """Whether it takes in one of the gateway's hosts; on others nothing is left out."""
    return any(matches(host, each) for each in own)


def _tried(one: Object, stems: Sequence[str]) -> list[str]:
    """A path below each stem, and those below it that a route names itself."""
    found = [f"{stem.rstrip('/')}{NOBODY}" for stem in stems]
    for uri in (_uri(match) for http in one["spec"].get("http") or () for match in http.get("match") or ()):
        value = str(uri.get("exact") or uri.get("prefix") or "")
        if any(value.startswith(stem) and value != stem for stem in stems):
            found.append(value)
    return list(dict.fromkeys(found))


def _fit(one: Object, http: Mapping[str, Any], path: str, known: set[str], *, early: bool = False) -> _Fit:
    """Whether a route is for the path; `early`: before Istio's routes for all paths."""
    said = http.get("match") or ()
    here = [each for each in said if not each.get("gateways") or _bound(one, each["gateways"], known)]
    if early and not http.get("delegate"):
        here = [each for each in here if not _for_all(each)]
        return max((_matched(each, path) for each in here), default=_Fit.NO)
    return max((_matched(each, path) for each in here), default=_Fit.NO if said else _Fit.YES)


def _for_all(match: Mapping[str, Any]) -> bool:
    """Whether it fits all paths, without a condition on what a request says (`IsCatchAllRoute`)."""
    return _uri(match) in ({}, {"prefix": "/"}, {"regex": ".*"}) and not match.keys() & _CONDITIONS


def _matched(match: Mapping[str, Any], path: str) -> _Fit:
    fit = _fits(_uri(match), path, fold=bool(match.get("ignoreUriCase")))
    if fit is _Fit.YES and match.keys() - {"uri", "name", "ignoreUriCase", "gateways"}:
        return _Fit.CHOSEN
    return fit


def _fits(uri: Mapping[str, Any], path: str, *, fold: bool) -> _Fit:
    if "regex" in uri:
        return _by_regex(str(uri["regex"]), path)
    said = str(uri.get("exact") or uri.get("prefix") or "")
    if fold:
        said, path = said.lower(), path.lower()
    return _Fit.YES if path == said or ("exact" not in uri and path.startswith(said)) else _Fit.NO


def _by_regex(regex: str, path: str) -> _Fit:
    try:
        if re.fullmatch(regex, path) is not None:
            return _Fit.YES
    except re.error:
        return _Fit.UNTRIED
    if not path.endswith(NOBODY):
        return _Fit.NO
    # How all that it fits begins, as far as that stands there in plain letters.
    plain = re.match(r"[\w/~%-]*", regex)
    begins = plain.group() if plain and "|" not in regex else ""
    if regex[len(begins) :][:1] in ("?", "*", "{"):
        begins = begins[:-1]
    stem = path.removesuffix(NOBODY) + "/"
    return _Fit.UNTRIED if begins.startswith(stem) or stem.startswith(begins) else _Fit.NO


def _uri(match: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = match.get("uri") or {}
    return found


def _destinations(http: Mapping[str, Any]) -> list[str]:
    """Who gets the request, copies of it included."""
    copied = [{"destination": http["mirror"]}] if http.get("mirror") else []
    all_ = [*(http.get("route") or ()), *(http.get("mirrors") or ()), *copied]
    return [str((one.get("destination") or {}).get("host")) for one in all_]
