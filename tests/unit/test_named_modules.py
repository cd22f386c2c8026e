"""Modules that documentation and code name by a path or a dotted name exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDERS = ("realmctl", "docs", "bench", "pipelines", "scripts", "standin", "tooling")
_TEXTS = [ROOT / "README.md", ROOT / "Makefile", *(p for f in _FOLDERS for p in (ROOT / f).rglob("*") if p.is_file())]
_ROOMS = "analysis|cli|config|drift|engine|export|integrations|keycloak|model|render|tokentest|workflow"
_PATH = re.compile(rf"(?<![\w/.*-])((?:realmctl/|(?:{_ROOMS})/)[a-z_/]+\.py)\b")
_DOTTED = re.compile(rf"`((?:{_ROOMS})(?:\.[a-z_]+){{2,}})`")
_EXAMPLES = frozenset({"realmctl/keycloak/kinds/your_kind.py"})


def test_every_module_that_a_text_names_exists() -> None:
    named: set[tuple[Path, str]] = set()
    for path in _TEXTS:
        if path.suffix in (".py", ".md", ".sh", ""):
            text = path.read_text(encoding="utf-8")
            named |= {(path, name) for pattern in (_PATH, _DOTTED) for name in pattern.findall(text)}
    missing = sorted(f"{path.relative_to(ROOT)}: {name}" for path, name in named if not _exists(name))
    assert not missing


def _exists(name: str) -> bool:
    """Return whether a path below the root or the package, or a dotted name with or without an attribute, exists."""
    if name.endswith(".py"):
        return name in _EXAMPLES or any((above / name).exists() for above in (ROOT, ROOT / "realmctl"))
    parts = name.split(".")
    return any(
        (ROOT / "realmctl" / "/".join(parts[:n])).with_suffix(".py").exists() for n in (len(parts), len(parts) - 1)
    )
