"""Which requests a CUSTOM policy asks oauth2-proxy about, by Istio's rules of matching; and which pass it unasked.

A policy is tried with requests that an attacker would choose, since what its rules leave out together is hard to see:
rules add up, and what stands in one operation has to fit all at once. Pure. Must not know about: servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from realmctl.integrations.gateway.probe.checks import Evidence, evidence_of_closed, evidence_of_open
from realmctl.integrations.gateway.probe.objects import (
    Object,
    Pods,
    fits,
    matches,
    namespace,
    object_title,
    of_istio,
    selector,
)
from realmctl.integrations.gateway.probe.requests import ELSEWHERE, NOBODY
from realmctl.integrations.gateway.values import Gateway

_METHODS = ("GET", "POST", "OPTIONS", "HEAD")
_UNUSUAL = ":8443"
"""A port that a policy written for 443 doesn't expect in a Host header."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """What a policy can match of a request that has no token yet."""

    host: str
    path: str
    method: str = "GET"


def asks(rules: Sequence[Mapping[str, Any]], request: ProbeRequest) -> bool:
    """Whether one of the rules fits. What an attacker can do without (`from`, `when`, ports) fits nothing."""
    return any(_asks(rule, request) for rule in rules)


def unprotected_requests(
    policies: Sequence[Object], pods: Pods, gateways: Sequence[Object], values: Gateway | None
) -> Iterator[Evidence]:
    """What gets past the policies on these pods: services' paths, and exempt paths where they can end at a service."""
    rules = [rule for one in policies for rule in one["spec"].get("rules") or ()]
    names = " and ".join(object_title(one) for one in policies)
    own = _own(gateways, rules, values)
    passing = [
        ProbeRequest(host, path, method)
        for host, path, method in product(
            [*own, *(f"{each}{_UNUSUAL}" for each in own), ELSEWHERE], _services(values), _METHODS
        )
    ]
    passing = [one for one in passing if not asks(rules, one)]
    if passing:
        one = passing[0]
        text = f"{names} does not ask about every request: {one.method} {one.path} with Host: {one.host} is open"
        yield evidence_of_open("login", text, pods.told)
    else:
        yield evidence_of_closed("login", f"{names} is on the gateway's pods, and asks on every host", pods.told)
    exempt = _exempt(rules)
    yield from _elsewhere(rules, exempt, names, _others(own, gateways, values))
    yield from _routes(rules, exempt, own, gateways)
    if values is not None and (more := [one for one in exempt if one not in values.paths.withoutLogin]):
        yield evidence_of_open("exempt-paths", f"{names} leaves out {', '.join(more)}, which no login needs")


def _elsewhere(
    rules: Sequence[Mapping[str, Any]], exempt: Sequence[str], names: str, others: Sequence[str]
) -> Iterator[Evidence]:
    for host in others:
        free = [path for path in exempt if not asks(rules, ProbeRequest(host, _below(path)))]
        if free:
            where = "every host" if host == ELSEWHERE else host
            text = (
                f"{names} leaves out {', '.join(free)} on {where}, too: another Gateway on the same pods can lead that "
                "to a service"
            )
            yield evidence_of_open("exempt-paths", text)
            return
    if exempt:
        yield evidence_of_closed(
            "exempt-paths", f"{names} leaves out {', '.join(exempt)}, on the gateway's own hosts alone"
        )


def _routes(
    rules: Sequence[Mapping[str, Any]], exempt: Sequence[str], own: Sequence[str], gateways: Sequence[Object]
) -> Iterator[Evidence]:
    """Listeners that take routes from any namespace for a host on which a path needs no login."""
    for one in gateways:
        for server in one["spec"].get("servers") or ():
            if (server.get("tls") or {}).get("httpsRedirect"):
                continue
            for entry in server.get("hosts") or ():
                where, _, host = str(entry).rpartition("/")
                if where in (".", namespace(one)):
                    continue
                here = [each for each in own if matches(host, each)] or [host.replace("*", "x")]
                if any(not asks(rules, ProbeRequest(each, _below(path))) for each in here for path in exempt):
                    text = (
                        f"{object_title(one)} takes routes for {host} "
                        f"from {where if where not in ('', '*') else 'any'} "
                        f"namespace: one there can lead a path that needs no login to a service (write ./{host})"
                    )
                    yield evidence_of_open("exempt-paths", text)


def _own(gateways: Sequence[Object], rules: Sequence[Mapping[str, Any]], values: Gateway | None) -> list[str]:
    """The gateway's hosts, without ports; as its listeners and policies have them where nothing else tells."""
    if values is not None:
        return list(dict.fromkeys(one.name.partition(":")[0] for one in values.hosts))
    said = [str(host) for rule in rules for one in _operations(rule) for host in one.get("notHosts") or ()]
    found = [*_listening(gateways), *(host.removesuffix(":*") for host in said)]
    return list(dict.fromkeys(host for host in found if "*" not in host))


def _others(own: Sequence[str], gateways: Sequence[Object], values: Gateway | None) -> list[str]:
    """Hosts that are not the gateway's: any, its siblings, and those of other Gateways on the same pods."""
    if values is None:
        return [ELSEWHERE]
    siblings = [f"realmctl-probe.{host.partition('.')[2]}" for host in own if host.count(".") > 1]
    listening = [host.replace("*", "realmctl-probe") for host in _listening(gateways)]
    return list(dict.fromkeys([ELSEWHERE, *(one for one in (*listening, *siblings) if one not in own)]))


def _listening(gateways: Sequence[Object]) -> list[str]:
    servers = (server for one in gateways for server in one["spec"].get("servers") or ())
    return list(dict.fromkeys(str(host).rpartition("/")[2] for server in servers for host in server.get("hosts") or ()))


def listening_gateways(gateways: Sequence[Object], pods: Pods) -> list[Object]:
    """Istio's Gateways that listen on these pods."""
    return [one for one in gateways if of_istio(one) and fits(selector(one), pods.labels)]


def _services(values: Gateway | None) -> list[str]:
    services = values.services.values() if values is not None else ()
    return [NOBODY, *(prefix for one in services for prefix in one.prefixes)]


def _exempt(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    found = [path for rule in rules for one in _operations(rule) for path in one.get("notPaths") or ()]
    return list(dict.fromkeys(map(str, found)))


def _below(pattern: str) -> str:
    return pattern.replace("*", "realmctl-probe")


def _operations(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one.get("operation") or {} for one in rule.get("to") or ()]


def _asks(rule: Mapping[str, Any], request: ProbeRequest) -> bool:
    if rule.get("from") or rule.get("when"):
        return False
    return not rule.get("to") or any(_fits(one, request) for one in _operations(rule))


def _fits(operation: Mapping[str, Any], request: ProbeRequest) -> bool:
    """Whether all that an operation says is so."""
    for key, said in operation.items():
        if not said:
            continue
        what = key.removeprefix("not").lower()
        value = {"hosts": request.host, "paths": request.path, "methods": request.method}.get(what)
        if value is None:
            return False
        if any(matches(str(one), value, fold=what == "hosts") for one in said) is key.startswith("not"):
            return False
    return True
