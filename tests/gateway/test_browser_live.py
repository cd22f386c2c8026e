"""The user's way in a real browser, which keeps cookies and runs scripts as people's browsers do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import programs
from tests.gateway.stand.chromium import Chromium
from tests.gateway.stand.directory import ADA
from tests.gateway.stand.person import PASSWORD
from tests.gateway.stand.stand import Stand


@pytest.fixture
def browser(stand: Stand, tmp_path: Path) -> Iterator[Chromium]:
    programs("chromium")
    with Chromium(tmp_path, stand.door.hosts(), stand.certificates()) as running:
        yield running


def sign_in(browser: Chromium, login: str) -> None:
    browser.wait("!!document.querySelector('input[name=passwd]')")
    browser.run(f"document.forms[0].querySelector('[name=login]').value = {json.dumps(login)}")
    browser.run(f"document.forms[0].querySelector('[name=passwd]').value = {json.dumps(PASSWORD)}")
    browser.run("document.forms[0].querySelector('[type=submit], button').click()")


def test_a_person_logs_in_looks_around_and_leaves(stand: Stand, browser: Chromium) -> None:
    page = f"{stand.charts.origin}/echo/page?x=1"
    browser.open(page)
    sign_in(browser, ADA)
    browser.wait(f"location.href === {json.dumps(page)} && document.readyState === 'complete'")
    seen = json.loads(browser.run("document.body.innerText"))
    assert seen["headers"]["x-auth-request-email"] == [ADA]

    # No script of a service can reach the session.
    assert browser.run("document.cookie") == ""
    assert browser.run("localStorage.length + sessionStorage.length") == 0
    name = stand.charts.values["cookie"]["name"]
    (own,) = (one for one in browser.cookies() if one["domain"] == "apps.example.com" and one["path"] == "/")
    assert (own["name"], own["secure"], own["httpOnly"], own["sameSite"]) == (name, True, True, "Lax")

    # A page's scripts work with the session, and are told when it is over.
    asked = "fetch('/echo/data', {headers: {accept: 'application/json'}}).then(answer => answer.status)"
    assert browser.run(asked) == 200
    browser.open(stand.charts.values["hosts"][0]["logout"])
    browser.until(lambda: name not in {one["name"] for one in browser.cookies()})
    browser.open(f"{stand.charts.origin}/oauth2/ping")
    browser.wait("location.pathname === '/oauth2/ping' && document.readyState === 'complete'")
    assert browser.run(asked) == 401
    browser.open(page)
    browser.wait("!!document.querySelector('input[name=passwd]')")
