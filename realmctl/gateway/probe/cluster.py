"""What stands in Kubernetes about a gateway: policies, filters and the mesh's configuration, as kubectl tells them.

Pure. Silent mistakes are what is looked for: a policy in another namespace, a selector that selects nothing. Must not
know about: how objects are read, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from realmctl.gateway.probe.asked import on, unasked
from realmctl.gateway.probe.objects import (
    GATEWAY_NAME,
    ROOT,
    Object,
    Pods,
    fits,
    holds_for,
    labels_of,
    name,
    namespace,
    of_istio,
    pod_of,
    selector,
    told,
    whole,
)
from realmctl.gateway.probe.points import Evidence, closed, opened, unknown
from realmctl.gateway.probe.routes import routes
from realmctl.gateway.probe.services import services
from realmctl.gateway.values import Gateway

RESOURCES = (
    "authorizationpolicies.security.istio.io", "requestauthentications.security.istio.io",
    "peerauthentications.security.istio.io", "gateways.networking.istio.io", "envoyfilters.networking.istio.io",
    "virtualservices.networking.istio.io", "deployments.apps", "statefulsets.apps",
)  # fmt: skip
"""What is asked for in all namespaces; and istiod's config maps: `istio`, and the one that `shared_mesh` names."""

_TOLD_TO_CHECK = frozenset(
    {"x-forwarded-uri", "x-forwarded-host", "x-forwarded-port", "x-original-url", "x-original-uri"}
)


_MANAGED, _WAYPOINT = "gateway.istio.io/managed", "istio.io-mesh-controller"
"""The label that tells a waypoint, which is inside the mesh, from a gateway (Istio 1.31)."""
_LONGEST = 60
"""Seconds that a check may take; Envoy holds the request, and its place, for so long."""


def cluster(objects: Sequence[Object], mesh: Object | None, values: Gateway | None) -> Iterator[Evidence]:
    """Everything that can be seen; `mesh` is the mesh's configuration, None where it could not be read."""
    by_kind: dict[str, list[Object]] = {}
    for one in objects:
        by_kind.setdefault(str(one.get("kind")), []).append(whole(one))
    root = str((mesh or {}).get("rootNamespace") or ROOT)
    gateways = _gateway_pods(by_kind)
    yield from _custom(by_kind, gateways, root, values)
    if values is not None:
        listening = [one for pods in gateways for one in on(by_kind.get("Gateway", ()), pods)]
        yield from routes(by_kind.get("VirtualService", ()), listening, _asked(mesh, _providers(by_kind)), values)
    yield from services(by_kind, gateways, values, root)
    yield from _filters(by_kind, gateways, root, _given(mesh))
    yield from _mesh(mesh, _providers(by_kind))
    yield from _redis(by_kind)


def shared_mesh(objects: Sequence[Object], istiod: str) -> str | None:
    """The config map that istiod merges with its own, where its deployment in that namespace names one."""
    for one in objects:
        if one.get("kind") == "Deployment" and namespace(one) == istiod:
            for container in pod_of(one).get("containers") or ():
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


def _gateway_pods(by_kind: Mapping[str, Sequence[Object]]) -> list[Pods]:
    """The pods that an Istio Gateway selects, or that Istio made for one of the Gateway API."""
    # One without a selector is for the pods of all gateways, and tells none of them.
    gateways = [one for one in by_kind.get("Gateway", ()) if of_istio(one) and selector(one)]
    found = []
    for deployment in by_kind.get("Deployment", ()):
        labels = labels_of(deployment)
        if (GATEWAY_NAME in labels and labels.get(_MANAGED) != _WAYPOINT) or any(
            fits(selector(one), labels) for one in gateways
        ):
            found.append(Pods(f"deployment {namespace(deployment)}/{name(deployment)}", namespace(deployment), labels))
    return found


def _custom(
    by_kind: Mapping[str, Sequence[Object]], gateways: Sequence[Pods], root: str, values: Gateway | None
) -> Iterator[Evidence]:
    policies = [one for one in by_kind.get("AuthorizationPolicy", ()) if one["spec"].get("action") == "CUSTOM"]
    if not gateways:
        yield unknown(
            "login", "no deployment has the labels that a Gateway selects, so it isn't known which pods count"
        )
    for pods in gateways:
        if mine := [one for one in policies if holds_for(one, pods, root)]:
            yield from unasked(mine, pods, on(by_kind.get("Gateway", ()), pods), values)
        else:
            text = "no AuthorizationPolicy with action CUSTOM is in this namespace and selects these pods: all is open"
            yield opened("login", text, pods.told)
    for policy in policies:
        for rule in policy["spec"].get("rules") or ():
            for operation in (one.get("operation") or {} for one in rule.get("to") or ()):
                wide = [path for path in operation.get("notPaths") or () if not str(path).endswith("/*")]
                if wide:
                    text = f"{told(policy)} leaves out {', '.join(wide)}: only a prefix that ends in /* can be routed"
                    yield opened("exempt-paths", text)


def _filters(
    by_kind: Mapping[str, Sequence[Object]], gateways: Sequence[Pods], root: str, given: Sequence[str]
) -> Iterator[Evidence]:
    """`given` are the headers with which the check tells services who it is."""
    for pods in gateways:
        mine = [one for one in by_kind.get("EnvoyFilter", ()) if holds_for(one, pods, root)]
        patches = [patch.get("patch") or {} for one in mine for patch in one["spec"].get("configPatches") or ()]
        for what, text in (
            ("REJECT_REQUEST", "headers with underscores are rejected"),
            ("header_mutation", "identity headers are taken out before the check"),
        ):
            having = [one for one in patches if what in str(one)]
            if not having:
                yield opened("identity-headers", f"no EnvoyFilter on the gateway has {what}: it is not so that {text}")
            elif what == "header_mutation" and all(_late(one) for one in having):
                text = "identity headers are taken out after the check, and its own with them"
                yield opened("identity-headers", text, pods.told)
            elif what == "header_mutation" and (left := _left(having, given)):
                text = f"{', '.join(left)} is not taken out before the check, and services are told by it who it is"
                yield opened("identity-headers", text, pods.told)
            else:
                yield closed("identity-headers", text, pods.told)


def _late(patch: Mapping[str, Any]) -> bool:
    """Whether a filter is put in behind others (Istio's reference of EnvoyFilter)."""
    return str(patch.get("operation")) in ("INSERT_AFTER", "ADD")


def _left(patches: Sequence[Mapping[str, Any]], given: Sequence[str]) -> list[str]:
    """The given headers that no mutation takes out; a given one may end in *."""
    mutations = [
        mutation
        for one in patches
        for mutation in (((one.get("value") or {}).get("typed_config") or {}).get("mutations") or {}).get(
            "request_mutations"
        )
        or ()
    ]
    removed = [str(one["remove"]).lower() for one in mutations if one.get("remove")]
    if not given or any("remove_on_match" in one for one in mutations):
        return []
    return [one for one in given if not any(fnmatch(each, one) for each in removed)]


def _asked(mesh: Object | None, wanted: Sequence[str]) -> list[str]:
    """The services that CUSTOM policies ask, as far as they are known."""
    providers = [one for one in (mesh or {}).get("extensionProviders") or () if one.get("name") in wanted]
    asked = (one.get("envoyExtAuthzHttp") or one.get("envoyExtAuthzGrpc") or {} for one in providers)
    return [str(one["service"]) for one in asked if one.get("service")]


def _given(mesh: Object | None) -> list[str]:
    """What the check may put into requests for services, but for the token."""
    providers = [one.get("envoyExtAuthzHttp") or {} for one in (mesh or {}).get("extensionProviders") or ()]
    found = [str(header).lower() for one in providers for header in one.get("headersToUpstreamOnAllow") or ()]
    return [one for one in dict.fromkeys(found) if one not in ("authorization", "cookie")]


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
    for each in dict.fromkeys(wanted):
        provider = (known.get(each) or {}).get("envoyExtAuthzHttp")
        if provider is None:
            text = f"the mesh has no extension provider {each} that asks over HTTP: every request is refused"
            yield opened("check", text)
            continue
        yield from _provider(each, provider)


def _provider(called: str, provider: Mapping[str, Any]) -> Iterator[Evidence]:
    if provider.get("failOpen"):
        yield opened("check", f"the provider {called} has failOpen: with oauth2-proxy down, everybody passes")
    else:
        yield closed("check", f"the provider {called} is closed when it fails")
    if not provider.get("timeout"):
        yield opened("check", f"the provider {called} has no timeout: 600 s are waited for it")
    elif (seconds := _seconds(str(provider["timeout"]))) is not None and seconds > _LONGEST:
        yield opened("check", f"the provider {called} has {provider['timeout']} to answer: so long is everybody held")
    else:
        yield closed("check", f"the provider {called} has {provider['timeout']} to answer")
    if not provider.get("statusOnError"):
        yield opened("check", f"the provider {called} has no statusOnError: an outage looks like a refusal (403)")
    sent = {str(one).lower() for one in provider.get("includeRequestHeadersInCheck") or ()}
    sent |= {str(one).lower() for one in provider.get("includeHeadersInCheck") or ()}
    if found := sorted(sent & _TOLD_TO_CHECK):
        text = f"the provider {called} is told {', '.join(found)}, which a client can set to a path that needs no login"
        yield opened("identity-headers", text)
    else:
        yield closed("identity-headers", f"the provider {called} is told no address but the real one")


def _seconds(duration: str) -> float | None:
    """A duration as Go writes it (1m30s), in seconds; None where it can't be read."""
    if not re.fullmatch(r"([\d.]+(ms|s|m|h))+", duration):
        return None
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(count) * units[unit] for count, unit in re.findall(r"([\d.]+)(ms|s|m|h)", duration))


def _redis(by_kind: Mapping[str, Sequence[Object]]) -> Iterator[Evidence]:
    found = False
    for kind in ("StatefulSet", "Deployment"):
        for one in by_kind.get(kind, ()):
            containers = pod_of(one).get("containers") or ()
            if not any("redis" in str(each.get("image")) or "valkey" in str(each.get("image")) for each in containers):
                continue
            found = True
            volumes = pod_of(one).get("volumes") or ()
            kept = one["spec"].get("volumeClaimTemplates") or any("persistentVolumeClaim" in each for each in volumes)
            if kept:
                yield closed("redis", "it has a volume", f"{kind.lower()} {namespace(one)}/{name(one)}")
            else:
                text = "it has no volume: everybody logs in again when it restarts"
                yield opened("redis", text, f"{kind.lower()} {namespace(one)}/{name(one)}")
    if not found:
        yield unknown("redis", "no Redis runs in this cluster")
