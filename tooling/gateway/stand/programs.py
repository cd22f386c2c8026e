"""Which program of this machine is meant by an image, and how its container's words are said to it.

Must not know about: Istio, the realm.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tooling.gateway.stand import keycloak
from tooling.gateway.stand.kubelet import Container
from tooling.gateway.stand.loopback import Program
from tooling.gateway.stand.manifests import Pod
from tooling.gateway.tools import tool


def program(pod: Pod, said: Container, folder: Path, trust: Path, progress: Callable[[str], None]) -> Program:
    """The pod's program, not yet started. Raises AssertionError for an image that stands for no program here."""
    if pod.image == "keycloak":
        return keycloak.program(said.environ, pod.inside, folder, trust, progress)
    assert pod.image in _COMMANDS, f"{pod.name} runs the image {pod.image}, and no program here stands for it"
    port = next(iter(pod.ports().values()))
    command = _COMMANDS[pod.image](pod, [*said.command, *said.arguments])
    return Program(pod.name, command, folder / "log", environ=said.environ, listens=(pod.inside, port))


def _without(words: list[str], *names: str) -> list[str]:
    """The arguments alone, where a command names its own program."""
    return words[1:] if words and words[0].rpartition("/")[2] in names else words


def _as_it_says(_: Pod, words: list[str]) -> list[str]:
    """A script of the chart's own, which finds its programs on the PATH."""
    return words


def _oauth2_proxy(_: Pod, words: list[str]) -> list[str]:
    return [str(tool("oauth2-proxy")), *_without(words, "oauth2-proxy")]


def _python(_: Pod, words: list[str]) -> list[str]:
    return [sys.executable, *_without(words, "python", "python3")]


_COMMANDS: dict[str, Callable[[Pod, list[str]], list[str]]] = {
    "oauth2-proxy": _oauth2_proxy,
    "redis": _as_it_says,
    "python": _python,
}
