"""The ways in and out under attack: where a login may end, whose it is, nobody at the check."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from realmctl.keycloak.admin import Admin, connection
from tests.gateway.changes import client_with, one, replaced, setting, together
from tests.gateway.test_forgery_live import bare, cookie_of
from tooling.gateway.stand.directory import ADA, OTTO
from tooling.gateway.stand.istio import Istiod
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Door, Stand

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://apps.example.com.evil.example/",
    "https://apps.example.com@evil.example/",
    "https://evil.example#apps.example.com",
    "https://evil.example\\@apps.example.com/",
    "https://evil.example?apps.example.com/",
    "https://evil.example:443/",
    "https://www.apps.example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example/",
    "/ /evil.example",
]


def leads_to(door: Door, location: str) -> str:
    """Where a browser goes by a Location header: the host, or the scheme where it has none."""
    seen = location.strip().replace("\\", "/").replace("\t", "")
    parts = urlsplit(seen)
    if parts.scheme and not parts.netloc:
        return f"{parts.scheme}:{parts.path}"
    return parts.hostname or door.host


def locations(stand: Stand, path: str) -> list[str]:
    """Everywhere that somebody is sent to, who is known already; and what could not be followed."""
    person = stand.door.person(OTTO)
    person.session.cookies.update(stand.known(OTTO).session.cookies)
    said: list[str] = []
    person.session.hooks["response"].append(lambda page, **_: said.append(page.headers.get("Location", "")))
    try:
        person.open(path)
    except (requests.ConnectionError, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as problem:
        said.append(str(problem.request.url if problem.request is not None else problem))
    return [one for one in said if one]


@pytest.mark.parametrize("start", ["/oauth2/start", "/oauth2/sign_in", "/oauth2/sign_out", "/echo"])
def test_nobody_is_led_elsewhere(stand: Stand, start: str) -> None:
    """By what an address asks for; before a login, after it, and after a logout."""
    away = {}
    for target in ELSEWHERE:
        hosts = {leads_to(stand.door, one) for one in locations(stand, f"{start}?rd={quote(target, safe='')}")}
        if odd := hosts - {stand.door.host, urlsplit(stand.entra.url).hostname}:
            away[target] = odd
    assert away == {}
    stand.forget(OTTO)


def test_with_a_list_of_trusted_hosts_they_would_be(stand: Stand) -> None:
    with stand.changed(setting("whitelist_domains", '[".example"]'), fresh={"oauth2-proxy"}) as door:
        answer = door.person().send("GET", "/oauth2/sign_out?rd=https%3A%2F%2Fevil.example%2F")
        assert leads_to(door, answer.headers["Location"]) == "evil.example"
        assert door.person(OTTO).led_to("/oauth2/start?rd=https%3A%2F%2Fevil.example%2F", "https://evil.example/")


def test_the_host_header_decides_nothing_about_the_way_back(stand: Stand) -> None:
    for line in (
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 8",
        "Forwarded: host=evil.example",
    ):
        answer = bare(stand.door, line, "Accept: text/html", path="/oauth2/start?rd=/echo")
        where = next(one for one in answer.decode("latin-1").split("\r\n") if one.lower().startswith("location: "))
        asked = parse_qs(urlsplit(where.partition(": ")[2]).query)
        assert asked["redirect_uri"] == [stand.charts.values["client"]["redirectUrl"]], line
        assert b"evil.example" not in answer, line


def test_without_what_holds_it_a_login_would_end_elsewhere(stand: Stand) -> None:
    """The address to return to is said, forwarded headers are taken out at the edge, and oauth2-proxy believes none."""
    believing = together(
        setting("redirect_url", '""'),
        setting("reverse_proxy", "true"),
        replaced("x-forwarded-host", "x-no-such-header", "EnvoyFilter", "gateway.untrusted_headers"),
    )
    with stand.changed(believing, fresh={"oauth2-proxy"}) as door:
        forged = {"X-Forwarded-Host": "evil.example"}
        person = door.person(OTTO)
        onward = person.send("GET", "/oauth2/start?rd=/echo", headers=forged).headers["Location"]
        assert parse_qs(urlsplit(onward).query)["redirect_uri"] == ["https://evil.example/oauth2/callback"]
        assert person.open(onward).status_code == 400, "Keycloak knows where this client's logins may end"
        with client_with(stand, stand.charts.values["client"]["id"], redirectUris=["*"]):
            assert "code=" in person.led_to(onward, "https://evil.example/oauth2/callback?")


def test_nor_about_who_issues_tokens(stand: Stand) -> None:
    for name in ("X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Port", "Forwarded"):
        address = "/auth/realms/platform/.well-known/openid-configuration"
        said = stand.door.person().send("GET", address, headers={name: "evil.example", "Accept": "*/*"})
        assert said.json()["issuer"] == stand.charts.values["issuer"], name
        assert "evil.example" not in said.text, name


def by_requests(documents: list[Document], _: dict[str, Any]) -> None:
    """A Keycloak that is not told its public address."""
    (said,) = one(documents, "Deployment", having="keycloak/keycloak:")["spec"]["template"]["spec"]["containers"]
    kept = [each for each in said["env"] if each["name"] != "KC_HOSTNAME"]
    assert len(kept) == len(said["env"]) - 1
    said["env"] = [*kept, {"name": "KC_HOSTNAME_STRICT", "value": "false"}]


def test_without_what_holds_it_an_issuer_would_be_whose_header_says_so(stand: Stand) -> None:
    """Its address is said to Keycloak, and forwarded headers are taken out at the edge."""
    edge = replaced("x-forwarded-host", "x-no-such-header", "EnvoyFilter", "gateway.untrusted_headers")
    # This Keycloak has no keys yet for anybody to fetch.
    nobody_s = Istiod({"PILOT_JWT_ENABLE_REMOTE_JWKS": "hybrid"}, keys=False)
    with stand.changed(together(by_requests, edge), fresh={"keycloak"}, istiod=nobody_s) as door:
        (place,) = (pod.inside for pod in door.cluster.pods if pod.image == "keycloak")
        environ = {**stand.environ(), "KEYCLOAK_URL": f"http://{place}:8080/auth"}
        with closing(Admin(connection({}, environ))) as admin:
            admin.send("POST", (), body={"realm": "platform", "enabled": True})
        address = "/auth/realms/platform/.well-known/openid-configuration"
        said = door.person().send("GET", address, headers={"X-Forwarded-Host": "evil.example", "Accept": "*/*"})
        assert urlsplit(said.json()["issuer"]).hostname == "evil.example"


def started(stand: Stand) -> tuple[requests.Session, str]:
    """A login that went as far as the callback, not yet followed → the browser, and the callback's address."""
    person = stand.door.person(ADA)
    return person.session, person.led_to("/echo", "/oauth2/callback?")


def test_a_callback_of_somebody_elses_login_signs_nobody_in(stand: Stand) -> None:
    """An attacker's own code in a victim's browser: the victim would work in the attacker's account."""
    _, callback = started(stand)
    victim = stand.door.person()
    answer = victim.send("GET", callback)
    assert answer.status_code in {400, 403, 500}
    assert stand.charts.values["cookie"]["name"] not in victim.cookies()
    assert victim.send("GET", "/echo").status_code == 302


def test_a_state_of_another_login_does_not_fit(stand: Stand) -> None:
    mine, callback = started(stand)
    _, other = started(stand)
    state = parse_qs(urlsplit(callback).query)["state"][0]
    mixed = other.replace(parse_qs(urlsplit(other).query)["state"][0].split(":")[0], state.split(":")[0])
    assert mixed != other
    answer = mine.get(mixed, allow_redirects=False, timeout=60)
    assert answer.status_code in {400, 403, 500}


def test_a_code_is_good_once(stand: Stand) -> None:
    session, callback = started(stand)
    cookies = dict(session.cookies)
    first = session.get(callback, allow_redirects=False, timeout=60)
    assert first.status_code == 302
    assert first.headers["Location"].endswith("/echo")
    again = stand.door.person()
    again.session.cookies.update(cookies)
    answer = again.send("GET", callback)
    assert answer.status_code in {400, 403, 500}


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x:/echo", "?code=x&state=x:/echo", "?error=access_denied&state=x:/"]
)
def test_a_callback_that_nobody_began_signs_nobody_in(stand: Stand, query: str) -> None:
    person = stand.door.person()
    answer = person.send("GET", f"/oauth2/callback{query}")
    assert answer.status_code in {400, 403, 500}
    assert stand.charts.values["cookie"]["name"] not in person.cookies()


def test_while_nobody_answers_the_check_nobody_comes_in(stand: Stand) -> None:
    cookie, token = cookie_of(stand, ADA), stand.token("echo-caller", "ECHO_CALLER_SECRET")
    stopped = [stand.programs[pod.name] for pod in stand.cluster.pods if pod.workload == "oauth2-proxy"]
    for program in stopped:
        program.stop()
    try:
        assert status(bare(stand.door, cookie=cookie)) == 503
        assert status(bare(stand.door, f"Authorization: Bearer {token}")) == 503
        with stand.changed(fail_open) as door:
            assert status(bare(door, f"Authorization: Bearer {token}")) == 200, "open: what the setting keeps shut"
            assert status(bare(door, cookie=cookie)) == 403, "and the service's own policy stands behind it"
    finally:
        for program in stopped:
            program.start()
        for program in stopped:
            program.wait()
    assert status(bare(stand.door, cookie=cookie)) == 200


def fail_open(_: list[Document], mesh: dict[str, Any]) -> None:
    """The check counts for a yes when nobody answers it."""
    (provider,) = mesh["extensionProviders"]
    provider["envoyExtAuthzHttp"]["failOpen"] = True
