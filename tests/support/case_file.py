"""A test case that is a YAML file: what the runners of all kinds of cases begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml


class BrokenCaseError(Exception):
    """A file of cases is no YAML, or has not the shape that its runner needs; the message begins with the file."""


def read_cases(path: Path) -> dict[str, Any]:
    """Return what a file of cases says: a map. Raises BrokenCaseError if it is none, or has a key twice."""
    found = _parsed(path)
    if not isinstance(found, dict) or not found:
        raise BrokenCaseError(f"{path}:1: a file of cases is a map, not {type(found).__name__}")
    return found


def read_case_list(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a file that is a list of maps. Raises BrokenCaseError if it is none."""
    found = _parsed(path)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise BrokenCaseError(f"{path}:1: this file of cases is a list of maps")
    return found


def case_paths(folder: Path) -> list[Path]:
    """Return the files of cases in a folder, in order. Raises BrokenCaseError if there are none."""
    found = sorted(folder.glob("*.yaml"))
    if not found:
        raise BrokenCaseError(f"{folder} holds no cases")
    return found


@dataclass(frozen=True)
class CaseFile:
    """One case, read from its file."""

    path: Path
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the case in a file. Raises BrokenCaseError."""
        return cls(path, read_cases(path))


class _Loader(yaml.CSafeLoader):
    """YAML in which a key that stands twice is an error: the first case of that name would never run."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _parsed(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BrokenCaseError(f"{path}:{line}: {error.problem}") from None
