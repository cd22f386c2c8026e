"""Objects of Kubernetes as plain data: what they are called, and which of Istio's hold for which pods.

Pure. Must not know about: how objects are read, what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]

ROOT = "istio-system"
"""Istio's root namespace, where the mesh's configuration names none."""
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""The label of the pods that Istio makes for a Gateway of the Gateway API."""


@dataclass(frozen=True, slots=True)
class Pods:
    """Some pods, and whose they are."""

    told: str
    namespace: str
    labels: Mapping[str, str]
    account: str = ""
    """Their service account; "" where it isn't told."""


def holds_for(one: Object, pods: Pods, root: str) -> bool:
    """Whether a policy or filter of Istio is in force for these pods.

    In the root namespace a selector is about pods of every namespace (Istio's reference of WorkloadSelector);
    targetRefs are about a Gateway beside it.
    """
    if dry_run(one):
        return False
    targets = one["spec"].get("targetRefs") or ([one["spec"]["targetRef"]] if one["spec"].get("targetRef") else [])
    if targets:
        mine = pods.labels.get(GATEWAY_NAME)
        beside = namespace(one) == pods.namespace
        return beside and any(each.get("kind") == "Gateway" and each.get("name") == mine for each in targets)
    return namespace(one) in (pods.namespace, root) and fits(selector(one), pods.labels)


def dry_run(one: Object) -> bool:
    """Whether a policy is only tried: Istio logs what it would do."""
    return str((one["metadata"].get("annotations") or {}).get("istio.io/dry-run", "")).lower() in ("true", "t", "1")


def selector(one: Object) -> Mapping[str, str]:
    """The labels that a policy, filter or Gateway wants of pods; none: all of them."""
    spec = one["spec"]
    found = spec.get("selector") or {}
    labels: Mapping[str, str] = found.get("matchLabels", {} if "matchLabels" in found else found)
    return labels or (spec.get("workloadSelector") or {}).get("labels") or {}


def fits(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels have all that is wanted."""
    return all(labels.get(key) == value for key, value in wanted.items())


def matches(pattern: str, value: str, *, fold: bool = True) -> bool:
    """Istio's four ways: exact, prefix*, *suffix, and * for anything."""
    if fold:
        pattern, value = pattern.lower(), value.lower()
    if pattern == "*":
        return True
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return pattern == value


def of_istio(one: Object) -> bool:
    """Whether a Gateway is Istio's own, and not the Gateway API's."""
    return not str(one.get("apiVersion", "")).startswith("gateway.networking.k8s.io/")


def whole(one: Object) -> Object:
    """The same with a `spec`, whatever it leaves out."""
    return {**one, "spec": one.get("spec") or {}}


def labels_of(one: Object) -> Mapping[str, str]:
    """The labels of the pods that a Deployment or StatefulSet makes."""
    found: Mapping[str, str] = (_template(one).get("metadata") or {}).get("labels") or {}
    return found


def pod_of(one: Object) -> Mapping[str, Any]:
    """What is said of those pods."""
    found: Mapping[str, Any] = _template(one).get("spec") or {}
    return found


def _template(one: Object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (one.get("spec") or {}).get("template") or {}
    return found


def name(one: Object) -> str:
    """Its name."""
    return str(one["metadata"]["name"])


def namespace(one: Object) -> str:
    """Where it is."""
    return str(one["metadata"].get("namespace", "default"))


def object_title(one: Object) -> str:
    """What it is called in a message."""
    return f"{one['kind']} {namespace(one)}/{name(one)}"


def in_cluster(host: str) -> bool:
    """Whether it is the name of a Service with its namespace."""
    labels = host.split(".")
    return len(labels) == 2 or labels[2:3] == ["svc"]


def service_of(host: str, beside: str) -> str:
    """A Service as NAME.NAMESPACE, however much of its name is written; any other host as it is."""
    if "." not in host:
        return f"{host}.{beside}"
    return ".".join(host.split(".")[:2]) if in_cluster(host) else host
