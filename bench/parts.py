"""The parts no plan can do without, each measured alone: the export request, the imports, the parsing."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bench import measure
from bench.writers import Raw

_IMPORT = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", re.MULTILINE)


def export_request(raw: Raw, realm: str) -> float:
    """Seconds of one warm export request, its answer read and not parsed."""
    raw.export(realm)
    return measure.call(lambda: raw.export(realm), 15)


def libraries(command: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The modules of other people that this realmctl command loads, by its interpreter's own account."""
    told = measure.process([sys.executable, "-X", "importtime", "-m", "realmctl", *command], environ).errors
    ours = {"realmctl", *sys.stdlib_module_names}
    return [name for name in dict.fromkeys(_IMPORT.findall(told)) if name.partition(".")[0] not in ours]


def importing(names: Sequence[str], times: int) -> float:
    """Seconds of a process that imports these modules and ends; some are made at run time and can't be asked for."""
    ask = (
        "import importlib, contextlib\n"
        f"for name in {list(names)!r}:\n"
        "    with contextlib.suppress(ImportError):\n"
        "        importlib.import_module(name)\n"
    )
    return measure.processes([sys.executable, "-c", ask], {}, times).seconds


def parsing(folder: Path) -> float:
    """Seconds to compose the folder's files with the fastest loader that keeps places."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.yaml"))]

    def compose() -> None:
        for text in texts:
            yaml.compose(text, Loader=yaml.CSafeLoader)

    return measure.call(compose, 5)
