"""What goes wrong at a gateway, as people see it: each symptom of docs/troubleshooting.md, made on purpose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.changes import Change, one, replaced, setting
from tests.gateway.seen import header
from tooling.gateway.login import Stopped
from tooling.gateway.stand.directory import ADA, NINA, OTTO
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.stand import Door, Stand

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


def custom(documents: list[Document]) -> Document:
    return one(documents, "AuthorizationPolicy", having="'CUSTOM'")


def no_exemption_of_keycloak(documents: list[Document], _: dict[str, Any]) -> None:
    custom(documents)["spec"]["rules"] = [{"to": [{"operation": {"notPaths": ["/oauth2/*"]}}]}]


def no_provider(_: list[Document], mesh: dict[str, Any]) -> None:
    # One that checks nothing stands for none: that none is there at all, the tests refuse before Envoy would.
    mesh["extensionProviders"] = [{"name": one["name"], "prometheus": {}} for one in mesh["extensionProviders"]]


def of_service(documents: list[Document], kind: str, action: str = "") -> Document:
    (found,) = (
        each
        for each in documents
        if each["kind"] == kind
        and each["metadata"]["name"] == "echo"
        and each["spec"].get("action", "") in ("", action)
    )
    return found


def another_audience(documents: list[Document], _: dict[str, Any]) -> None:
    for rule in of_service(documents, "RequestAuthentication")["spec"]["jwtRules"]:
        rule["audiences"] = ["echo-api"]


def another_issuer(documents: list[Document], _: dict[str, Any]) -> None:
    for rule in of_service(documents, "RequestAuthentication")["spec"]["jwtRules"]:
        rule["issuer"] = rule["issuer"].replace("https:", "http:")


def opened(door: Door, login: str, path: str = "/echo") -> Any:
    return door.person(login).open(path)


def test_keycloak_is_itself_sent_to_log_in_round_and_round(stand: Stand) -> None:
    with stand.changed(no_exemption_of_keycloak) as door:
        person = door.person(ADA)
        with pytest.raises(Stopped):
            person.open("/echo")
    assert person.way.count(f"{stand.charts.origin}/auth/realms/platform/protocol/openid-connect/auth") > 5


def test_the_check_has_no_provider_and_all_is_denied_at_once(stand: Stand) -> None:
    with stand.changed(no_provider) as door:
        page = opened(door, ADA)
    assert (page.status_code, page.text.strip()) == (403, "RBAC: access denied")
    assert page.url == f"{stand.charts.origin}/echo"  # nobody was sent to log in


def test_an_address_that_oauth2_proxy_does_not_take_is_403_at_the_callback(stand: Stand) -> None:
    with stand.changed(setting("email_domains", '["elsewhere.example"]'), fresh=("oauth2-proxy",)) as door:
        page = opened(door, ADA)
    assert page.status_code == 403
    assert page.url.partition("?")[0] == f"{stand.charts.origin}/oauth2/callback"


def test_a_role_that_is_missing_is_403_at_the_service(stand: Stand) -> None:
    page = opened(stand.door, NINA, "/echo/admin")
    assert (page.status_code, page.text.strip()) == (403, "RBAC: access denied")
    assert opened(stand.door, NINA).status_code == 200  # elsewhere they are let in


def test_an_audience_that_the_token_has_not(stand: Stand) -> None:
    with stand.changed(another_audience) as door:
        page = opened(door, ADA)
    assert (page.status_code, page.text) == (403, "Audiences in Jwt are not allowed")


def test_an_issuer_that_the_token_has_not(stand: Stand) -> None:
    with stand.changed(another_issuer) as door:
        page = opened(door, ADA)
    assert (page.status_code, page.text) == (401, "Jwt issuer is not configured")


def test_an_issuer_that_oauth2_proxy_expects_otherwise_is_500_at_the_callback(stand: Stand) -> None:
    issuer = str(stand.charts.values["issuer"])
    change = replaced(f'issuerURL: "{issuer}"', 'issuerURL: "https://elsewhere.example/realms/platform"', "ConfigMap")
    with stand.changed(change, fresh=("oauth2-proxy",)) as door:
        page = opened(door, ADA)
    assert page.status_code == 500
    assert page.url.partition("?")[0] == f"{stand.charts.origin}/oauth2/callback"


def test_a_session_in_the_cookie_is_many_kilobytes(stand: Stand) -> None:
    usual = sum(map(len, stand.known(ADA).cookies().values()))
    with stand.changed(setting("session_store_type", '"cookie"'), fresh=("oauth2-proxy",)) as door:
        person = door.person(ADA)
        assert person.open("/echo").status_code == 200
    now = sum(map(len, person.cookies().values()))
    assert now > 4096, now
    assert now > 4 * usual, (now, usual)


def test_groups_that_the_token_has_under_another_name_do_not_arrive(stand: Stand) -> None:
    assert header(stand.known(OTTO).open("/echo").json(), "x-auth-request-groups") == "orders-team"
    change: Change = replaced('groupsClaim: "groups"', 'groupsClaim: "teams"', "ConfigMap")
    with stand.changed(change, fresh=("oauth2-proxy",)) as door:
        page = opened(door, OTTO)
    assert header(page.json(), "x-auth-request-groups") in (None, "")


def test_every_symptom_of_the_page_is_made_here() -> None:
    """The page names the test that makes each symptom."""
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    here = {name for name in globals() if name.startswith("test_")} - {"test_every_symptom_of_the_page_is_made_here"}
    assert named == here
