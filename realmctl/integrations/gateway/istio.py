"""The gateway's values → Istio's plain resources: who is asked to log in, whose token counts, and who may do what.

Must not know about: realms, how resources are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.integrations.gateway.values import Gateway, Rule, Service

Resource = dict[str, Any]

_API = "security.istio.io/v1"

NOTES = """\
These hold only together with what is elsewhere:
- meshConfig.pathNormalization.normalization: DECODE_AND_MERGE_SLASHES. With the default, BASE, /admin%2fx passes a rule
  for /admin. No gateway helps a service that folds case, strips ;parameters or decodes twice.
- meshConfig.extensionProviders has the provider (envoyExtAuthzHttp to oauth2-proxy) with a timeout of seconds,
  failOpen: false, and no x-forwarded-uri, -host or -port among the headers it forwards.
- Paths that need no login have routes that can't end at a service; other paths of Keycloak answer 404.
- Identity headers from outside are taken out before the check (an EnvoyFilter, inserted first).
- The CUSTOM policy is in the gateway's namespace, and its selector matches the gateway's pods: where it does not,
  everything is open and nothing says so.
- Pods of services take no traffic but the mesh's (PeerAuthentication STRICT), and see paths as the browser wrote them.
"""
"""What a reader of the resources has to know, found by trying to get past them."""


@dataclass(frozen=True, slots=True)
class GatewayPlacement:
    """Where the gateway itself runs, which no realm tells."""

    namespace: str = "istio-system"
    selector: Mapping[str, str] = field(default_factory=lambda: {"istio": "ingressgateway"})
    provider: str = "oauth2-proxy"


def resources(gateway: Gateway, place: GatewayPlacement) -> Iterator[Resource]:
    """Every resource, the gateway's first."""
    yield _resource(
        "AuthorizationPolicy",
        "oauth2-proxy",
        place.namespace,
        place.selector,
        {
            "action": "CUSTOM",
            "provider": {"name": place.provider},
            # What is left out is left out on the gateway's own hosts alone: another Gateway on the same pods could lead
            # such a path to a service. Never the other way round: a policy with hosts is passed by a Host with a port.
            "rules": [
                {"to": [{"operation": {"notPaths": gateway.paths.withoutLogin}}]},
                {"to": [{"operation": {"notHosts": _every_spelling(gateway)}}]},
            ],
        },
    )
    for name, service in gateway.services.items():
        yield from _service(gateway, name, service)


def _every_spelling(gateway: Gateway) -> list[str]:
    """The gateway's hosts, without a port and with any."""
    names = dict.fromkeys(host.name.partition(":")[0] for host in gateway.hosts)
    return [spelling for name in names for spelling in (name, f"{name}:*")]


def _service(gateway: Gateway, name: str, service: Service) -> Iterator[Resource]:
    where = (service.workload.namespace, service.workload.labels)
    yield _resource(
        "RequestAuthentication",
        name,
        *where,
        {
            "jwtRules": [
                {
                    "issuer": gateway.issuer,
                    "jwksUri": gateway.endpoints.internal.keys,
                    "audiences": [service.audience],
                    "forwardOriginalToken": True,
                }
            ]
        },
    )
    # A RequestAuthentication refuses a bad token and lets none at all pass; this is what demands one.
    principals = {"requestPrincipals": [f"{gateway.issuer}/*"]}
    audience = {"key": "request.auth.audiences", "values": [service.audience]}
    rules = [{"from": [{"source": principals}], "when": [audience]}]
    yield _resource("AuthorizationPolicy", name, *where, {"action": "ALLOW", "rules": rules})
    for number, rule in enumerate(service.rules, 1):
        spec = {"action": "DENY", "rules": [_denied(rule)]}
        yield _resource("AuthorizationPolicy", f"{name}-rule-{number}", *where, spec)


def _denied(rule: Rule) -> dict[str, Any]:
    """Whom a rule keeps out: who has none of its roles. Denials add up, so every rule that fits has to be satisfied."""
    operation: dict[str, Any] = {} if "/*" in rule.paths else {"paths": rule.paths}
    if rule.methods:
        operation["methods"] = rule.methods
    wanted: dict[str, list[str]] = {}
    for role in rule.anyOf:
        wanted.setdefault(role.key, []).append(role.value)
    # A claim that is not there has none of the values either.
    when = [{"key": key, "notValues": values} for key, values in wanted.items()]
    return {"to": [{"operation": operation}], "when": when} if operation else {"when": when}


def _resource(kind: str, name: str, namespace: str, labels: Mapping[str, str], spec: Mapping[str, Any]) -> Resource:
    selector = {"selector": {"matchLabels": dict(labels)}}
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {**selector, **spec},
    }
