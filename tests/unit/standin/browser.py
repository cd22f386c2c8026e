"""A browser without script for the stand-in's own pages."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import requests

from tooling.gateway.login import Form


def sign_in(session: requests.Session, address: str, login: str, password: str = "secret") -> requests.Response:
    """Open `address`, fill the login page in, and stop before leaving for the app."""
    form = Form(session.get(address))
    values = {**form.fields, "login": login, "passwd": password, "action": "signin"}
    return session.post(form.action, data=values, allow_redirects=False)


def came_back(answer: requests.Response) -> dict[str, str]:
    """What the app is told in the redirect."""
    parts = urlsplit(answer.headers["Location"])
    return dict(parse_qsl(parts.query or parts.fragment))
