"""Whether services guard themselves: a token of their own audience is demanded, of this issuer, and each rule's roles.

Pure. Must not know about: how objects are read, requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.integrations.gateway.istio import GatewayPlacement, resources
from realmctl.integrations.gateway.probe.callers import lets_anybody
from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.objects import Object, Pods, holds_for, namespace, object_title, selector
from realmctl.integrations.gateway.values import Gateway, Service

_WEAK = frozenset({"PERMISSIVE", "DISABLE"})


def services(
    by_kind: Mapping[str, Sequence[Object]], at_gateway: Sequence[Pods], values: Gateway | None, root: str
) -> Iterator[Evidence]:
    """Tokens, policies and the mesh's encryption; of the services in the files, or of whatever has a policy."""
    tokens = by_kind.get("RequestAuthentication", ())
    policies = by_kind.get("AuthorizationPolicy", ())
    if values is not None:
        guarded = [
            Pods(f"the service {name}", one.workload.namespace, one.workload.labels)
            for name, one in values.services.items()
        ]
        for pods, (name, service) in zip(guarded, values.services.items(), strict=True):
            mine = [one for one in tokens if holds_for(one, pods, root)]
            here = [one for one in policies if holds_for(one, pods, root)]
            yield from _service(pods, mine, here, service, at_gateway)
            yield from _rules(pods, here, values, name)
    else:
        # At the gateway itself nobody demands one, since a login has none yet.
        outside = [one for one in tokens if not any(holds_for(one, pods, root) for pods in at_gateway)]
        guarded = [Pods(object_title(one), namespace(one), selector(one)) for one in outside]
        for pods, one in zip(guarded, outside, strict=True):
            here = [each for each in policies if holds_for(each, pods, root)]
            yield from _guarded(pods, [one], here, at_gateway)
    yield from _strict(by_kind.get("PeerAuthentication", ()), guarded, root)
    judged = [
        one for one in tokens if values is None or any(holds_for(one, pods, root) for pods in (*guarded, *at_gateway))
    ]
    yield from _issuers(judged, values)


def _service(
    pods: Pods, mine: Sequence[Object], here: Sequence[Object], service: Service, at_gateway: Sequence[Pods]
) -> Iterator[Evidence]:
    where = f"namespace {pods.namespace}"
    audiences = {each for rule in _jwt_rules(mine) for each in rule.get("audiences") or ()}
    if service.audience not in audiences:
        text = f"no RequestAuthentication on {pods.told} demands the audience {service.audience}"
        yield evidence_of_open("services", text, where)
    else:
        yield from _guarded(pods, mine, here, at_gateway)


def _guarded(
    pods: Pods, mine: Sequence[Object], here: Sequence[Object], at_gateway: Sequence[Pods]
) -> Iterator[Evidence]:
    where = f"namespace {pods.namespace}"
    allowing = [one for one in here if one["spec"].get("action", "ALLOW") == "ALLOW"]
    loose = [one for one in allowing if lets_anybody(one, at_gateway)]
    anybody = [rule for rule in _jwt_rules(mine) if not rule.get("audiences")]
    found = len(loose)
    if not allowing:
        yield evidence_of_open(
            "services", f"no AuthorizationPolicy on {pods.told} demands a token: one without passes", where
        )
    for one in loose:
        # What any policy allows is allowed, whatever the others demand.
        yield evidence_of_open(
            "services", f"{object_title(one)} lets requests without a token pass to {pods.told}", where
        )
    if anybody and not all(_demands_audience(rule) for one in allowing for rule in one["spec"].get("rules") or ()):
        found += 1
        yield evidence_of_open("services", f"tokens for anybody pass at {pods.told}: no audience is demanded", where)
    if allowing and not found:
        yield evidence_of_closed("services", f"{pods.told} demands a token", where)


def _rules(pods: Pods, here: Sequence[Object], values: Gateway, name: str) -> Iterator[Evidence]:
    """Each rule of the files is one DENY for who lacks its roles; without it, whoever is logged in may."""
    denying = [one for one in here if one["spec"].get("action") == "DENY"]
    live = [_plain(rule) for one in denying for rule in one["spec"].get("rules") or ()]
    made = {
        one["metadata"]["name"]: one["spec"]["rules"][0]
        for one in resources(values, GatewayPlacement())
        if one["spec"].get("action") == "DENY" and one["metadata"]["namespace"] == pods.namespace
    }
    named = {(str(each.get("key")), str(value)) for one in here for each, value in _conditions(one)}
    for number, rule in enumerate(values.services[name].rules, 1):
        said = made[f"{name}-rule-{number}"]
        roles = ", ".join(role.value for role in rule.anyOf)
        text = f"rule {number} of {pods.told} ({', '.join(rule.paths)}: {roles})"
        if _plain(said) in live:
            yield evidence_of_closed("services", f"{text} is in force", f"namespace {pods.namespace}")
        elif any((role.key, role.value) in named for role in rule.anyOf):
            # Written by hand, and perhaps right.
            yield evidence_of_unknown("services", f"{text} stands there in another way", f"namespace {pods.namespace}")
        else:
            yield evidence_of_open("services", f"{text} is not there: nobody is denied", f"namespace {pods.namespace}")


def _conditions(one: Object) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Each condition of a policy, with each of its values."""
    for rule in one["spec"].get("rules") or ():
        for each in rule.get("when") or ():
            for value in (*(each.get("values") or ()), *(each.get("notValues") or ())):
                yield each, value


def _strict(peers: Sequence[Object], guarded: Sequence[Pods], root: str) -> Iterator[Evidence]:
    """Whether pods take the mesh's own traffic alone; where none are known, whether the mesh says so of all."""
    weak: dict[str, None] = {}
    bare: dict[str, None] = {}
    for pods in guarded or [Pods("the mesh", root, {})]:
        # Of other pods, single ports are for others, such as metrics.
        ports = [one for one in peers if holds_for(one, pods, root) and _WEAK & {*_at_ports(one)}]
        weak |= dict.fromkeys(f"{object_title(one)} (of single ports)" for one in ports)
        said = _in_force(peers, pods, root)
        weak |= dict.fromkeys(object_title(one) for one in said if _mode(one) in _WEAK)
        if not said:
            bare[pods.namespace] = None
    if weak:
        yield evidence_of_open(
            "services", f"{', '.join(weak)} lets traffic past the mesh's encryption, and so past the gateway"
        )
    if bare:
        text = "no PeerAuthentication is STRICT there: pods can be reached without the mesh, past the gateway"
        yield evidence_of_open("services", text, f"namespace {', '.join(bare)}")
    if not weak and not bare:
        yield evidence_of_closed(
            "services", "traffic between pods has to be the mesh's own (PeerAuthentication STRICT)"
        )


def _in_force(peers: Sequence[Object], pods: Pods, root: str) -> list[Object]:
    """Those that say how pods take traffic: on the pods, else on their namespace, else on the mesh."""
    saying = [one for one in peers if holds_for(one, pods, root) and _mode(one) not in ("", "UNSET")]
    own = [one for one in saying if selector(one) and namespace(one) == pods.namespace]
    beside = [one for one in saying if not selector(one) and namespace(one) == pods.namespace]
    return own or beside or [one for one in saying if not selector(one)]


def _issuers(tokens: Sequence[Object], values: Gateway | None) -> Iterator[Evidence]:
    issuers = {str(rule.get("issuer")): object_title(one) for one in tokens for rule in _jwt_rules([one])}
    for issuer, where in issuers.items():
        if values is not None and issuer != values.issuer:
            yield evidence_of_open(
                "issuer", f"{where} takes tokens of {issuer}, and the realm's issuer is {values.issuer}"
            )
        elif values is not None:
            yield evidence_of_closed("issuer", f"the services' policies take tokens of {issuer}")
    if values is None:
        if len(issuers) > 1:
            yield evidence_of_unknown("issuer", f"policies name {len(issuers)} issuers: {', '.join(sorted(issuers))}")
        return
    mine = (values.endpoints.internal.keys, values.endpoints.public.keys)
    for one in tokens:
        for rule in _jwt_rules([one]):
            keys = rule.get("jwksUri")
            if rule.get("issuer") == values.issuer and keys and keys not in mine:
                yield evidence_of_open(
                    "issuer", f"{object_title(one)} proves tokens with the keys of {keys}, and not with the realm's"
                )


def _jwt_rules(tokens: Sequence[Object]) -> list[Mapping[str, Any]]:
    return [rule for one in tokens for rule in one["spec"].get("jwtRules") or ()]


def _mode(one: Object) -> str:
    return str((one["spec"].get("mtls") or {}).get("mode", ""))


def _at_ports(one: Object) -> list[str]:
    return [str(each.get("mode")) for each in (one["spec"].get("portLevelMtls") or {}).values()]


def _demands_audience(rule: Mapping[str, Any]) -> bool:
    if any(one.get("key") == "request.auth.audiences" and one.get("values") for one in rule.get("when") or ()):
        return True
    sources = [one.get("source") or {} for one in rule.get("from") or ()]
    return bool(sources) and all(not one.get("requestPrincipals") for one in sources)


def _plain(value: Any) -> str:
    """Plain data as text, whatever the order of lists."""
    if isinstance(value, Mapping):
        return json.dumps({key: _plain(inner) for key, inner in sorted(value.items())})
    return json.dumps(sorted(_plain(inner) for inner in value)) if isinstance(value, list) else json.dumps(value)
