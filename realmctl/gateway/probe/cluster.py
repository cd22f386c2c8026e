"""What stands in Kubernetes about a gateway: policies, filters and the mesh's configuration, as kubectl tells them.

Pure. Silent mistakes are what is looked for: a policy in another namespace, a selector that selects nothing. Must not
know about: how objects are read, requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.gateway.probe.points import Evidence, closed, opened, unknown
from realmctl.gateway.values import Gateway

Object = Mapping[str, Any]

RESOURCES = (
    "authorizationpolicies.security.istio.io", "requestauthentications.security.istio.io",
    "peerauthentications.security.istio.io", "gateways.networking.istio.io", "envoyfilters.networking.istio.io",
    "deployments.apps", "statefulsets.apps",
)  # fmt: skip
"""What is asked for in all namespaces; and istiod's config maps: `istio`, and the one that `shared_mesh` names."""

_TOLD_TO_CHECK = frozenset(
    {"x-forwarded-uri", "x-forwarded-host", "x-forwarded-port", "x-original-url", "x-original-uri"}
)


def cluster(objects: Sequence[Object], mesh: Object | None, values: Gateway | None) -> Iterator[Evidence]:
    """Everything that can be seen; `mesh` is the mesh's configuration, None where it could not be read."""
    by_kind: dict[str, list[Object]] = {}
    for one in objects:
        by_kind.setdefault(str(one.get("kind")), []).append(one)
    gateways = _gateway_pods(by_kind)
    yield from _custom(by_kind, gateways)
    yield from _services(by_kind, gateways, values)
    yield from _strict(by_kind)
    yield from _filters(by_kind, gateways)
    yield from _mesh(mesh, _providers(by_kind))
    yield from _issuers(by_kind, values)
    yield from _redis(by_kind)


def shared_mesh(objects: Sequence[Object], namespace: str) -> str | None:
    """The config map that istiod merges with its own, where its deployment names one (SHARED_MESH_CONFIG)."""
    for one in objects:
        if one.get("kind") == "Deployment" and _namespace(one) == namespace:
            for container in one["spec"]["template"]["spec"].get("containers") or ():
                for variable in container.get("env") or ():
                    if variable.get("name") == "SHARED_MESH_CONFIG" and variable.get("value"):
                        return str(variable["value"])
    return None


def merged(own: Object | None, shared: Object | None) -> Object | None:
    """Both as istiod merges them: its own wins, and providers are gathered by name."""
    if own is None or shared is None:
        return own if shared is None else shared
    providers = {one.get("name"): one for mesh in (shared, own) for one in mesh.get("extensionProviders") or ()}
    return {**shared, **own, "extensionProviders": list(providers.values())}


def _gateway_pods(by_kind: Mapping[str, Sequence[Object]]) -> list[tuple[str, str, Mapping[str, str]]]:
    """Name, namespace and labels of the pods that an Istio Gateway selects."""
    found = []
    for deployment in by_kind.get("Deployment", ()):
        labels = deployment["spec"]["template"]["metadata"].get("labels") or {}
        for gateway in by_kind.get("Gateway", ()):
            if _fits(gateway["spec"].get("selector") or {}, labels):
                found.append((_name(deployment), _namespace(deployment), labels))
                break
    return found


def _custom(
    by_kind: Mapping[str, Sequence[Object]], gateways: Sequence[tuple[str, str, Mapping[str, str]]]
) -> Iterator[Evidence]:
    policies = [one for one in by_kind.get("AuthorizationPolicy", ()) if one["spec"].get("action") == "CUSTOM"]
    if not gateways:
        yield unknown(
            "login", "no deployment has the labels that a Gateway selects, so it isn't known which pods count"
        )
    for name, namespace, labels in gateways:
        on = [one for one in policies if _namespace(one) in (namespace, "istio-system") and _selects(one, labels)]
        on = [one for one in on if _namespace(one) == namespace or not _labels(one)]
        if on:
            yield closed("login", f"{_told(on[0])} is on the gateway's pods", f"deployment {namespace}/{name}")
        else:
            told = "no AuthorizationPolicy with action CUSTOM is in this namespace and selects these pods: all is open"
            yield opened("login", told, f"deployment {namespace}/{name}")
    for policy in policies:
        for rule in policy["spec"].get("rules") or ():
            for operation in (one.get("operation") or {} for one in rule.get("to") or ()):
                if operation.get("hosts") or operation.get("paths"):
                    told = f"{_told(policy)} is about some hosts or paths alone, and others are open"
                    yield opened("login", told)
                wide = [path for path in operation.get("notPaths") or () if not str(path).endswith("/*")]
                if wide:
                    told = f"{_told(policy)} leaves out {', '.join(wide)}: only a prefix that ends in /* can be routed"
                    yield opened("exempt-paths", told)
                elif operation.get("notPaths"):
                    yield closed("exempt-paths", f"{_told(policy)} leaves out {', '.join(operation['notPaths'])}")


def _services(
    by_kind: Mapping[str, Sequence[Object]],
    gateways: Sequence[tuple[str, str, Mapping[str, str]]],
    values: Gateway | None,
) -> Iterator[Evidence]:
    tokens = by_kind.get("RequestAuthentication", ())
    allowing = [
        one
        for one in by_kind.get("AuthorizationPolicy", ())
        if one["spec"].get("action", "ALLOW") == "ALLOW" and _demands_principal(one)
    ]
    if values is not None:
        for name, service in values.services.items():
            where, labels = service.workload.namespace, service.workload.labels
            mine = [one for one in tokens if _namespace(one) == where and _selects(one, labels)]
            audiences = {
                audience
                for one in mine
                for rule in one["spec"].get("jwtRules") or ()
                for audience in rule.get("audiences") or ()
            }
            if service.audience not in audiences:
                told = f"no RequestAuthentication on the service {name} demands the audience {service.audience}"
                yield opened("services", told, f"namespace {where}")
            elif not any(_namespace(one) == where and _selects(one, labels) for one in allowing):
                told = f"no AuthorizationPolicy on the service {name} demands a token: one without passes"
                yield opened("services", told, f"namespace {where}")
            else:
                yield closed(
                    "services", f"the service {name} demands a token for {service.audience}", f"namespace {where}"
                )
        return
    at_gateway = {namespace for _, namespace, _ in gateways}
    for one in tokens:
        # At the gateway itself nobody demands one, since a login has none yet.
        if _namespace(one) in at_gateway:
            continue
        if any(_namespace(policy) == _namespace(one) and _labels(policy) == _labels(one) for policy in allowing):
            yield closed("services", f"{_told(one)} is backed by a policy that demands a token")
        else:
            yield opened("services", f"{_told(one)} refuses bad tokens, and nothing demands one: none at all passes")


def _strict(by_kind: Mapping[str, Sequence[Object]]) -> Iterator[Evidence]:
    modes = {
        _told(one): ((one["spec"] or {}).get("mtls") or {}).get("mode") for one in by_kind.get("PeerAuthentication", ())
    }
    weak = [name for name, mode in modes.items() if mode in ("PERMISSIVE", "DISABLE")]
    if weak:
        yield opened("services", f"{', '.join(weak)} lets traffic past the mesh's encryption, and so past the gateway")
    elif "STRICT" in modes.values():
        yield closed("services", "traffic between pods has to be the mesh's own (PeerAuthentication STRICT)")
    else:
        yield opened(
            "services", "no PeerAuthentication is STRICT: pods can be reached without the mesh, past the gateway"
        )


def _filters(
    by_kind: Mapping[str, Sequence[Object]], gateways: Sequence[tuple[str, str, Mapping[str, str]]]
) -> Iterator[Evidence]:
    if not gateways:
        return
    filters = [
        str(one["spec"])
        for one in by_kind.get("EnvoyFilter", ())
        for _, namespace, labels in gateways
        if _namespace(one) in (namespace, "istio-system")
        and _fits((one["spec"].get("workloadSelector") or {}).get("labels") or {}, labels)
    ]
    for what, told in (
        ("REJECT_REQUEST", "headers with underscores are rejected"),
        ("header_mutation", "identity headers are taken out before the check"),
    ):
        if any(what in one for one in filters):
            yield closed("identity-headers", told)
        else:
            yield opened("identity-headers", f"no EnvoyFilter on the gateway has {what}: it is not so that {told}")


def _providers(by_kind: Mapping[str, Sequence[Object]]) -> list[str]:
    return [
        str((one["spec"].get("provider") or {}).get("name"))
        for one in by_kind.get("AuthorizationPolicy", ())
        if one["spec"].get("action") == "CUSTOM"
    ]


def _mesh(mesh: Object | None, wanted: Sequence[str]) -> Iterator[Evidence]:
    if mesh is None:
        yield unknown("check", "the mesh's configuration could not be read (config map istio in istiod's namespace)")
        return
    normal = (mesh.get("pathNormalization") or {}).get("normalization", "BASE")
    if normal == "DECODE_AND_MERGE_SLASHES":
        yield closed("check", "paths are normalized with DECODE_AND_MERGE_SLASHES")
    else:
        yield opened("check", f"paths are normalized with {normal}: /admin%2fx passes a rule for /admin")
    known = {str(one.get("name")): one for one in mesh.get("extensionProviders") or ()}
    for name in dict.fromkeys(wanted):
        provider = (known.get(name) or {}).get("envoyExtAuthzHttp")
        if provider is None:
            told = f"the mesh has no extension provider {name} that asks over HTTP: every request is refused"
            yield opened("check", told)
            continue
        yield from _provider(name, provider)


def _provider(name: str, provider: Mapping[str, Any]) -> Iterator[Evidence]:
    if provider.get("failOpen"):
        yield opened("check", f"the provider {name} has failOpen: with oauth2-proxy down, everybody passes")
    else:
        yield closed("check", f"the provider {name} is closed when it fails")
    if provider.get("timeout"):
        yield closed("check", f"the provider {name} has {provider['timeout']} to answer")
    else:
        yield opened("check", f"the provider {name} has no timeout: 600 s are waited for it")
    if not provider.get("statusOnError"):
        yield opened("check", f"the provider {name} has no statusOnError: an outage looks like a refusal (403)")
    sent = {str(one).lower() for one in provider.get("includeRequestHeadersInCheck") or ()}
    sent |= {str(one).lower() for one in provider.get("includeHeadersInCheck") or ()}
    if found := sorted(sent & _TOLD_TO_CHECK):
        told = f"the provider {name} is told {', '.join(found)}, which a client can set to a path that needs no login"
        yield opened("identity-headers", told)
    else:
        yield closed("identity-headers", f"the provider {name} is told no address but the real one")


def _issuers(by_kind: Mapping[str, Sequence[Object]], values: Gateway | None) -> Iterator[Evidence]:
    issuers = {
        str(rule.get("issuer")): _told(one)
        for one in by_kind.get("RequestAuthentication", ())
        for rule in one["spec"].get("jwtRules") or ()
    }
    for issuer, where in issuers.items():
        if values is not None and issuer != values.issuer:
            yield opened("issuer", f"{where} takes tokens of {issuer}, and the realm's issuer is {values.issuer}")
        elif values is not None:
            yield closed("issuer", f"the services' policies take tokens of {issuer}")
    if values is None and len(issuers) > 1:
        yield unknown("issuer", f"policies name {len(issuers)} issuers: {', '.join(sorted(issuers))}")


def _redis(by_kind: Mapping[str, Sequence[Object]]) -> Iterator[Evidence]:
    found = False
    for kind in ("StatefulSet", "Deployment"):
        for one in by_kind.get(kind, ()):
            containers = one["spec"]["template"]["spec"].get("containers") or ()
            if not any("redis" in str(each.get("image")) or "valkey" in str(each.get("image")) for each in containers):
                continue
            found = True
            volumes = one["spec"]["template"]["spec"].get("volumes") or ()
            kept = one["spec"].get("volumeClaimTemplates") or any("persistentVolumeClaim" in each for each in volumes)
            if kept:
                yield closed("redis", "it has a volume", f"{kind.lower()} {_namespace(one)}/{_name(one)}")
            else:
                told = "it has no volume: everybody logs in again when it restarts"
                yield opened("redis", told, f"{kind.lower()} {_namespace(one)}/{_name(one)}")
    if not found:
        yield unknown("redis", "no Redis runs in this cluster")


def _demands_principal(policy: Object) -> bool:
    rules = policy["spec"].get("rules") or ()
    return bool(rules) and all(
        any((source.get("source") or {}).get("requestPrincipals") for source in rule.get("from") or ())
        for rule in rules
    )


def _selects(one: Object, labels: Mapping[str, str]) -> bool:
    return _fits(_labels(one), labels)


def _labels(one: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = (one["spec"].get("selector") or {}).get("matchLabels") or {}
    return found


def _fits(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])


def _namespace(one: Object) -> str:
    return str(one["metadata"].get("namespace", "default"))


def _told(one: Object) -> str:
    return f"{one['kind']} {_namespace(one)}/{_name(one)}"
