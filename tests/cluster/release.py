"""A chart of ours as a release in the cluster, by Helm. Must not know about: what is expected of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.charts.helm import CHARTS, Chart, Helm, Manifest, least
from tests.cluster.control_plane import Cluster

WHERE = {"gateway": "istio-system", "platform": "argocd", "echo": "echo"}
"""The namespace of a chart's release; the others are in `identity`."""


@dataclass(frozen=True)
class Release:
    """One chart in the cluster."""

    cluster: Cluster
    helm: Helm
    name: str

    @property
    def namespace(self) -> str:
        return WHERE.get(self.name, "identity")

    def chart(self, *more: Mapping[str, Any]) -> Chart:
        return Chart(self.name, [*least(self.name), *more], namespace=self.namespace)

    def upgrade(self, *more: Mapping[str, Any]) -> str:
        """`helm upgrade --install`. Raises Refused."""
        return self._helm("upgrade", "--install", self.name, CHARTS / self.name, *self.helm.values(self.chart(*more)))

    def rollback(self, revision: int) -> None:
        self._helm("rollback", self.name, str(revision))

    def uninstall(self) -> None:
        self._helm("uninstall", self.name, "--ignore-not-found")

    def history(self) -> list[tuple[int, str]]:
        """Revisions and their states."""
        said = json.loads(self._helm("history", self.name, "-o", "json"))
        return [(one["revision"], one["status"]) for one in said]

    def objects(self) -> dict[str, Manifest]:
        """What is in the cluster of it, by KIND NAMESPACE/NAME."""
        done = self.cluster.kubectl(
            "get", "--filename=-", "--output=json", given=self._helm("get", "manifest", self.name)
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return {told(one): one for one in found.get("items", [found])}

    def _helm(self, *words: str | Path) -> str:
        return self.helm.run(*words, "--namespace", self.namespace, "--kubeconfig", self.cluster.kubeconfig)


class Install(Protocol):
    """A release of a chart by its name, whose namespaces are there; values may need more of them."""

    def __call__(self, name: str, values: Mapping[str, Any] | None = None) -> Release: ...


def told(one: Manifest) -> str:
    return f"{one['kind']} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}"


def in_place(cluster: Cluster, manifests: Sequence[Manifest]) -> None:
    """The namespaces, each of which warns of pods that are not `restricted`."""
    names = sorted({one["metadata"]["namespace"] for one in manifests if "namespace" in one["metadata"]})
    labels = {"pod-security.kubernetes.io/warn": "restricted", "istio-injection": "enabled"}
    done = cluster.apply(
        [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}} for name in names]
    )
    assert done.returncode == 0, done.stderr
