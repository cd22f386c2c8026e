"""The starting realm that `init` writes: commented files that load and plan as they are.

Must not know about: where they are written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib.resources import files as resources

GATEWAY = ".secrets/gateway-client"
"""The file with the gateway client's secret."""
_TEXTS = ("realm.yaml", "team.yaml", ".gitignore")


def files() -> Mapping[str, str]:
    """Path below the realm's folder → text. The gateway client's secret is made up anew at each call."""
    here = resources(__name__).joinpath("files")
    texts = {name: here.joinpath(name).read_text(encoding="utf-8") for name in _TEXTS}
    return {**texts, GATEWAY: secrets.token_urlsafe(32) + "\n"}
