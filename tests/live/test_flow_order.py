"""What an apply changes within a login flow leaves its steps in their order, and their priorities as they were."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.admin import Admin
from realmctl.live import read
from realmctl.model.address import Address
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
    live = read(admin, declared(realm, {})).objects[Address("flow", (flow,))]
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
