"""What a chart renders, as a cluster on paper: pods, services, and which address a service's name stands for.

Pure: nothing is started here. Must not know about: what the pods do, Envoy, realms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

Document = dict[str, Any]

_WORKLOADS = frozenset({"Deployment", "StatefulSet"})
_MOST_REPLICAS = 2
_URL = re.compile(
    r"(?P<scheme>\b[a-z]+://(?:[^/@\s\"']*@)?)?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+){1,2}\.svc(?:\.cluster\.local)?"
    r"|[a-z0-9-]+(?:\.[a-z0-9-]+)?)(?::(?P<port>\d+))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True)
class Pod:
    """One pod of a workload. `ip` is where the mesh finds it; `inside` where its program listens.

    They differ where a sidecar stands in front.
    """

    name: str
    namespace: str
    workload: str
    labels: Mapping[str, str]
    spec: Document
    ip: str
    inside: str
    gateway: bool = False
    """Whether it is Istio's gateway: an Envoy and nothing else."""

    @property
    def image(self) -> str:
        """The name of its program's image, without registry and version."""
        said = str(self.spec["containers"][0]["image"])
        return said.rpartition("/")[2].partition(":")[0].partition("@")[0]

    @property
    def sidecar(self) -> bool:
        """Whether Istio injects one."""
        return self.ip != self.inside

    def ports(self) -> dict[str, int]:
        """The ports of its containers by name."""
        named = (port for one in self.spec["containers"] for port in one.get("ports") or ())
        return {str(port.get("name", port["containerPort"])): int(port["containerPort"]) for port in named}


@dataclass
class Cluster:
    """Everything rendered, with addresses."""

    documents: Sequence[Document]
    address: Callable[[str], str]
    """An address for a name: a pod's for its program, a pod's with a @ in front for its sidecar."""
    pods: list[Pod] = field(default_factory=list)

    def __post_init__(self) -> None:
        for one in self.documents:
            if one["kind"] in _WORKLOADS:
                self.pods += self._pods(one)

    def of(self, *kinds: str) -> Iterator[Document]:
        """The documents of these kinds."""
        return (one for one in self.documents if one["kind"] in kinds)

    def named(self, kind: str, namespace: str, name: str) -> Document | None:
        """One document, or None."""
        return next(
            (one for one in self.of(kind) if (namespace_of(one), one["metadata"]["name"]) == (namespace, name)), None
        )

    def pods_of(self, service: Document) -> list[Pod]:
        """The pods that a Service selects."""
        wanted = service["spec"].get("selector") or {}
        namespace = namespace_of(service)
        return [
            pod for pod in self.pods if wanted and pod.namespace == namespace and wanted.items() <= pod.labels.items()
        ]

    def place(self, host: str, port: int, namespace: str) -> tuple[str, int] | None:
        """Where a Service's name and port lead: to the program itself, as if no sidecar were on the way."""
        name, _, rest = host.partition(".")
        where = rest.split(".")[0] if rest else namespace
        service = self.named("Service", where, name)
        for said in service["spec"].get("ports") or () if service else ():
            if service and said["port"] == port:
                pods = self.pods_of(service)
                return (pods[0].inside, target(said, pods[0])) if pods else None
        return None

    def resolved(self, text: str, namespace: str) -> str:
        """`text` with the names of services replaced by addresses: what a cluster's DNS would answer."""

        def found(match: re.Match[str]) -> str:
            scheme = match["scheme"] or ""
            port = int(match["port"] or _DEFAULT_PORTS.get(scheme.partition(":")[0], 0))
            place = self.place(match["host"], port, namespace) if port else None
            return f"{scheme}{place[0]}:{place[1]}" if place else match[0]

        return _URL.sub(found, text)

    def kubernetes(self) -> str:
        """What istiod reads of a cluster beside Istio's own resources, as YAML documents."""
        namespaces = {pod.namespace for pod in self.pods}
        known = {one["metadata"]["name"]: one for one in self.of("Namespace")}
        written: list[Document] = [
            known.get(name) or _object("v1", "Namespace", name, None) for name in sorted(namespaces)
        ]
        written += [self._seen(pod) for pod in self.pods]
        for service in self.of("Service"):
            written.append(_with_namespace(service))
            written += self._slice(service)
        return "\n---\n".join(yaml.safe_dump(one) for one in written)

    def istio(self) -> list[Document]:
        """Istio's resources."""
        return [one for one in self.documents if ".istio.io/" in one["apiVersion"]]

    def _pods(self, workload: Document) -> Iterator[Pod]:
        template, name, namespace = workload["spec"]["template"], workload["metadata"]["name"], namespace_of(workload)
        labels = template["metadata"].get("labels") or {}
        replicas = workload["spec"].get("replicas")
        for number in range(min(1 if replicas is None else replicas, _MOST_REPLICAS)):
            pod = f"{name}-{number}"
            inside = self.address(pod)
            ip = self.address(f"@{pod}") if self._injected(template, namespace) else inside
            yield Pod(pod, namespace, name, labels, template["spec"], ip, inside, _is_gateway(template))

    def _injected(self, template: Document, namespace: str) -> bool:
        if _is_gateway(template):
            return False
        said = _marks(template)
        if "sidecar.istio.io/inject" in said:
            return str(said["sidecar.istio.io/inject"]).lower() == "true"
        spaces = (one["metadata"] for one in self.of("Namespace") if one["metadata"]["name"] == namespace)
        return any((one.get("labels") or {}).get("istio-injection") == "enabled" for one in spaces)

    def _seen(self, pod: Pod) -> Document:
        """The pod as the API server would show it."""
        made = _object("v1", "Pod", pod.name, pod.namespace)
        tls = {"security.istio.io/tlsMode": "istio"} if pod.sidecar else {}
        made["metadata"]["labels"] = {**pod.labels, **tls}
        account = pod.spec.get("serviceAccountName", "default")
        seen = ("name", "image", "ports")
        containers = [{key: one[key] for key in seen if key in one} for one in pod.spec["containers"]]
        made["spec"] = {"serviceAccountName": account, "containers": containers}
        ready = [{"type": "Ready", "status": "True"}]
        made["status"] = {"podIP": pod.ip, "podIPs": [{"ip": pod.ip}], "phase": "Running", "conditions": ready}
        return made

    def _slice(self, service: Document) -> Iterator[Document]:
        pods, name = self.pods_of(service), service["metadata"]["name"]
        if not pods:
            return
        made = _object("discovery.k8s.io/v1", "EndpointSlice", f"{name}-1", namespace_of(service))
        made["metadata"]["labels"] = {"kubernetes.io/service-name": name}
        made["addressType"] = "IPv4"
        made["ports"] = [
            {"name": said.get("name", ""), "port": target(said, pods[0]), "protocol": "TCP"}
            for said in service["spec"].get("ports") or ()
        ]
        made["endpoints"] = [
            {
                "addresses": [pod.ip],
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace},
            }
            for pod in pods
        ]
        yield made


def _marks(template: Document) -> dict[str, Any]:
    metadata = template["metadata"]
    return {**(metadata.get("annotations") or {}), **(metadata.get("labels") or {})}


def _is_gateway(template: Document) -> bool:
    return _marks(template).get("inject.istio.io/templates") == "gateway"


def read(text: str) -> list[Document]:
    """The documents of a rendered chart; a List counts for its items."""
    found: list[Document] = []
    for one in yaml.safe_load_all(text):
        found += one["items"] if one and one["kind"] == "List" else [one] if one else []
    return found


def target(port: Document, pod: Pod) -> int:
    """The port of the pod behind a Service's port."""
    said = port.get("targetPort", port["port"])
    return said if isinstance(said, int) else pod.ports()[str(said)]


def namespace_of(document: Document) -> str:
    """Where it stands."""
    return str(document["metadata"].get("namespace") or "default")


def written(documents: Iterable[Document]) -> str:
    """As YAML documents."""
    return yaml.safe_dump_all(documents)


def _with_namespace(document: Document) -> Document:
    return {**document, "metadata": {**document["metadata"], "namespace": namespace_of(document)}}


def _object(version: str, kind: str, name: str, namespace: str | None) -> Document:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
