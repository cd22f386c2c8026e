"""A person with a browser: logs in through a realm's broker by filling in the forms, as often as a test wants.

    person = Browser(entra.ca)
    tokens = person.log_in(f"{keycloak.url}/realms/{realm}", "app", REDIRECT, "ada@contoso.com")

No script is run. A page that is neither the app, nor a form that is known, ends the way with `Stopped`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

WAYS = 20
"""Redirects and forms until a login is given up."""


class Stopped(Exception):
    """The way ended at a page that nobody expected: what it says, and where it is."""

    def __init__(self, page: requests.Response) -> None:
        self.url, self.status = page.url, page.status_code
        self.text = " ".join(Text(page.text).words)
        self.form = Form(page)
        super().__init__(f"{self.status} {self.url}: {self.text}")


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


class Text(HTMLParser):
    """What a page says, without its head."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"head", "script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"head", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


@dataclass(frozen=True)
class Tokens:
    """What the app got; `access` and `id` are the claims."""

    access: dict[str, Any]
    id: dict[str, Any]
    raw: dict[str, Any] = field(repr=False)


class Browser:
    """One person's browser: cookies stay, so that a second login may need no password.

    `local` is whether the person has an account of the realm itself, and fills in Keycloak's own form.
    """

    def __init__(self, ca: Path | str | None = None, *, local: bool = False) -> None:
        self.local = local
        self.session = requests.Session()
        self.session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
        self.session.verify = str(ca) if ca else True
        self.asked_for_password = 0

    def log_in(
        self,
        realm: str,
        client: str,
        redirect_uri: str,
        login: str,
        password: str = "secret",
        *,
        broker: str | None = "entra",
        client_secret: str | None = None,
        scope: str = "openid",
        **more: str,
    ) -> Tokens:
        """Log in to `client` of the realm at `realm` (its address) through `broker`. Raises Stopped."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": client,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **({"kc_idp_hint": broker} if broker else {}),
            **more,
        }
        start = f"{realm}/protocol/openid-connect/auth?{urlencode(asked)}"
        back = self.follow(start, redirect_uri, lambda form: self._fill_in(form, login, password))
        if back.get("state") != asked["state"] or "code" not in back:
            raise AssertionError(f"the app was told {back}")
        redeemed = self.session.post(
            f"{realm}/protocol/openid-connect/token",
            data={
                "grant_type": "authorization_code",
                "code": back["code"],
                "redirect_uri": redirect_uri,
                "client_id": client,
                "code_verifier": verifier,
                **({"client_secret": client_secret} if client_secret else {}),
            },
        )
        raw = redeemed.json()
        assert redeemed.ok, raw
        return Tokens(claims(raw["access_token"]), claims(raw["id_token"]), raw)

    def log_out(self, realm: str, client: str, redirect_uri: str, tokens: Tokens) -> None:
        """Log out through the browser, wherever that leads, until the app is reached again. Raises Stopped."""
        asked = {
            "client_id": client,
            "post_logout_redirect_uri": redirect_uri,
            "id_token_hint": tokens.raw["id_token"],
        }
        self.follow(f"{realm}/protocol/openid-connect/logout?{urlencode(asked)}", redirect_uri, lambda _: None)

    def forget(self, realm: str) -> None:
        """Lose the cookies of that realm, as after its session ended; other servers' stay."""
        path = urlsplit(realm).path
        for cookie in list(CookieJar.__iter__(self.session.cookies)):
            if cookie.path.startswith(path):
                self.session.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def follow(self, address: str, until: str, fill_in: Callable[[Form], dict[str, str] | None]) -> dict[str, str]:
        """Go on from `address` until a redirect to `until` → its parameters. `fill_in` None: the page is the end."""
        page = self.send("GET", address)
        for _ in range(WAYS):
            if page.is_redirect:
                onward = urljoin(page.url, page.headers["Location"])
                if onward.split("?")[0] == until:
                    return dict(parse_qsl(urlsplit(onward).query))
                page = self.send("GET", onward)
                continue
            form = Form(page)
            values = fill_in(form) if form.action and page.ok else None
            if values is None:
                raise Stopped(page)
            page = self.send("POST", form.action, values)
        raise Stopped(page)

    def send(self, method: str, address: str, values: dict[str, str] | None = None) -> requests.Response:
        """One request; redirects are not followed.

        Keycloak's cookies are Secure. A browser sends them to this machine over plain HTTP all the same, as it trusts
        the machine; requests would not.
        """
        page = self.session.request(method, address, data=values, allow_redirects=False)
        for cookie in self.session.cookies:
            cookie.secure = False
        return page

    def _fill_in(self, form: Form, login: str, password: str) -> dict[str, str] | None:
        """Entra's login page (the stand-in's), or Keycloak's for who has an account there; any other form stops."""
        if self.local and {"username", "password"} <= form.fields.keys() and not self.asked_for_password:
            self.asked_for_password += 1
            return {**form.fields, "username": login, "password": password}
        if "passwd" not in form.fields or self.asked_for_password > WAYS:
            return None
        self.asked_for_password += 1
        return {**form.fields, "login": login, "passwd": password, "action": "signin"}


def claims(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified: what the test server itself has just issued."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
