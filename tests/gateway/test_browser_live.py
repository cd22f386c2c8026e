"""The user's way in a real browser, which keeps cookies and runs scripts as people's browsers do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.changes import Change, setting
from tests.gateway.chromium import Chromium
from tests.gateway.conftest import programs
from tests.gateway.seen import who
from tooling.gateway.stand.directory import ADA, NINA
from tooling.gateway.stand.person import PASSWORD
from tooling.gateway.stand.stand import Door, Stand


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


def at(browser: Chromium, path: str) -> None:
    """Waits until the browser is there, and has all of the page."""
    browser.wait(f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'")


def tricked(door: Door, browser: Chromium, where: str = "Domain=example.com; ") -> bool:
    """Gives the browser an attacker's callback and the cookie of their login → whether it works as the attacker then.

    The cookie is set as a script of a sibling host would: one may set cookies for all of example.com, or for itself.
    """
    attacker = door.person(NINA)
    callback = attacker.led_to("/echo", "/oauth2/callback?")
    browser.open(f"{door.stand.charts.origin}/oauth2/ping")
    at(browser, "/oauth2/ping")
    for name, value in attacker.cookies().items():
        if name.endswith("_csrf"):
            said = f"{name}={value}; {where}Path=/; Secure"
            browser.run(f"document.cookie = {json.dumps(said)}")
    browser.open(callback)
    browser.wait("location.pathname !== '/oauth2/ping' && document.readyState === 'complete'")
    return NINA in browser.run("document.body.innerText")


def read(door: Door, browser: Chromium) -> bool:
    """Whether somebody else can work with what a script of a service's page reads."""
    browser.open(f"{door.stand.charts.origin}/echo")
    sign_in(browser, ADA)
    at(browser, "/echo")
    page = door.person().send("GET", "/echo", headers={"Cookie": browser.run("document.cookie")})
    return who(page) == ADA


def posted(door: Door, browser: Chromium) -> bool:
    """Whether a form of another site's page is taken for the person's own."""
    browser.open(f"{door.stand.charts.origin}/echo")
    sign_in(browser, ADA)
    at(browser, "/echo")
    browser.open("about:blank")
    browser.wait("location.href === 'about:blank'")
    form = f'<form method="post" action="{door.stand.charts.origin}/echo/posted"></form>'
    browser.run(f"document.body.innerHTML = {json.dumps(form)}; document.forms[0].submit()")
    at(browser, "/echo/posted")  # after a new login in silence, where the session was left out
    return bool(json.loads(browser.run("document.body.innerText"))["method"] == "POST")


HELD_BY = [
    (tricked, setting("cookie_name", '"gateway"')),
    (read, setting("cookie_httponly", "false")),
    (posted, setting("cookie_samesite", '"none"')),
]
"""Attacks, and the gateway without what holds them off."""


@pytest.mark.parametrize(("attack", "without"), HELD_BY, ids=["name", "httponly", "samesite"])
def test_each_attribute_of_the_cookies_holds_an_attack_off(
    stand: Stand, browser: Chromium, tmp_path: Path, attack: Callable[[Door, Chromium], bool], without: Change
) -> None:
    assert not attack(stand.door, browser)
    with (
        stand.changed(without, fresh={"oauth2-proxy"}) as door,
        Chromium(tmp_path / "without", door.hosts(), stand.certificates()) as other,
    ):
        assert attack(door, other)


def test_a_script_of_the_gateway_s_own_host_may_set_what_a_sibling_may_not(stand: Stand, browser: Chromium) -> None:
    """A bound: who runs scripts in a service's pages can have people work in another's account."""
    assert tricked(stand.door, browser, where="")
