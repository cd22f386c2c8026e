"""A real browser for the tests of pages: the Chromium of this machine. Where there is none they are skipped, loudly."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.unit.pages.look import Look, looked

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(
            "NOT TESTED in a real browser: there is no chromium here (Debian and Ubuntu: apt-get install chromium)"
        )
    with sync_playwright() as playwright:
        # In a container a browser has no sandbox of its own; it opens nothing but our own files.
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def look(browser: Browser, tmp_path: Path) -> Iterator[Look]:
    """Opens pages, and knows what they asked for."""
    with looked(browser, tmp_path) as found:
        yield found
