"""A pod's container as a process here: its arguments, environment and mounted files, as the chart gives them.

What a cluster would do for it is done by text: paths of mounts, names of services and addresses to listen on. Must not
know about: Istio, Envoy, what is asked of the programs.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tooling.gateway.stand.manifests import Cluster, Document, Pod, namespace_of


@dataclass
class Secrets:
    """What Secrets hold. Charts bring only sealed ones, so a value is made up where nobody gave it, once per key."""

    given: MutableMapping[str, str] = field(default_factory=dict)
    """By key, whatever the Secret's name: what two namespaces share has the same key."""

    def value(self, key: str) -> str:
        """The value under a key."""
        return self.given.setdefault(key, secrets.token_hex(16))


@dataclass(frozen=True)
class Container:
    """A container, ready to be started by who knows its program."""

    command: list[str]
    arguments: list[str]
    environ: Mapping[str, str]
    folder: Path
    """Its own; mounts are folders below it."""


def container(cluster: Cluster, pod: Pod, secrets: Secrets, folder: Path) -> Container:
    """The pod's first container, with its files below `folder`."""
    said = pod.spec["containers"][0]
    return _Kubelet(cluster, pod, secrets, folder, said).container()


class _Kubelet:
    def __init__(self, cluster: Cluster, pod: Pod, secrets: Secrets, folder: Path, said: Document) -> None:
        self.cluster, self.pod, self.secrets, self.folder, self.said = cluster, pod, secrets, folder, said
        self.places: dict[str, str] = {}

    def container(self) -> Container:
        files = [self._mounted(mount) for mount in self.said.get("volumeMounts") or ()]
        for path, content in (one for found in files for one in found.items()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._here(content), encoding="utf-8")
            path.chmod(0o600)
        environ = self._environ()

        def expanded(words: Any) -> list[str]:
            return [
                self._here(re.sub(r"\$\((\w+)\)", lambda m: environ.get(m[1], m[0]), str(one))) for one in words or ()
            ]

        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return Container(
            command=expanded(self.said.get("command")),
            arguments=expanded(self.said.get("args")),
            environ={**own, **{name: self._here(value) for name, value in environ.items()}},
            folder=self.folder,
        )

    def _mounted(self, mount: Mapping[str, Any]) -> dict[Path, str]:
        """The files of one mount. What holds none becomes an empty folder."""
        volumes = self.pod.spec.get("volumes") or ()
        volume: Document = next((one for one in volumes if one["name"] == mount["name"]), {})
        files = self._files(volume)
        place = self.folder / f"{mount['name']}-{len(self.places)}"
        place.mkdir(parents=True, exist_ok=True)
        if part := mount.get("subPath"):
            self.places[mount["mountPath"]] = str(place / part)
            return {place / part: files[part]} if part in files else {}
        self.places[mount["mountPath"].rstrip("/")] = str(place)
        return {place / name: content for name, content in files.items()}

    def _files(self, volume: Mapping[str, Any]) -> dict[str, str]:
        if "projected" in volume:
            found: dict[str, str] = {}
            for source in volume["projected"]["sources"]:
                found |= self._files(source)
            return found
        if said := volume.get("configMap"):
            return _chosen(self._config_map(said["name"]), said.get("items"))
        if said := volume.get("secret"):
            name = said.get("secretName") or said["name"]
            wanted = [one["key"] for one in said.get("items") or ()]
            return _chosen(self._secret(name, wanted), said.get("items"))
        return {}

    def _environ(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for said in self.said.get("envFrom") or ():
            name = next(iter(said.values()))["name"]
            values = self._config_map(name) if "configMapRef" in said else self._secret(name, [])
            found |= {f"{said.get('prefix', '')}{key}": value for key, value in values.items()}
        for said in self.said.get("env") or ():
            value = self._value(said)
            if value is not None:
                found[said["name"]] = re.sub(r"\$\((\w+)\)", lambda m: found.get(m[1], m[0]), value)
        return found

    def _value(self, said: Mapping[str, Any]) -> str | None:
        source = said.get("valueFrom") or {}
        if reference := source.get("secretKeyRef"):
            return self._secret(reference["name"], [reference["key"]])[reference["key"]]
        if reference := source.get("configMapKeyRef"):
            return self._config_map(reference["name"])[reference["key"]]
        if reference := source.get("fieldRef"):
            known = {
                "metadata.name": self.pod.name,
                "metadata.namespace": self.pod.namespace,
                "status.podIP": self.pod.inside,
            }
            return known.get(reference["fieldPath"])
        return str(said.get("value", ""))

    def _config_map(self, name: str) -> dict[str, str]:
        found = self.cluster.named("ConfigMap", self.pod.namespace, name)
        assert found, f"{self.pod.name} wants the ConfigMap {name}, and nothing renders it in {self.pod.namespace}"
        return dict(found.get("data") or {})

    def _secret(self, name: str, keys: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.cluster.of("Secret", "SealedSecret"):
            if (namespace_of(one), one["metadata"]["name"]) == (self.pod.namespace, name):
                found |= {key: base64.b64decode(value).decode() for key, value in (one.get("data") or {}).items()}
                found |= one.get("stringData") or {}
                sealed = (one.get("spec") or {}).get("encryptedData") or {}
                found |= {key: self.secrets.value(key) for key in sealed}
        return {**{key: self.secrets.value(key) for key in keys}, **found}

    def _here(self, text: str) -> str:
        """A text of the chart as it has to read on this machine."""
        for path in sorted(self.places, key=len, reverse=True):
            text = re.sub(rf"(?<![\w/.]){re.escape(path)}(?![\w-])", self.places[path], text)
        for everywhere in ("0.0.0.0", "* -::*"):
            text = text.replace(everywhere, self.pod.inside)
        return self.cluster.resolved(text, self.pod.namespace)


def _chosen(values: dict[str, str], items: Any) -> dict[str, str]:
    return {one["path"]: values[one["key"]] for one in items} if items else values
