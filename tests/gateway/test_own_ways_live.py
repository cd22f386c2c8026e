"""What people might ask Keycloak for by the address of a login: a password beside Entra, a session for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.gateway.test_forgery_live import bare
from tests.gateway.test_sessions_live import LIFE, eventually, quick
from tooling.gateway.login import Form
from tooling.gateway.stand.directory import NINA
from tooling.gateway.stand.person import Person, status
from tooling.gateway.stand.stand import Stand

FORM = "/login-actions/required-action?execution=UPDATE_PASSWORD"
OWN = "a-Password-of-ones-own-1"


def begun(person: Person) -> str:
    """The address of Keycloak where a login begins, for its person to change."""
    return person.send("GET", "/oauth2/start?rd=/echo").headers["Location"]


def test_nobody_makes_a_password_beside_entra(stand: Stand) -> None:
    """`kc_action` asks for what the account console is closed for, and any browser may add it."""
    person = stand.door.person(NINA)
    page = person.open(f"{begun(person)}&kc_action=UPDATE_PASSWORD")
    assert (page.status_code, page.url) == (200, f"{stand.charts.origin}/echo"), "logged in, and not asked for one"


@contextmanager
def passwords(stand: Stand) -> Iterator[None]:
    """The realm as Keycloak makes it: the action is on. Whoever made themselves a password loses it afterwards."""
    action = ("platform", "authentication", "required-actions", "UPDATE_PASSWORD")
    with stand.admin() as admin:
        found = admin.get(*action)
        admin.send("PUT", action, body={**found, "enabled": True})
        try:
            yield
        finally:
            admin.send("PUT", action, body=found)
            (user,) = admin.get("platform", "users", query={"username": NINA, "exact": "true"})
            for each in admin.get("platform", "users", user["id"], "credentials"):
                admin.send("DELETE", ("platform", "users", user["id"], "credentials", each["id"]))


def test_with_the_action_that_keycloak_has_they_would_and_come_in_without_entra(stand: Stand) -> None:
    with passwords(stand):
        person = stand.door.person(NINA)
        page = person.open(f"{begun(person)}&kc_action=UPDATE_PASSWORD")
        assert FORM in page.url
        said = {"password-new": OWN, "password-confirm": OWN}
        assert person.send("POST", Form(page).action, data=said).status_code == 302
        asked = {"grant_type": "password", "client_id": "admin-cli", "username": NINA, "password": OWN}
        address = "/auth/realms/platform/protocol/openid-connect/token"
        answer = stand.door.person().send("POST", address, data={**asked, "scope": "openid"})
        assert answer.status_code == 200
    for kind in ("access_token", "id_token"):
        assert status(bare(stand.door, f"Authorization: Bearer {answer.json()[kind]}")) == 403, "for no service"


def outlived(stand: Stand) -> bool:
    """Whether tokens are renewed without a session of Keycloak's, for who asked for `offline_access`."""
    with quick(stand, "1s") as door, stand.admin() as admin:
        person = door.person(NINA)
        address = begun(person)
        changed = address.replace("scope=openid", "scope=openid+offline_access")
        assert changed != address
        if person.open(changed).status_code != 200:
            return False
        claims = person.send("GET", "/echo").json()["claims"]
        (user,) = admin.get("platform", "users", query={"username": NINA, "exact": "true"})
        # Keycloak ends the session as soon as there is one that works offline: nothing is left for anybody to end.
        sessions = admin.get("platform", "users", user["id"], "sessions")
        assert claims["sid"] not in {each["id"] for each in sessions}
        time.sleep(LIFE + 1)
        return eventually(lambda: renewed(person) > claims["exp"])


def renewed(person: Person) -> int:
    """When the token was made that a service gets; 0 where somebody is not let in."""
    page = person.send("GET", "/echo")
    return int(page.json()["claims"]["iat"]) if page.status_code == 200 else 0


def test_nobody_makes_their_session_outlive_keycloak_s(stand: Stand) -> None:
    """Who asks for a token that works offline: the gateway would renew it for ever, with the roles of that day."""
    assert not outlived(stand)


@contextmanager
def offline_access(stand: Stand) -> Iterator[None]:
    """The gateway's client with the optional scope."""
    with stand.admin() as admin:
        (client,) = admin.get("platform", "clients", query={"clientId": stand.charts.values["client"]["id"]})
        (scope,) = (each for each in admin.get("platform", "client-scopes") if each["name"] == "offline_access")
        link = ("platform", "clients", client["id"], "optional-client-scopes", scope["id"])
        admin.send("PUT", link)
        try:
            yield
        finally:
            admin.send("DELETE", link)


def test_with_the_scope_for_it_they_would(stand: Stand) -> None:
    with offline_access(stand):
        assert outlived(stand)
