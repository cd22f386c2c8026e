"""Keycloak refuses what realmctl refuses, drops it, or fails; what realmctl takes works (`tests/cases/refused`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from realmctl.errors import RealmctlError, ServerError
from realmctl.keycloak.admin import Admin
from tests.cases.refused import rows
from tests.cases.refused.row import ALTERED, HOMES, KEPT, REFUSED, WORKS, Row, merged
from tests.cases.refused.rows import ROWS
from tests.conftest import Keycloak
from tooling.gateway.login import Browser, Form, Stopped

APP, BACK, LOGIN, PASSWORD = "app", "https://a.example/cb", "anna", "secret"
PROFILE = {"emailVerified": True, "email": "anna@a.example", "firstName": "Anna", "lastName": "Ames"}
CLIENT = {
    "secret": "s",
    "directAccessGrantsEnabled": True,
    "implicitFlowEnabled": True,
    "redirectUris": [BACK],
    "attributes": {"oauth2.device.authorization.grant.enabled": "true"},
}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Place:
    """The realm, and what tries things out in it."""

    admin: Admin
    realm: str
    url: str
    client: str = APP
    alias: str = ""

    def post(self, path: str, headers: Mapping[str, str] | None = None, **form: str) -> requests.Response:
        """A POST to an endpoint of OpenID Connect."""
        sent = {"client_id": self.client, "client_secret": "s", **form}
        return requests.post(f"{self.url}/protocol/openid-connect/{path}", data=sent, headers=headers, timeout=20)

    def token(self, **more: Any) -> requests.Response:
        """A token by password."""
        return self.post("token", grant_type="password", username=LOGIN, password=PASSWORD, scope="openid", **more)

    def log_in(self, **more: Any) -> Any:
        """A login with a browser; None where it does not lead to a token."""
        with suppress(Stopped, AssertionError):
            return Browser(local=True).log_in(
                self.url, self.client, BACK, LOGIN, PASSWORD, broker=None, client_secret="s", **more
            )
        return None

    def device(self) -> dict[str, Any]:
        """What a device is told."""
        answer = self.post("auth/device")
        assert answer.ok, answer.text
        return dict(answer.json())

    def set_password(self, text: str) -> bool:
        """Whether the password policy lets a person have that password."""
        (user,) = self.admin.get(self.realm, "users", query={"username": "emma", "exact": "true"})
        try:
            self.admin.send(
                "PUT", (self.realm, "users", user["id"], "reset-password"), {"type": "password", "value": text}
            )
        except ServerError:
            return False
        return True

    def start(self) -> requests.Response:
        """The way from the login page to the identity provider."""
        browser = Browser()
        asked = f"client_id={APP}&response_type=code&redirect_uri={BACK}&scope=openid&kc_idp_hint={self.alias}"
        page = browser.send("GET", f"{self.url}/protocol/openid-connect/auth?{asked}")
        return browser.send("GET", page.headers["Location"]) if page.is_redirect else page


def _expires(answer: requests.Response) -> int:
    return int(answer.json()["expires_in"])


def _refreshed(place: Place) -> int:
    token = place.token().json()["refresh_token"]
    return place.post("token", grant_type="refresh_token", refresh_token=token).status_code


def _polled(place: Place) -> int:
    return place.post("token", grant_type=DEVICE, device_code=place.device()["device_code"]).status_code


def _pushed(place: Place) -> int:
    return place.post("ext/par/request", response_type="code", redirect_uri=BACK, scope="openid").status_code


def _discovery(place: Place) -> dict[str, Any]:
    return dict(requests.get(f"{place.url}/.well-known/openid-configuration", timeout=20).json())


def _userinfo(place: Place) -> int:
    held = {"Authorization": f"Bearer {place.token().json()['access_token']}"}
    return requests.get(f"{place.url}/protocol/openid-connect/userinfo", headers=held, timeout=20).status_code


def _implicit(place: Place) -> bool:
    """Whether the browser gets a token that is over already."""
    browser = Browser(local=True)
    asked = f"client_id={place.client}&response_type=id_token token&redirect_uri={BACK}&scope=openid&nonce=n"
    page = browser.send("GET", f"{place.url}/protocol/openid-connect/auth?{asked}")
    page = browser.send("POST", Form(page).action, {"username": LOGIN, "password": PASSWORD})
    return "expires_in=0" in page.headers["Location"]


def _language(place: Place) -> bool:
    asked = f"client_id={place.client}&response_type=code&redirect_uri={BACK}&scope=openid"
    return 'lang="und"' in requests.get(f"{place.url}/protocol/openid-connect/auth?{asked}", timeout=20).text


def _no_code(place: Place) -> bool:
    """Whether a person who sets up one-time codes gets an error in place of an answer."""
    browser = Browser()
    asked = f"client_id={APP}&response_type=code&redirect_uri={BACK}&scope=openid"
    page = browser.send("GET", f"{place.url}/protocol/openid-connect/auth?{asked}")
    page = browser.send("POST", Form(page).action, {"username": "otto", "password": PASSWORD})
    page = browser.send("GET", page.headers["Location"]) if page.is_redirect else page
    form = Form(page)
    page = browser.send("POST", form.action, {**form.fields, "totp": "123456"}) if form.action and page.ok else page
    return page.status_code >= 500


def _taken_service(place: Place) -> bool:
    try:
        place.admin.send("POST", (place.realm, "clients"), {"clientId": "shop", "serviceAccountsEnabled": True})
    except RealmctlError:
        return True
    return False


def _cors(place: Place) -> bool:
    return "Access-Control-Allow-Origin" in place.token(headers={"Origin": BACK.removesuffix("/cb")}).headers


FAILS: Mapping[str, Callable[[Place], bool]] = {
    rows.NO_TOKEN: lambda place: place.token().status_code >= 400,
    rows.NO_USERINFO: lambda place: _userinfo(place) == 500,
    rows.NO_LOGIN: lambda place: place.log_in() is None,
    rows.NO_START: lambda place: place.start().status_code >= 500,
    rows.NO_PUSH: lambda place: _pushed(place) == 500,
    rows.EXPIRED: lambda place: _expires(place.token()) <= 0,
    rows.NO_POLL: lambda place: _polled(place) == 500,
    rows.DEVICE_EXPIRED: lambda place: place.device()["expires_in"] <= 0,
    rows.IMPLICIT_EXPIRED: _implicit,
    rows.NO_REFRESH: lambda place: _refreshed(place) == 400,
    rows.NO_ISSUER: lambda place: _discovery(place)["issuer"] == place.url,
    rows.NO_LEVEL: lambda place: "gold" not in _discovery(place)["acr_values_supported"],
    rows.ANY_PASSWORD: lambda place: place.set_password("a"),
    rows.NO_PASSWORD: lambda place: not place.set_password("Abcdefgh-12345"),
    rows.NO_CORS: lambda place: not _cors(place),
    rows.NO_LANGUAGE: _language,
    rows.TAKEN_SERVICE: _taken_service,
    rows.NO_CODE: _no_code,
}
"""By proof: whether it fails."""
NO_REQUEST = frozenset({rows.UNREACHABLE})
"""Proofs that are about addresses: a client of HTTP, realmctl's included, takes `..` out of them."""


@pytest.fixture
def place(admin: Admin, keycloak: Keycloak, realm: str) -> Place:
    admin.send("PUT", (realm,), {"organizationsEnabled": True, "loginTheme": "keycloak"})
    profile = admin.get(realm, "users", "profile")
    admin.send("PUT", (realm, "users", "profile"), {**profile, "unmanagedAttributePolicy": "ENABLED"})
    for name in (LOGIN, "otto", "emma"):
        known = {**PROFILE, "email": f"{name}@a.example", "enabled": True}
        credentials = [{"type": "password", "value": PASSWORD, "temporary": False}]
        actions = {"requiredActions": ["CONFIGURE_TOTP"]} if name == "otto" else {}
        admin.send("POST", (realm, "users"), {"username": name, **known, **actions, "credentials": credentials})
    admin.send("POST", (realm, "clients"), {"clientId": APP, **CLIENT})
    return Place(admin, realm, f"{keycloak.url}/realms/{realm}")


def test_what_is_tried_works_with_good_values(place: Place) -> None:
    """None of the proofs fails by itself, but for those that need a good value for it."""
    place.admin.send("POST", (place.realm, "identity-provider", "instances"), {"alias": "up", **HOMES["saml"].sent})
    place.alias = "up"
    good = {
        "attributes": {"frontendUrl": "https://id.example.com", "acr.loa.map": '{"gold": "2"}'},
        "revokeRefreshToken": True, "refreshTokenMaxReuse": 0,
    }  # fmt: skip
    wrong = [name for name, fails in FAILS.items() if name not in (rows.NO_CORS, rows.NO_ISSUER, rows.NO_LEVEL)
             and name != rows.ANY_PASSWORD and fails(place)]  # fmt: skip
    place.admin.send("PUT", (place.realm,), good)
    wrong += [name for name in (rows.NO_ISSUER, rows.NO_LEVEL) if FAILS[name](place)]
    assert wrong == []

    place.admin.send("PUT", (place.realm,), {"attributes": {"frontendUrl": ""}, "passwordPolicy": "length(8)"})
    (app,) = place.admin.get(place.realm, "clients", query={"clientId": APP})
    origins = {**app, "webOrigins": ["https://a.example"]}
    place.admin.send("PUT", (place.realm, "clients", app["id"]), origins)
    assert not FAILS[rows.ANY_PASSWORD](place)
    assert not FAILS[rows.NO_CORS](place)


def test_a_sub_flow_of_such_an_alias_can_be_made_and_not_changed(place: Place) -> None:
    """So that realmctl refuses the alias: to build its flow anew, it renames the sub-flows."""
    alias, flows = "a & b", (place.realm, "authentication", "flows")
    body = {"providerId": "basic-flow", "topLevel": True, "builtIn": False}
    place.admin.send("POST", flows, {"alias": "top", **body})
    sub = {"alias": alias, "type": "basic-flow", "provider": "registration-page-form", "description": ""}
    place.admin.send("POST", (*flows, "top", "executions", "flow"), sub)
    (step,) = place.admin.get(*flows, "top", "executions")
    found = place.admin.get(*flows, step["flowId"])

    assert found["alias"] == alias
    with pytest.raises(ServerError, match="Character '&' not allowed"):
        place.admin.send("PUT", (*flows, step["flowId"]), {**found, "description": "another one"})


def test_keycloak_does_what_the_table_says(place: Place) -> None:
    usual = place.admin.get(place.realm)
    wrong = [f"{row}: {found}" for number, row in enumerate(ROWS) if (found := tried(place, row, number, usual))]

    assert wrong == [], "\n".join(wrong)


def tried(place: Place, row: Row, number: int, usual: Mapping[str, Any]) -> str:
    """What is otherwise than the row says; "" for nothing."""
    if row.does in NO_REQUEST:
        return ""
    path: tuple[str, ...] = (place.realm,)
    if row.kind == "realm":
        method, name = "PUT", ""
        body = {**_policy(row, usual), **row.body}
    else:
        home = HOMES[row.kind]
        name = row.name or f"object-{number}"
        path, method = (place.realm, *home.path), "POST"
        body = {home.key: name, **merged(_more(row, name, home.sent), row.body)}
    try:
        place.admin.send(method, path, body)
    except ServerError as error:
        return "" if row.does == REFUSED else f"Keycloak refuses it: {error}"
    except RealmctlError as error:
        return f"{error}"
    try:
        return _kept(place, row, name, _found(place, row, name), usual)
    finally:
        _undo(place, row, name, usual)


def _policy(row: Row, usual: Mapping[str, Any]) -> dict[str, Any]:
    """The policy that a field belongs to: Keycloak takes its usual one where not all of it is sent."""
    for prefix in ("otpPolicy", "webAuthnPolicyPasswordless", "webAuthnPolicy"):
        if any(field.startswith(prefix) for field in row.body):
            return {field: value for field, value in usual.items() if field.startswith(prefix)}
    return {}


def _more(row: Row, name: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What an object of the kind needs beside the value."""
    if row.kind == "organization":
        number = "".join(one for one in name if one.isalnum())[-20:]
        return {"name": name, "domains": [{"name": f"{number}.example"}]}
    if row.kind == "client":
        if row.body.get("protocol") == "saml":
            return {"attributes": {"saml.client.signature": "false"}}  # Else Keycloak makes a key, for seconds.
        flags = {"serviceAccountsEnabled", "publicClient", "bearerOnly", "protocol"} & row.body.keys()
        return {} if flags else dict(CLIENT)
    if row.kind in ("registration", "key"):
        return {**sent, "config": {}}
    return dict(sent)


def _found(place: Place, row: Row, name: str) -> dict[str, Any]:
    """The object as Keycloak has it now; empty where it is not there."""
    if row.kind == "realm":
        return dict(place.admin.get(place.realm))
    home = HOMES[row.kind]
    query = {
        "user": {"username": name, "exact": "true"},
        "client": {"clientId": name},
        "group": {"search": name, "exact": "true"},
    }.get(row.kind, {"name": name} if home.path == ("components",) else {})
    listed = place.admin.get(place.realm, *home.path, query={**query, "briefRepresentation": "false"})
    return next((dict(one) for one in listed if one.get(home.key) == name), {})


def _kept(place: Place, row: Row, name: str, found: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    if row.does == REFUSED:
        return "Keycloak takes it"
    same = bool(found) and all(_holds(found.get(key), value) for key, value in row.body.items())
    if row.does == ALTERED:
        return "Keycloak keeps it as it is" if same else ""
    if not same:
        return f"Keycloak keeps {json.dumps({key: found.get(key) for key in row.body})}"
    if row.does == KEPT:
        return ""
    client = name if row.kind == "client" else APP
    here = Place(place.admin, place.realm, place.url, client, name if row.kind in ("oidc", "saml") else "")
    if row.does == WORKS:
        return _broken(here, row)
    return "" if FAILS[row.does](here) else f"no failure: {row.does}"


def _broken(place: Place, row: Row) -> str:
    """What does not work with a value that should."""
    if row.kind in ("oidc", "saml") and not place.start().is_redirect:
        return "no login starts"
    if row.kind in ("realm", "client"):
        if "passwordPolicy" in row.body:
            return "" if place.set_password("a b") and not place.set_password("ab") else "the policy does not hold"
        if place.token().status_code != 200 or not place.log_in() or _refreshed(place) != 200:
            return "no login"
    return ""


def _holds(have: Any, value: Any) -> bool:
    if isinstance(value, Mapping):
        return isinstance(have, Mapping) and all(_holds(have.get(key), one) for key, one in value.items())
    if isinstance(value, list):
        return isinstance(have, list) and sorted(have) == sorted(value)
    return bool(have == value)


def _undo(place: Place, row: Row, name: str, usual: Mapping[str, Any]) -> None:
    """The realm as it was; of objects only those go that change how people log in."""
    if row.kind == "realm":
        before = {**_policy(row, usual), **{key: usual.get(key) for key in row.body}}
        for key, value in row.body.items():
            if key == "attributes":
                before[key] = {one: usual["attributes"].get(one, "") for one in value}
            elif before[key] is None:
                before[key] = [] if isinstance(value, list) else "" if isinstance(value, str) else None
        place.admin.send("PUT", (place.realm,), before)
    elif row.kind in ("oidc", "saml"):
        place.admin.send("DELETE", (place.realm, "identity-provider", "instances", name))
    elif row.kind == "organization" and (found := _found(place, row, name)):
        # A realm with organizations asks for the name first.
        place.admin.send("DELETE", (place.realm, "organizations", found["id"]))
    elif row.kind in ("ldap", "registration", "key") and (found := _found(place, row, name)):
        place.admin.send("DELETE", (place.realm, "components", found["id"]))
