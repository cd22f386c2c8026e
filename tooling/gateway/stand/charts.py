"""The repository's charts, rendered by Helm with the values that `realmctl render` writes for a realm.

Must not know about: processes, what is tested.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tooling.chart_schemas import OF_THE_REALM
from tooling.gateway.stand.manifests import Document, namespace_of, read
from tooling.gateway.tools import tool

ROOT = Path(__file__).parents[3]
_HERE = Path(__file__).parent
_RELEASES = {
    "gateway": "istio-system",
    "oauth2-proxy": "identity",
    "redis": "identity",
    "echo": "echo",
}
"""Chart, which is the release's name, too → namespace. Keycloak's own chart wants a PostgreSQL, and is run by
`tests/charts/test_keycloak_pod.py`; here it is a smaller one of `surroundings.yaml`, set up for a gateway alike."""

INGRESS = "ingress-0"
"""The gateway's pod, of `surroundings.yaml`."""

_ISTIO = {
    "rootNamespace": "istio-system",
    "accessLogFile": "/dev/stdout",
    "defaultConfig": {"holdApplicationUntilProxyStarts": True},
}
"""What the platform says to istiod beside the gateway's part."""


@dataclass(frozen=True)
class Charts:
    """What is tried: everything that the charts render, the mesh's configuration, and the realm's files and values."""

    documents: Sequence[Document]
    mesh: Mapping[str, Any]
    realm: Path
    values: Mapping[str, Any]
    """The gateway's values, as `realmctl render` writes them."""

    @property
    def origin(self) -> str:
        """The gateway's public address."""
        return str(self.values["hosts"][0]["origin"])

    @property
    def keycloak(self) -> str:
        """Keycloak's public address."""
        return str(self.values["issuer"]).partition("/realms/")[0]


def _with_echo(realm: str) -> str:
    """The realm's own file, where the echo's file belongs to the platform and may read its variables."""
    for own, more in (
        ('contact: "#platform"', "\n    files: [echo.yaml]"),
        ("variables: [", "ECHO_CALLER_SECRET, ORDERS_CALLER_SECRET, ELSEWHERE_SECRET, "),
    ):
        assert own in realm, f"the example no longer says {own}"
        realm = realm.replace(own, own + more)
    return realm


def rendered(folder: Path, host: str = "apps.example.com", ports: tuple[int, int] = (8080, 8443)) -> Charts:
    """The charts for realms/platform with the echo's file beside it, all of it below `folder`; public at `host`.

    `ports` are where the gateway's pod listens, for http and https.
    """
    realm = folder / "realm"
    shutil.copytree(ROOT / "realms" / "platform", realm)
    shutil.copy(_HERE / "echo.yaml", realm)
    file = realm / "realm.yaml"
    said = file.read_text(encoding="utf-8").replace("apps.example.com", host)
    file.write_text(_with_echo(said), encoding="utf-8")
    values = folder / "gateway.json"
    _run(
        [sys.executable, "-m", "realmctl", "render", "--format", "json", "-o", str(values), str(realm)], _environ(realm)
    )
    documents = [one for chart, namespace in _RELEASES.items() for one in _release(chart, namespace, values)]
    said = (_HERE / "surroundings.yaml").read_text(encoding="utf-8")
    said = said.replace("apps.example.com", host)
    for usual, port in zip((8080, 8443), ports, strict=True):
        said = said.replace(f"targetPort: {usual}", f"targetPort: {port}")
    known = {_place(one) for one in documents}
    documents += [one for one in read(said) if _place(one) not in known]
    for one in documents:
        if "echo.py" in (one.get("data") or {}):
            one["data"]["echo.py"] = _telling_all(one["data"]["echo.py"])
    gateway = json.loads(values.read_text(encoding="utf-8"))["gateway"]
    return Charts(documents, {**_ISTIO, **_mesh(documents)}, realm, gateway)


def _release(chart: str, namespace: str, values: Path) -> list[Document]:
    folder = ROOT / "charts" / chart
    words = [str(tool("helm")), "template", chart, str(folder), "--namespace", namespace]
    said = ["--values", str(values)] if chart in OF_THE_REALM else []
    if chart == "gateway":
        said += ["--set", "signedOut.link=/echo"]  # the one service that runs
    found = read(_run([*words, *said], dict(os.environ)))
    for one in found:
        one["metadata"].setdefault("namespace", namespace)
    return found


def _mesh(documents: Sequence[Document]) -> Mapping[str, Any]:
    """The chart's part of the mesh config, from the ConfigMap that istiod would read."""
    (found,) = (one["data"]["mesh"] for one in documents if one["kind"] == "ConfigMap" and "mesh" in one["data"])
    said: Mapping[str, Any] = yaml.safe_load(found)
    return said


def _telling_all(script: str) -> str:
    """The echo leaves signatures out of its answers, and logs no requests; the tests want to check both."""
    for quiet, telling in (("harmless(name, value)", "value"), ("def log_message", "def log_nothing")):
        assert quiet in script, f"the echo's script has changed: {quiet} is no longer in it"
        script = script.replace(quiet, telling)
    return script


def _place(one: Document) -> tuple[str, str, str]:
    return one["kind"], namespace_of(one), one["metadata"]["name"]


def _environ(realm: Path) -> dict[str, str]:
    """Any value for each variable without a default in the realm's files: what is rendered has no secret in it."""
    text = "".join(file.read_text(encoding="utf-8") for file in realm.iterdir())
    names = set(re.findall(r"\$\(env:(\w+)\)", text))
    return {**os.environ, **{name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in names}}


def _run(words: list[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environ)
    assert done.returncode == 0, f"{' '.join(words[:4])}: {done.stderr.strip()[-2000:]}"
    return done.stdout
