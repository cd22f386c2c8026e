"""What stands in Kubernetes about a gateway: policies, filters and the mesh's configuration, as kubectl tells them.

Pure. Silent mistakes are what is looked for: a policy in another namespace, a selector that selects nothing. Must not
know about: how objects are read, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.external_authorization import listening_gateways, unprotected_requests
from realmctl.integrations.gateway.probe.filters import filters
from realmctl.integrations.gateway.probe.objects import (
    GATEWAY_NAME,
    ROOT,
    Object,
    Pods,
    fits,
    holds_for,
    labels_of,
    matches,
    name,
    namespace,
    object_title,
    of_istio,
    pod_of,
    selector,
    service_of,
    whole,
)
from realmctl.integrations.gateway.probe.routes import routes
from realmctl.integrations.gateway.probe.services import services
from realmctl.integrations.gateway.values import Gateway

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
_MESH = frozenset({"PASSTHROUGH", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL"})
"""How TLS goes through gateways out of the mesh and between clusters: nothing is asked there, nobody could."""
_LONGEST = 60
"""Seconds that a check may take; Envoy holds the request, and its place, for so long."""


def cluster(objects: Sequence[Object], mesh: Object | None, values: Gateway | None) -> Iterator[Evidence]:
    """Everything that can be seen; `mesh` is the mesh's configuration, None where it could not be read."""
    by_kind: dict[str, list[Object]] = {}
    for one in objects:
        by_kind.setdefault(str(one.get("kind")), []).append(whole(one))
    root = str((mesh or {}).get("rootNamespace") or ROOT)
    gateways = _gateway_pods(by_kind, values)
    policies = _in_charge(by_kind, gateways, root)
    wanted = [str((one["spec"].get("provider") or {}).get("name")) for one in policies]
    checks = _checks(mesh, wanted)
    yield from _custom(by_kind, policies, gateways, root, values)
    if values is not None:
        listening = [one for pods in gateways for one in listening_gateways(by_kind.get("Gateway", ()), pods)]
        yield from routes(by_kind.get("VirtualService", ()), listening, _asked(checks), values)
    yield from services(by_kind, gateways, values, root)
    yield from filters(by_kind.get("EnvoyFilter", ()), gateways, root, _given(checks))
    yield from _mesh(mesh, wanted)
    yield from _redis(by_kind, _asked(checks))


def shared_mesh(objects: Sequence[Object], istiod: str) -> str | None:
    """The config map that istiod merges with its own, where its deployment in that namespace names one."""
    for one in objects:
        if one.get("kind") == "Deployment" and namespace(one) == istiod:
            for container in pod_of(one).get("containers") or ():
                for variable in container.get("env") or ():
                    if variable.get("name") == "SHARED_MESH_CONFIG" and variable.get("value"):
                        return str(variable["value"])
    return None


def merge_mesh_config(own: Object | None, shared: Object | None) -> Object | None:
    """Both as istiod merges them: its own wins, and providers are gathered by name."""
    if own is None or shared is None:
        return own if shared is None else shared
    providers = {one.get("name"): one for mesh in (shared, own) for one in mesh.get("extensionProviders") or ()}
    return {**shared, **own, "extensionProviders": list(providers.values())}


def _gateway_pods(by_kind: Mapping[str, Sequence[Object]], values: Gateway | None) -> list[Pods]:
    """The pods that an Istio Gateway for people selects, or that Istio made for one of the Gateway API."""
    # One without a selector is for the pods of all gateways, and tells none of them.
    gateways = [one for one in by_kind.get("Gateway", ()) if of_istio(one) and selector(one) and _counts(one, values)]
    found = []
    for deployment in by_kind.get("Deployment", ()):
        labels = labels_of(deployment)
        if (GATEWAY_NAME in labels and labels.get(_MANAGED) != _WAYPOINT) or any(
            fits(selector(one), labels) for one in gateways
        ):
            told_as = f"deployment {namespace(deployment)}/{name(deployment)}"
            account = str(pod_of(deployment).get("serviceAccountName") or "")
            found.append(Pods(told_as, namespace(deployment), labels, account))
    return found


def _counts(one: Object, values: Gateway | None) -> bool:
    """Whether a Gateway listens for one of the values' hosts; where none are known, for anything but the mesh's own."""
    servers = one["spec"].get("servers") or ()
    if values is None:
        return not servers or any((each.get("tls") or {}).get("mode") not in _MESH for each in servers)
    hosts = [str(host).rpartition("/")[2] for each in servers for host in each.get("hosts") or ()]
    return any(matches(host, own.name.partition(":")[0]) for host in hosts for own in values.hosts)


def _custom(
    by_kind: Mapping[str, Sequence[Object]],
    policies: Sequence[Object],
    gateways: Sequence[Pods],
    root: str,
    values: Gateway | None,
) -> Iterator[Evidence]:
    if not gateways:
        yield evidence_of_unknown(
            "login", "no deployment has the labels that a Gateway for its hosts selects: which pods count isn't known"
        )
    for pods in gateways:
        if mine := [one for one in policies if holds_for(one, pods, root)]:
            yield from unprotected_requests(mine, pods, listening_gateways(by_kind.get("Gateway", ()), pods), values)
        else:
            text = "no AuthorizationPolicy with action CUSTOM is in this namespace and selects these pods: all is open"
            yield evidence_of_open("login", text, pods.told)
    for policy in policies:
        for rule in policy["spec"].get("rules") or ():
            for operation in (one.get("operation") or {} for one in rule.get("to") or ()):
                wide = [path for path in operation.get("notPaths") or () if not str(path).endswith("/*")]
                if wide:
                    left_out = f"{object_title(policy)} leaves out {', '.join(wide)}"
                    text = f"{left_out}: only a prefix that ends in /* can be routed"
                    yield evidence_of_open("exempt-paths", text)


def _in_charge(by_kind: Mapping[str, Sequence[Object]], gateways: Sequence[Pods], root: str) -> list[Object]:
    """The CUSTOM policies that are in force on the gateway's pods; where none is, all that there are."""
    custom = [one for one in by_kind.get("AuthorizationPolicy", ()) if one["spec"].get("action") == "CUSTOM"]
    return [one for one in custom if any(holds_for(one, pods, root) for pods in gateways)] or custom


def _checks(mesh: Object | None, wanted: Sequence[str]) -> list[Mapping[str, Any]]:
    """The providers that are asked, as far as they are known."""
    return [one for one in (mesh or {}).get("extensionProviders") or () if one.get("name") in wanted]


def _asked(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Their services, as NAME.NAMESPACE."""
    said = [one.get("envoyExtAuthzHttp") or one.get("envoyExtAuthzGrpc") or {} for one in checks]
    parts = [str(one["service"]).rpartition("/") for one in said if one.get("service")]
    return [service_of(host, where) for where, _, host in parts]


def _given(checks: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """What the check may put into requests for services, but for the token; None where it isn't known."""
    said = [one.get("envoyExtAuthzHttp") for one in checks]
    if not said or None in said:
        return None
    found = [str(header).lower() for one in said for header in (one or {}).get("headersToUpstreamOnAllow") or ()]
    return [one for one in dict.fromkeys(found) if one not in ("authorization", "cookie")]


def _mesh(mesh: Object | None, wanted: Sequence[str]) -> Iterator[Evidence]:
    if mesh is None:
        yield evidence_of_unknown(
            "check", "the mesh's configuration could not be read (config map istio in istiod's namespace)"
        )
        return
    normal = (mesh.get("pathNormalization") or {}).get("normalization", "BASE")
    if normal == "DECODE_AND_MERGE_SLASHES":
        yield evidence_of_closed("check", "paths are normalized with DECODE_AND_MERGE_SLASHES")
    else:
        yield evidence_of_open("check", f"paths are normalized with {normal}: /admin%2fx passes a rule for /admin")
    known = {str(one.get("name")): one for one in mesh.get("extensionProviders") or ()}
    for each in dict.fromkeys(wanted):
        provider = (known.get(each) or {}).get("envoyExtAuthzHttp")
        if provider is None:
            text = f"the mesh has no extension provider {each} that asks over HTTP: every request is refused"
            yield evidence_of_open("check", text)
            continue
        yield from _provider(each, provider)


def _provider(called: str, provider: Mapping[str, Any]) -> Iterator[Evidence]:
    if provider.get("failOpen"):
        yield evidence_of_open("check", f"the provider {called} has failOpen: with oauth2-proxy down, everybody passes")
    else:
        yield evidence_of_closed("check", f"the provider {called} is closed when it fails")
    if not provider.get("timeout"):
        yield evidence_of_open("check", f"the provider {called} has no timeout: 600 s are waited for it")
    elif (seconds := _seconds(str(provider["timeout"]))) is None:
        yield evidence_of_unknown(
            "check", f"the provider {called} has {provider['timeout']} to answer, which can't be read"
        )
    elif seconds > _LONGEST:
        yield evidence_of_open(
            "check", f"the provider {called} has {provider['timeout']} to answer: so long is everybody held"
        )
    else:
        yield evidence_of_closed("check", f"the provider {called} has {provider['timeout']} to answer")
    if not provider.get("statusOnError"):
        yield evidence_of_open(
            "check", f"the provider {called} has no statusOnError: an outage looks like a refusal (403)"
        )
    sent = {str(one).lower() for one in provider.get("includeRequestHeadersInCheck") or ()}
    sent |= {str(one).lower() for one in provider.get("includeHeadersInCheck") or ()}
    # Each may begin or end in * (Istio's reference of ExtensionProvider).
    if found := sorted(one for one in sent if any(fnmatch(each, one) for each in _TOLD_TO_CHECK)):
        text = f"the provider {called} is told {', '.join(found)}, which a client can set to a path that needs no login"
        yield evidence_of_open("identity-headers", text)
    else:
        yield evidence_of_closed("identity-headers", f"the provider {called} is told no address but the real one")


_PART = r"(\d+(?:\.\d*)?|\.\d+)(ms|s|m|h)"


def _seconds(duration: str) -> float | None:
    """A duration as Go writes it (1m30s), in seconds; None where it can't be read."""
    if not re.fullmatch(rf"({_PART})+", duration):
        return None
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(count) * units[unit] for count, unit in re.findall(_PART, duration))


def _redis(by_kind: Mapping[str, Sequence[Object]], proxies: Sequence[str]) -> Iterator[Evidence]:
    """Redis beside oauth2-proxy; `proxies` are its services, as NAME.NAMESPACE. Any other may be for anything."""
    running = [(kind, one) for kind in ("StatefulSet", "Deployment") for one in by_kind.get(kind, ())]
    near = {one.partition(".")[2] for one in proxies}
    near |= {namespace(one) for _, one in running if any("oauth2-proxy" in image for image in _images(one))}
    found = [(f"{kind.lower()} {namespace(one)}/{name(one)}", one) for kind, one in running if _is_redis(one)]
    mine = [(where, one) for where, one in found if namespace(one) in near]
    for where, one in mine:
        volumes = pod_of(one).get("volumes") or ()
        if one["spec"].get("volumeClaimTemplates") or any("persistentVolumeClaim" in each for each in volumes):
            yield evidence_of_closed("redis", "it has a volume", where)
        else:
            yield evidence_of_open("redis", "it has no volume: everybody logs in again when it restarts", where)
    if not mine:
        text = "it is in another namespace than oauth2-proxy: whether sessions are in it isn't known"
        yield from (evidence_of_unknown("redis", text, where) for where, _ in found)
    if not found:
        yield evidence_of_unknown("redis", "no Redis runs in this cluster")


def _images(one: Object) -> list[str]:
    """What a pod's images are called, without where they are from and their tags."""
    said = [str(each.get("image")) for each in pod_of(one).get("containers") or ()]
    return [re.split("[:@]", each.rpartition("/")[2])[0] for each in said]


def _is_redis(one: Object) -> bool:
    # What watches or manages one is none.
    return any(re.search("redis|valkey", each) and not re.search("exporter|operator", each) for each in _images(one))
