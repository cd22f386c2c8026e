"""Who made or changed something, on a real Keycloak with two admins: what one of them does below an object, or with
another one, is never told as done to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from realmctl.keycloak.admin import Admin
from realmctl.model.drift import RealmDrift
from tests.conftest import Keycloak
from tests.live.drifting import EVENTS, Scene

STEP = "{ executions: [{ authenticator: auth-cookie, requirement: ALTERNATIVE }] }"
FLOWS = f"""\
ignore:
  - {{ address: user/*, reason: the people of these tests }}
authenticationFlows:
  ours: {STEP}
  away: {STEP}
  gone: {STEP}
"""
NEW = {"providerId": "basic-flow", "topLevel": True, "builtIn": False}


class Hand:
    """Somebody who changes a realm by hand."""

    def __init__(self, admin: Admin, realm: str) -> None:
        self.admin, self.realm = admin, realm

    def do(self, method: str, path: str, body: Any = None) -> str:
        return self.admin.send(method, (self.realm, *path.split("/")), body).id or ""

    def get(self, path: str) -> Any:
        return self.admin.get(self.realm, *path.split("/"))


@pytest.fixture
def scene(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Scene:
    return Scene(admin, keycloak, realm_name, tmp_path)


@pytest.fixture
def hands(scene: Scene) -> Iterator[tuple[Hand, Hand]]:
    """Anna and Bob, in a realm that has been applied."""
    scene.apply(EVENTS + FLOWS)
    with (
        closing(Admin(scene.person("anna", "realm-admin"))) as anna,
        closing(Admin(scene.person("bob", "realm-admin"))) as bob,
    ):
        yield Hand(anna, scene.realm), Hand(bob, scene.realm)


def told(found: RealmDrift) -> Mapping[str, list[tuple[str, str, bool]]]:
    assert found.error is None, found.error
    return {
        f"{one.what.value} {one.address}": [(deed.who, deed.operation, deed.sure) for deed in one.trace.deeds]
        for one in found.deviations
    }


def test_flows_are_told_by_who_made_and_who_changed_them(scene: Scene, hands: tuple[Hand, Hand]) -> None:
    anna, bob = hands
    config = scene.write(EVENTS + FLOWS)
    flows = {one["alias"]: one["id"] for one in anna.get("authentication/flows")}
    made = anna.do("POST", "authentication/flows", {"alias": "mine", **NEW})
    anna.do("POST", "authentication/flows", {"alias": "stepped", **NEW})
    anna.do("POST", "authentication/flows", {"alias": "src", **NEW})
    anna.do("POST", "authentication/flows/browser/copy", {"newName": "my copy"})
    [step] = anna.get("authentication/flows/ours/executions")
    anna.do("PUT", "authentication/flows/ours/executions", {**step, "requirement": "REQUIRED"})
    [step] = anna.get("authentication/flows/away/executions")
    anna.do("DELETE", f"authentication/flows/{flows['gone']}")
    bob.do("POST", "authentication/flows/browser/copy", {"newName": "other"})
    bob.do("POST", "authentication/flows/stepped/executions/execution", {"provider": "auth-cookie"})
    bob.do(
        "POST",
        "authentication/executions",
        {"authenticator": "auth-cookie", "requirement": "DISABLED", "parentFlow": made},
    )
    bob.do("POST", "authentication/flows/my copy/executions/execution", {"provider": "auth-cookie"})
    bob.do("POST", "authentication/flows/src/copy", {"newName": "dst"})
    bob.do("POST", "authentication/flows/ours/copy", {"newName": "ours too"})
    bob.do("POST", "authentication/flows/away/copy", {"newName": "away too"})
    bob.do("DELETE", f"authentication/executions/{step['id']}")

    by = told(scene.drift(config))

    assert by == {
        "deleted flow/gone": [("anna", "DELETE", True)],
        "changed flow/ours": [("anna", "UPDATE", False)],
        "changed flow/away": [("bob", "DELETE", False)],
        **{f"unmanaged flow/{name}": [("anna", "CREATE", True)] for name in ("mine", "stepped", "src", "my copy")},
        **{f"unmanaged flow/{name}": [("bob", "CREATE", True)] for name in ("other", "dst", "ours too", "away too")},
    }


def test_what_lies_below_an_object_did_not_make_it(scene: Scene, hands: tuple[Hand, Hand]) -> None:
    anna, bob = hands
    config = scene.write(EVENTS + FLOWS)
    mapper = {
        "name": "fixed",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {"claim.name": "c", "claim.value": "x"},
    }
    client = anna.do("POST", "clients", {"clientId": "api", "publicClient": False, "serviceAccountsEnabled": True})
    scope = anna.do("POST", "client-scopes", {"name": "claims", "protocol": "openid-connect"})
    anna.do("POST", "roles", {"name": "all"})
    group = anna.do("POST", "groups", {"name": "team"})
    provider = {"alias": "partner", "providerId": "oidc", "config": {"clientId": "x"}}
    anna.do("POST", "identity-provider/instances", provider)

    bob.do("POST", f"clients/{client}/protocol-mappers/models", mapper)
    bob.do("POST", f"clients/{client}/roles", {"name": "refund"})
    bob.do("PUT", f"clients/{client}", {**bob.get(f"clients/{client}"), "authorizationServicesEnabled": True})
    bob.do("POST", "partialImport", {"ifResourceExists": "SKIP", "roles": {"client": {"api": [{"name": "imported"}]}}})
    bob.do("POST", f"client-scopes/{scope}/protocol-mappers/models", mapper)
    role = bob.get("roles/all")
    bob.do("POST", f"roles-by-id/{role['id']}/composites", [bob.get("roles/offline_access")])
    bob.do("POST", f"client-scopes/{scope}/scope-mappings/realm", [role])
    bob.do("POST", f"groups/{group}/children", {"name": "team"})
    bob.do("POST", f"groups/{group}/role-mappings/realm", [role])
    bob.do("POST", "identity-provider/instances/partner/mappers", {
        "name": "partner",
        "identityProviderAlias": "partner",
        "identityProviderMapper": "hardcoded-attribute-idp-mapper",
        "config": {"attribute": "a", "attribute.value": "x"},
    })  # fmt: skip

    by = told(scene.drift(config))

    assert by == {
        f"unmanaged {name}": [("anna", "CREATE", True)]
        for name in (
            "client/api",
            "client-scope/claims",
            "role/all",
            "group/team",
            "identity-provider/partner",
        )
    }

    config = scene.write(EVENTS + FLOWS + "clients: { api: {} }\n")
    by = told(scene.drift(config))
    for name in ("refund", "imported"):
        assert by[f"unmanaged client-role/api/{name}"] == [("bob", "CREATE", True)]


def test_required_actions_are_told_by_their_own_events(scene: Scene, hands: tuple[Hand, Hand]) -> None:
    anna, bob = hands
    said = EVENTS + FLOWS
    config = scene.apply(said + "requiredActions: { CONFIGURE_TOTP: { name: One }, UPDATE_PASSWORD: { name: Two } }\n")
    anna.do("DELETE", "authentication/required-actions/CONFIGURE_TOTP")
    anna.do("DELETE", "authentication/required-actions/UPDATE_PASSWORD")
    bob.do("POST", "authentication/register-required-action", {"providerId": "CONFIGURE_TOTP", "name": "By hand"})

    by = told(scene.drift(config))

    assert by["changed required-action/CONFIGURE_TOTP"] == [("bob", "CREATE", True)]
    (gone,) = [name for name in by if "UPDATE_PASSWORD" in name]
    assert by[gone] == [("anna", "DELETE", True)]
