"""The kustomization of Keycloak is the chart's rendering, written by hand: the two are the same in what they do."""

from __future__ import annotations

import copy
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.charts.conftest import needed
from tests.charts.helm import ROOT
from tests.charts.rendered import Manifests, by_name, rendered

KUSTOMIZE = ROOT / "deploy" / "kustomize"
OF_HELM = {
    "helm.sh/chart",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "checksum/settings",
    "checksum/secrets",
}
"""Labels and annotations that say who made it, not what it does."""


def built(folder: Path) -> Manifests:
    done = subprocess.run(
        [str(needed("kustomize")), "build", str(folder)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, "kustomize warns"
    return by_name(done.stdout)


def essence(found: Manifests) -> Manifests:
    """Without what says who made it, and with a ConfigMap's name as it is written, without its hash."""
    told: Manifests = {}
    for name, one in found.items():
        plain = without_hash(copy.deepcopy(one))
        told[re.sub(r"^(ConfigMap/keycloak)-[a-z0-9]{10}$", r"\1", name)] = plain
    return told


def without_hash(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_hash(value) for key, value in data.items() if key not in OF_HELM}
    if isinstance(data, list):
        return [without_hash(one) for one in data]
    return re.sub(r"^keycloak-[a-z0-9]{10}$", "keycloak", data) if isinstance(data, str) else data


def test_the_base_is_what_the_chart_makes() -> None:
    chart, base = essence(rendered("keycloak")), essence(built(KUSTOMIZE / "keycloak"))
    # What the chart labels and the generator does not.
    for found in (chart, base):
        found["ConfigMap/keycloak"]["metadata"].pop("labels", None)
    assert base.keys() == chart.keys()
    for name, one in chart.items():
        assert base[name] == one, name


def test_the_example_says_what_is_its_own() -> None:
    base, found = built(KUSTOMIZE / "keycloak"), built(KUSTOMIZE / "example")
    told, before = essence(found), essence(base)
    assert told["StatefulSet/keycloak"]["spec"]["replicas"] == 3
    settings, old = told["ConfigMap/keycloak"]["data"], before["ConfigMap/keycloak"]["data"]
    assert {key for key in settings if settings[key] != old[key]} == {"KC_HOSTNAME", "KC_DB_URL"}
    assert settings.keys() == old.keys()
    # Other settings, other pods: all containers that read them read the map of the new name.
    (name,) = (one.removeprefix("ConfigMap/") for one in found if one.startswith("ConfigMap/"))
    assert f"ConfigMap/{name}" not in base
    pod = found["StatefulSet/keycloak"]["spec"]["template"]["spec"]
    read = [one["envFrom"] for one in pod["initContainers"] + pod["containers"] if "envFrom" in one]
    assert read == [[{"configMapRef": {"name": name}}]] * 2
