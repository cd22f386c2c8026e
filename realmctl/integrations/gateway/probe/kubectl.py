"""Reads a cluster by the kubectl that is installed, with whatever login its kubeconfig has. Nothing is written.

Must not know about: what the objects mean.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from realmctl.errors import ServerError, UsageProblem
from realmctl.integrations.gateway.probe.cluster import RESOURCES

_SECONDS = 60


def objects(options: Sequence[str]) -> list[dict[str, Any]]:
    """Every object that is looked at. `options` are kubectl's own (`--kubeconfig`, `--context`).

    Raises UsageProblem where there is no kubectl, ServerError with its words where it fails.
    """
    found = json.loads(_kubectl([*options, "get", ",".join(RESOURCES), "--all-namespaces", "--output=json"]))
    items: list[dict[str, Any]] = found["items"]
    return items


def mesh(options: Sequence[str], namespace: str, name: str = "istio") -> str | None:
    """The mesh's configuration in that config map, as YAML text; None where it can't be read."""
    try:
        found = json.loads(_kubectl([*options, "--namespace", namespace, "get", "configmap", name, "--output=json"]))
    except ServerError:
        return None
    text = (found.get("data") or {}).get("mesh")
    return str(text) if text else None


def _kubectl(words: Sequence[str]) -> str:
    try:
        done = subprocess.run(["kubectl", *words], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise UsageProblem(
            "kubectl isn't installed, and the cluster is read by it.",
            advice="Install it, or give what it would have read with --objects FILE.",
        ) from None
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"kubectl did not end within {_SECONDS} s.") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ServerError(f"kubectl {words[-2]} failed: {lines[-1]}", advice="Check --kubeconfig and --context.")
    return done.stdout
