"""The stand of the gateway for the tests that ask for it: one for all, in one worker (`tests/support/one_worker.py`).

Where a program can't be had on this machine the tests are skipped, with what is missing; REALMCTL_SKIP_LIVE=1 skips
them, too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from realmctl.errors import RealmctlError
from realmctl.keycloak.local.distribution import java
from tooling.gateway.stand.charts import rendered
from tooling.gateway.stand.stand import Stand
from tooling.gateway.tools import NEEDED, Missing, tool


def programs(*names: str) -> None:
    """Sees to it that they are there: skips where the machine lacks what they need, and fails where a build fails."""
    if os.environ.get("REALMCTL_SKIP_LIVE") == "1":
        pytest.skip("NOT TESTED with the gateway's programs: REALMCTL_SKIP_LIVE=1")
    try:
        for name in names:
            tool(name)
    except Missing as problem:
        pytest.skip(f"NOT TESTED with the gateway's programs: {problem}. {problem.advice}")
    except RealmctlError as problem:
        pytest.fail(f"{problem}. {problem.advice}", pytrace=False)


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The whole platform, running."""
    programs(*NEEDED)
    if sys.platform != "linux":
        pytest.skip("NOT TESTED on a running gateway: it needs Linux, where all of 127.0.0.0/8 is this machine")
    try:
        java()
    except RealmctlError as problem:
        pytest.skip(f"NOT TESTED on a running gateway: {problem}. {problem.advice}")
    folder = tmp_path_factory.mktemp("gateway")
    with Stand(folder, rendered(folder)) as running:
        yield running
