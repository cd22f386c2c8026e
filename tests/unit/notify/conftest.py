"""A listener for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.listener import Listener, listening


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as heard:
        yield heard
