"""A test case that is a YAML file: what the runners of all kinds of cases begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml


@dataclass(frozen=True)
class CaseFile:
    """One case, read from its file."""

    path: Path
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(path, yaml.safe_load(path.read_text(encoding="utf-8")))
