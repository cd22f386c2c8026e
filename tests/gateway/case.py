"""A case of the gateway's tests: a realm's files, and what of the values or of Istio's resources is expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realmctl.config.loader import RealmConfig, load
from realmctl.integrations.gateway.compilation import gateway
from realmctl.integrations.gateway.values import Gateway
from tests.support.case_file import CaseFile

SECRET = "canary-of-the-gateway"


class Case(CaseFile):
    """One case, read from its file."""

    def config(self, folder: Path) -> RealmConfig:
        for name, text in self.said["files"].items():
            (folder / name).write_text(text, encoding="utf-8")
        (found,) = load([folder], environ={"PROXY": SECRET})
        return found

    def gateway(self, folder: Path) -> Gateway:
        return gateway(self.config(folder))


def at(data: Any, path: str) -> Any:
    """What is in plain data at a dotted path; numbers count items from 1.."""
    for step in path.split("."):
        data = data[int(step) - 1] if isinstance(data, list) else data[step]
    return data
