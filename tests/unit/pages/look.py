"""Pages opened in a browser as a reader would: from a file. What they ask for and what is refused them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

Scheme = Literal["dark", "light"]


class Look:
    """One reader's browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.requests: list[str] = []
        self.refused: list[str] = []

    def at(self, text: str, *, scheme: Scheme = "light", script: bool = True, name: str = "page.html") -> Page:
        """The page, opened from a file."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        context = self.browser.new_context(
            color_scheme=scheme, java_script_enabled=script, viewport={"width": 1280, "height": 800}
        )
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.refused.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.refused.append(str(error)))
        page.goto(path.as_uri())
        return page

    @property
    def elsewhere(self) -> list[str]:
        """What was asked for beside the page itself."""
        return [url for url in self.requests if not url.startswith(self.folder.as_uri())]


@contextmanager
def looked(browser: Browser, folder: Path) -> Iterator[Look]:
    """A reader who closes everything at the end."""
    found = Look(browser, folder)
    yield found
    for context in browser.contexts:
        context.close()


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds, by these rules, or by all of them."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only})
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
    ]
