"""Login flows while they are changed: steps keep their order and priorities, and people log in all the while."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.request import urlopen

import pytest

from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from realmctl.model.objects import Desired
from tests.conftest import Keycloak
from tests.live.scene import applied, declared, planned

COPY = "browser of ours"


NEW = {
    "auth-spnego": "ALTERNATIVE",
    "identity-provider-redirector": "DISABLED",
    "auth-otp-form": "REQUIRED",
    "webauthn-authenticator": "ALTERNATIVE",
}
"""Steps of the flow and of the sub-flows in it, and the requirements that they get."""


@pytest.mark.parametrize("flow", ["browser", COPY])
def test_requirements_change_and_no_step_moves(admin: Admin, realm: str, flow: str) -> None:
    if flow == COPY:
        admin.send("POST", (realm, "authentication", "flows", "browser", "copy"), {"newName": COPY})
    before = _order(admin, realm, flow)
    live = read(admin, scope_of(declared(realm, {}))).objects[Address("flow", (flow,))]
    steps = [_said(one) for one in live.fields["executions"]]
    desired = declared(realm, {"authenticationFlows": {flow: {"executions": steps}}})
    (change,) = planned(admin, desired).changes
    assert {field.path: field.new for field in change.fields} == {
        f"executions.{step}.requirement": requirement for step, requirement in NEW.items()
    }
    applied(admin, desired)
    assert _order(admin, realm, flow) == [
        (name, level, priority, NEW.get(name, kept)) for name, level, priority, kept in before
    ]
    assert planned(admin, desired).empty


def _order(admin: Admin, realm: str, flow: str) -> list[tuple[str, int, int, str]]:
    """The steps of a flow as they run: what each is, its depth, its priority and its requirement."""
    steps = admin.get(realm, "authentication", "flows", flow, "executions")
    return [
        (one.get("providerId") or one["displayName"], one["level"], one["priority"], one["requirement"])
        for one in steps
    ]


def _said(step: dict[str, Any]) -> dict[str, Any]:
    """A live step as a file says it, with the new requirements."""
    said: dict[str, Any] = {name: step[name] for name in ("authenticator", "flow") if name in step}
    said["requirement"] = NEW.get(step.get("authenticator", ""), step["requirement"])
    if "executions" in step:
        said["executions"] = [_said(one) for one in step["executions"]]
    return said


def test_a_flow_in_use_is_replaced_while_people_log_in(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    forms = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
    cookie = {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}

    def said(*steps: dict[str, Any]) -> Desired:
        inner = {"flow": "my forms", "requirement": "ALTERNATIVE", "executions": [forms]}
        return declared(
            realm_name,
            {
                "browserFlow": "mine",
                "sslRequired": "none",
                "authenticationFlows": {"mine": {"executions": [*steps, inner]}},
                "clients": {"app": {"publicClient": True, "redirectUris": ["http://localhost/cb"]}},
            },
        )

    applied(admin, said(cookie))
    query = "client_id=app&response_type=code&scope=openid&redirect_uri=http://localhost/cb"
    login = f"{keycloak.url}/realms/{realm_name}/protocol/openid-connect/auth?{query}"
    stop, pages = threading.Event(), []

    def knock() -> None:
        while not stop.is_set():
            with urlopen(login) as answer:
                pages.append((answer.status, b'name="username"' in answer.read()))

    with urlopen(login) as answer:  # The first page of a server takes seconds.
        assert answer.status == 200
    knocking = threading.Thread(target=knock)
    knocking.start()
    while not pages:
        time.sleep(0.01)
    spnego = {"authenticator": "auth-spnego", "requirement": "DISABLED"}
    for steps in ((cookie, spnego), (spnego, cookie), (cookie,)):
        applied(admin, said(*steps))
    stop.set()
    knocking.join()
    assert len(pages) > 3
    assert set(pages) == {(200, True)}
    flows = [flow["alias"] for flow in admin.get(realm_name, "authentication", "flows")]
    assert flows.count("mine") == 1
    assert not [alias for alias in flows if "realmctl-next" in alias]
