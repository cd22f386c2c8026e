"""The end of a login under attack: another person's code or state in somebody's browser. What holds is taken away."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.gateway.changes import client_with, replaced, together
from tests.gateway.seen import who
from tooling.gateway.stand.directory import ADA, NINA
from tooling.gateway.stand.person import Person
from tooling.gateway.stand.stand import Door, Stand

CALLBACK = "/oauth2/callback"
WITHOUT_PKCE = replaced("code_challenge_method: S256", "", "ConfigMap")
WITHOUT_NONCE = replaced("insecureSkipNonce: false", "insecureSkipNonce: true", "ConfigMap")
UNDEMANDED = {"pkce.code.challenge.method": ""}
"""Keycloak's client that no longer asks for PKCE."""


def begun(person: Person) -> str:
    """Logs in, as far as the callback's address, which nobody follows."""
    return person.led_to("/echo", f"{CALLBACK}?")


def of_logins(person: Person) -> dict[str, str]:
    """A browser's cookies of logins under way."""
    return {name: value for name, value in person.cookies().items() if name.endswith("_csrf")}


def mixed(callback: str, **other: str) -> str:
    """A callback with single values of another one."""
    parts = urlsplit(callback)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert other.keys() <= said.keys()
    return parts._replace(query=urlencode({**said, **other})).geturl()


def value(callback: str, name: str) -> str:
    return parse_qs(urlsplit(callback).query)[name][0]


def test_an_attacker_s_callback_is_worth_nothing_without_the_cookie_of_their_login(stand: Stand) -> None:
    """The victim would work in the attacker's account. It is the cookie that keeps them out of it, and that alone."""
    attacker, victim = stand.door.person(NINA), stand.door.person(ADA)
    callback = begun(attacker)
    assert victim.send("GET", "/echo").status_code == 302, "a login of their own is under way"
    assert len(of_logins(victim)) == 1
    assert victim.send("GET", callback).status_code == 403
    assert who(victim.send("GET", "/echo")) == ""
    victim.plant(of_logins(attacker))
    assert victim.send("GET", callback).status_code == 302
    assert who(victim.send("GET", "/echo")) == NINA


def test_the_cookie_of_a_login_is_one_that_no_script_reads_and_no_sibling_sets(stand: Stand) -> None:
    """What these words do is seen in a browser (test_browser_live.py)."""
    name, _, rest = stand.door.person().send("GET", "/echo").headers["Set-Cookie"].partition("=")
    said = {word.strip() for word in rest.split(";")}
    assert name.startswith("__Host-")
    assert name.endswith("_csrf")
    assert {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} <= said
    assert not [word for word in said if word.lower().startswith("domain")]


def test_a_callback_with_a_state_that_only_begins_like_ones_own_is_none(stand: Stand) -> None:
    """The cookie is found by the state's first letters, and holds the whole of it."""
    person = stand.door.person(ADA)
    callback = begun(person)
    state, _, onward = value(callback, "state").partition(":")
    other = f"{state[:-1]}{'A' if state[-1] != 'A' else 'B'}:{onward}"
    assert person.send("GET", mixed(callback, state=other)).status_code == 403
    assert who(person.send("GET", "/echo")) == ""


def injected(door: Door, code_of: str, browser_of: str) -> tuple[int, str]:
    """One's code in the other's own login → what the callback is answered, and who the other is afterwards.

    Either may be the attacker: who has somebody's code wants to be them; who gives theirs away wants others to be them.
    """
    person = door.person(browser_of)
    callback = begun(person)
    answer = person.send("GET", mixed(callback, code=value(begun(door.person(code_of)), "code")))
    return answer.status_code, who(person.send("GET", "/echo"))


BOTH_WAYS = [(ADA, NINA), (NINA, ADA)]
REFUSED_BY_KEYCLOAK, REFUSED_BY_NONCE = (500, ""), (403, "")


@pytest.mark.parametrize(("code_of", "browser_of"), BOTH_WAYS)
def test_ones_code_in_anothers_login_is_refused(stand: Stand, code_of: str, browser_of: str) -> None:
    assert injected(stand.door, code_of, browser_of) == REFUSED_BY_KEYCLOAK


def test_pkce_refuses_it_without_the_nonce(stand: Stand) -> None:
    """Whether Keycloak demands it or not: what oauth2-proxy began with a challenge ends with it."""
    with stand.changed(WITHOUT_NONCE, fresh={"oauth2-proxy"}) as door:
        assert injected(door, ADA, NINA) == REFUSED_BY_KEYCLOAK
        with client_with(stand, stand.charts.values["client"]["id"], UNDEMANDED):
            assert injected(door, ADA, NINA) == REFUSED_BY_KEYCLOAK


def test_the_nonce_refuses_it_without_pkce(stand: Stand) -> None:
    with stand.changed(WITHOUT_PKCE, fresh={"oauth2-proxy"}) as door:
        page = door.person(ADA).open("/echo")
        assert (page.status_code, urlsplit(page.url).path) == (403, CALLBACK), "nobody logs in: Keycloak demands PKCE"
        with client_with(stand, stand.charts.values["client"]["id"], UNDEMANDED):
            assert who(door.person(ADA).open("/echo")) == ADA
            assert injected(door, ADA, NINA) == REFUSED_BY_NONCE


def test_without_both_one_would_be_the_other(stand: Stand) -> None:
    with (
        client_with(stand, stand.charts.values["client"]["id"], UNDEMANDED),
        stand.changed(together(WITHOUT_PKCE, WITHOUT_NONCE), fresh={"oauth2-proxy"}) as door,
    ):
        for code_of, browser_of in BOTH_WAYS:
            assert injected(door, code_of, browser_of) == (302, code_of)


def test_who_reads_where_a_login_begins_can_end_it_for_them(stand: Stand) -> None:
    """A bound: state, nonce and challenge are all in that address, so another can log in there for the same browser."""
    victim = stand.door.person(ADA)
    address = victim.send("GET", "/echo").headers["Location"]
    callback = stand.door.person(NINA).led_to(address, f"{CALLBACK}?")
    assert victim.send("GET", callback).status_code == 302
    assert who(victim.send("GET", "/echo")) == NINA
