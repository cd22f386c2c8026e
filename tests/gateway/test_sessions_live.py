"""Sessions: renewed before they end, ended when somebody says so, and kept through restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from tests.gateway.changes import setting, tokens_of
from tests.gateway.seen import sessions
from tooling.gateway.stand.directory import ADA, APP, NINA, OTTO, VERA
from tooling.gateway.stand.stand import Door, Stand

LIFE = 6  # seconds of an access token, where it is to end within a test
PATIENCE = 60.0  # seconds


@contextmanager
def quick(stand: Stand, refresh: str) -> Iterator[Door]:
    """A door whose tokens end after LIFE, and are renewed as `cookie_refresh` says."""
    with (
        tokens_of(stand, stand.charts.values["client"]["id"], LIFE),
        stand.changed(setting("cookie_refresh", f'"{refresh}"'), fresh={"oauth2-proxy"}) as door,
    ):
        yield door


def eventually(seen: Callable[[], bool]) -> bool:
    """Whether it comes true within PATIENCE: machines at work are slow."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def test_a_token_is_renewed_before_it_ends(stand: Stand) -> None:
    with quick(stand, "2s") as door:
        person = door.person(OTTO)
        first = person.open("/echo").json()["claims"]
        assert first["exp"] - first["iat"] == LIFE
        time.sleep(LIFE + 1)
        with ThreadPoolExecutor(8) as pool:  # a page and its pictures, all at the moment of the renewal
            pages = list(pool.map(lambda number: person.send("GET", f"/echo/{number}"), range(8)))
        assert [page.status_code for page in pages] == [200] * 8
        assert eventually(lambda: bool(person.send("GET", "/echo").json()["claims"]["iat"] >= first["exp"]))
        assert person.asked_for_password == 1


def test_without_renewal_a_service_is_sent_a_token_that_has_ended(stand: Stand) -> None:
    """What `cookie_refresh` is for. Envoy allows clocks that differ by a minute, so the service says 401 after that."""
    with quick(stand, "0s") as door:
        person = door.person(OTTO)
        assert person.open("/echo").status_code == 200
        time.sleep(LIFE + 1)
        assert person.send("GET", "/echo").json()["claims"]["exp"] < time.time()


def test_a_role_that_keycloak_takes_away_is_gone_with_the_next_token(stand: Stand) -> None:
    with quick(stand, "1s") as door, stand.admin() as admin:
        person = door.person(VERA)
        assert person.open("/echo/admin").status_code == 200
        (user,) = admin.get("platform", "users", query={"username": VERA, "exact": "true"})
        role = admin.get("platform", "roles", "platform-admin")
        admin.send("DELETE", ("platform", "users", user["id"], "role-mappings", "realm"), body=[role])
        assert eventually(lambda: person.send("GET", "/echo/admin").status_code == 403)
        assert person.send("GET", "/echo").status_code == 200


def test_a_role_that_entra_takes_away_is_gone_with_the_next_login(stand: Stand) -> None:
    person = stand.door.person(VERA)
    assert person.open("/echo/admin").status_code == 200
    stand.entra.tenant.withdraw(APP, VERA, "Platform.Admin")
    try:
        assert person.send("GET", "/echo/admin").status_code == 200, "Keycloak is not told: its session bounds it"
        person.open(logout(stand))
        assert person.open("/echo/admin").status_code == 403
        assert person.open("/echo").status_code == 200
    finally:
        stand.entra.tenant.assign(APP, VERA, "Platform.Admin")


def test_a_session_that_keycloak_ends_is_over_with_the_next_renewal(stand: Stand) -> None:
    with quick(stand, "1s") as door, stand.admin() as admin:
        person = door.person(NINA)
        person.open("/echo")
        (user,) = admin.get("platform", "users", query={"username": NINA, "exact": "true"})
        admin.send("POST", ("platform", "users", user["id"], "logout"))
        stand.forget(NINA)  # This ends all of her sessions.
        assert eventually(lambda: person.send("GET", "/echo").status_code != 200)


def test_signing_out_ends_the_sessions_here_in_keycloak_and_in_entra(stand: Stand) -> None:
    person = stand.door.person(OTTO)
    before = sessions(stand)
    person.open("/echo")
    own = stand.charts.values["cookie"]["name"]
    cookie = person.cookies()[own]
    assert replayed(stand.door, {own: cookie}) == 200, "somebody else has it, too"
    page = person.open(logout(stand))
    assert page.url == stand.charts.values["hosts"][0]["afterLogout"]
    assert f"{stand.entra.authority}/oauth2/v2.0/logout" in person.way
    assert own not in person.cookies()
    assert sessions(stand) <= before
    assert replayed(stand.door, {own: cookie}) == 302
    assert person.asked_for_password == 1
    person.open("/echo")
    assert person.asked_for_password == 2, "neither Keycloak nor Entra remembers"


def replayed(door: Door, cookies: dict[str, str]) -> int:
    """What a copy of somebody's cookies is answered."""
    other = door.person()
    other.plant(cookies)
    return other.send("GET", "/echo").status_code


def test_with_sessions_in_the_cookie_a_copy_would_outlive_the_signing_out(stand: Stand) -> None:
    """What Redis is for: a session that is gone there is gone everywhere."""
    with stand.changed(setting("session_store_type", '"cookie"'), fresh={"oauth2-proxy"}) as door:
        person = door.person(OTTO)
        person.open("/echo")
        cookies = person.cookies()
        person.open(logout(stand))
        assert person.send("GET", "/echo").status_code == 302
        assert replayed(door, cookies) == 200


def test_signing_out_at_oauth2_proxy_alone_is_not_enough(stand: Stand) -> None:
    """Why the link goes the long way: who only loses the cookie is logged in again in silence."""
    person = stand.door.person(OTTO)
    person.open("/echo")
    person.open("/oauth2/sign_out")
    assert person.open("/echo").status_code == 200
    assert person.asked_for_password == 1


def test_every_replica_knows_the_session(stand: Stand) -> None:
    person = stand.known(ADA)
    cookie = "; ".join(f"{name}={value}" for name, value in person.cookies().items())
    replicas = [pod for pod in stand.cluster.pods if pod.workload == "oauth2-proxy"]
    assert len(replicas) == 2
    for pod in replicas:
        answer = requests.get(
            f"http://{pod.inside}:4180/echo", headers={"Cookie": cookie, "Host": stand.door.host}, timeout=30
        )
        assert answer.status_code == 200
        assert answer.headers["x-auth-request-email"] == ADA


def test_people_stay_signed_in_through_restarts(stand: Stand) -> None:
    person = stand.door.person(NINA)
    person.open("/echo")
    time.sleep(2)  # what is not a second old is not on the disk yet
    for name in ("redis-0", "oauth2-proxy-0", "oauth2-proxy-1"):
        stand.programs[name].restart()
        assert person.send("GET", "/echo").status_code == 200, f"after a restart of {name}"
    assert person.asked_for_password == 1


def test_without_redis_nobody_comes_in_and_afterwards_everybody_does(stand: Stand) -> None:
    """Who asks meanwhile loses the cookie, and comes back in silence: Keycloak's session is still there."""
    absent, present = stand.door.person(NINA), stand.door.person(OTTO)
    absent.open("/echo")
    present.open("/echo")
    time.sleep(2)
    stand.programs["redis-0"].stop()
    try:
        assert present.send("GET", "/echo").status_code != 200
    finally:
        stand.programs["redis-0"].start().wait()
    assert absent.send("GET", "/echo").status_code == 200
    assert present.open("/echo").status_code == 200
    assert present.asked_for_password == 1


def test_while_keycloak_is_frozen_sessions_last_until_their_renewal(stand: Stand) -> None:
    young = stand.door.person(NINA)
    young.open("/echo")
    with quick(stand, "1s") as door:
        due = door.person(OTTO)
        due.open("/echo")
        with stand.programs["keycloak-0"].frozen():
            assert young.send("GET", "/echo").status_code == 200
            assert eventually(lambda: due.send("GET", "/echo").status_code != 200), (
                "closed, when the check's time is up"
            )
        assert eventually(lambda: due.open("/echo").status_code == 200)
        assert young.send("GET", "/echo").status_code == 200


def logout(stand: Stand) -> str:
    """The link for signing out."""
    return str(stand.charts.values["hosts"][0]["logout"])
