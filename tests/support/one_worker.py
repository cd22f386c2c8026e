"""Which tests have to run in one worker: those of the running gateway, and those of the image that is installed once.

xdist has marks for that (`xdist_group`), but 3.8 writes them into what pytest 9.2 no longer reads, and so spreads
marked tests over all workers without a word. Must not know about: what the tests are about.
"""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

GATEWAY = "tests/gateway/"
IMAGE = "tests/unit/test_image.py"


class OneWorker(LoadGroupScheduling):
    """As `--dist loadgroup`, by where a test stands."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid) or nodeid


def group(nodeid: str) -> str:
    """What a test belongs to; "" where it may run anywhere."""
    file = nodeid.partition("::")[0]
    if file == IMAGE:
        return "image"
    return "gateway" if file.startswith(GATEWAY) and file.endswith("_live.py") else ""
