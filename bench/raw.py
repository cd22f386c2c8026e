"""`python -m bench.raw`: a raw writer as a program of its own, from start to end, as an apply is one.

Must not know about: limits, other programs.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import time
from collections.abc import Callable

from bench import writers
from bench.shapes import SECRET_VARIABLE, SHAPES, Shape

Writer = Callable[[writers.Raw, Shape, str, str], None]
WRITERS: dict[str, Writer] = {
    "8 at once, client roles by 25": functools.partial(writers.single_requests, at_once=8, batch=25),
    "4 at once, client roles by 25": functools.partial(writers.single_requests, at_once=4, batch=25),
    "8 POSTs at once": functools.partial(writers.single_requests, at_once=8),
    "4 POSTs at once": functools.partial(writers.single_requests, at_once=4),
    "1 POST at a time": functools.partial(writers.single_requests, at_once=1),
    "bulk import": writers.bulk_import,
    "partial import": writers.partial_import,
}


def main() -> None:
    """Writes a realm of a shape and reads it back; tells how many seconds the reading took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("writer", choices=list(WRITERS))
    parser.add_argument("shape", choices=list(SHAPES))
    parser.add_argument("realm")
    asked = parser.parse_args()
    url, user, password = (os.environ[f"KEYCLOAK_{name}"] for name in ("URL", "USER", "PASSWORD"))
    raw, shape = writers.Raw(url, user, password), SHAPES[asked.shape]
    WRITERS[asked.writer](raw, shape, asked.realm, os.environ[SECRET_VARIABLE])
    begun = time.perf_counter()
    writers.read_back(raw, shape, asked.realm)
    print(json.dumps({"read": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
