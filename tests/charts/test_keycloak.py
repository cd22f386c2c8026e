"""The chart keycloak: what must hold whatever the values are."""

from __future__ import annotations

from typing import Any

from realmctl.keycloak.local import KEYCLOAK
from tests.charts.helm import CHARTS
from tests.charts.rendered import helm, rendered

CHART = "keycloak"


def test_helm_has_nothing_to_say() -> None:
    done = helm("lint", "--strict", str(CHARTS / CHART), "-f", str(CHARTS / CHART / "ci" / "values.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_version_is_the_one_that_realmctl_is_tested_on() -> None:
    pod = rendered(CHART)["StatefulSet/keycloak"]["spec"]["template"]["spec"]
    assert {one["image"] for one in pod["containers"] + pod["initContainers"]} == {
        f"quay.io/keycloak/keycloak:{KEYCLOAK}"
    }


def test_every_container_is_confined() -> None:
    pod: dict[str, Any] = rendered(CHART)["StatefulSet/keycloak"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for one in pod["containers"] + pod["initContainers"]:
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]["memory"]


def test_no_secret_is_a_value() -> None:
    found = rendered(CHART)
    assert not [name for name in found if name.startswith("Secret/")]
    assert not [key for key in found["ConfigMap/keycloak"]["data"] if "PASSWORD" in key or "SECRET" in key]
