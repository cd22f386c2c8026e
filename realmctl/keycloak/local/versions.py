"""The pinned versions, read from versions.env: the same file that docker-compose.yml reads."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("versions.env")


def _pins(text: str) -> dict[str, str]:
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line)


KEYCLOAK = _pins(FILE.read_text(encoding="utf-8"))["KEYCLOAK_VERSION"]
"""The Keycloak that `local up`, the tests and the bench run unless told otherwise."""
