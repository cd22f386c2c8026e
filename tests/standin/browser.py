"""A browser without script for the stand-in's own pages."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests


class Form(HTMLParser):
    """The first form of a page: where it goes and what it carries."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._page = page.url
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form" and not self.action:
            self.action = urljoin(self._page, said.get("action") or "")
        elif tag == "input" and said.get("name"):
            self.fields[str(said["name"])] = said.get("value") or ""


def sign_in(session: requests.Session, address: str, login: str, password: str = "secret") -> requests.Response:
    """Open `address`, fill the login page in, and stop before leaving for the app."""
    form = Form(session.get(address))
    values = {**form.fields, "login": login, "passwd": password, "action": "signin"}
    return session.post(form.action, data=values, allow_redirects=False)


def came_back(answer: requests.Response) -> dict[str, str]:
    """What the app is told in the redirect."""
    parts = urlsplit(answer.headers["Location"])
    return dict(parse_qsl(parts.query or parts.fragment))
