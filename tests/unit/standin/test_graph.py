"""Microsoft Graph as a checker of app registrations sees it."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pydantic import SecretStr

from standin import FederatedCredential, Group, Secret, Standin
from standin.tenant import GRAPH, GRAPH_PERMISSIONS
from tests.unit.standin.conftest import APP, SECRET


class Graph:
    """An app that asks Graph."""

    def __init__(self, entra: Standin) -> None:
        self.entra = entra
        self.session = requests.Session()
        self.session.verify = str(entra.ca)
        self.token = self.new_token()

    def new_token(self) -> str:
        said = {
            "grant_type": "client_credentials",
            "client_id": APP,
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        answer = self.session.post(f"{self.entra.authority}/oauth2/v2.0/token", data=said).json()
        return str(answer["access_token"])

    def get(self, path: str, **query: str) -> Any:
        address = path if path.startswith("https:") else f"{self.entra.graph}{path}"
        return self.session.get(address, params=query, headers={"Authorization": f"Bearer {self.token}"}).json()

    def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.post(f"{self.entra.graph}{path}", json=body, headers=headers).json()


@pytest.fixture
def graph(entra: Standin) -> Graph:
    return Graph(entra)


def test_an_application_by_filter_and_by_app_id(graph: Graph) -> None:
    (found,) = graph.get("/applications", **{"$filter": f"appId eq '{APP}'"})["value"]
    by_id = graph.get(f"/applications(appId='{APP}')")
    assert found["web"]["redirectUris"] == by_id["web"]["redirectUris"] == ["http://localhost/back"]
    assert [role["value"] for role in found["appRoles"]] == ["Platform.Admin", "Orders.Refund"]
    assert graph.get(f"/applications/{found['id']}")["appId"] == APP
    assert graph.get(f"/applications/{found['id']}", **{"$select": "appId"}).keys() == {"@odata.context", "appId"}


def test_a_secret_is_never_shown(graph: Graph) -> None:
    graph.entra.tenant.app(APP).secrets.append(Secret(value=SecretStr("canary-of-graph"), displayName="ci"))
    shown = graph.get(f"/applications(appId='{APP}')")["passwordCredentials"]
    assert shown[1]["displayName"] == "ci"
    assert shown[1]["secretText"] is None
    assert "canary-of-graph" not in str(shown)


def test_what_an_app_and_its_roles_are_given(graph: Graph) -> None:
    principal = graph.get(f"/servicePrincipals(appId='{APP}')")
    (to,) = graph.get(f"/servicePrincipals/{principal['id']}/appRoleAssignedTo")["value"]
    refund = next(role["id"] for role in principal["appRoles"] if role["value"] == "Orders.Refund")
    assert (to["principalType"], to["principalDisplayName"], to["appRoleId"]) == ("Group", "sg-orders", refund)
    own = graph.get(f"/servicePrincipals/{principal['id']}/appRoleAssignments")["value"]
    granted = {GRAPH_PERMISSIONS["Application.Read.All"], GRAPH_PERMISSIONS["GroupMember.Read.All"]}
    assert {one["appRoleId"] for one in own} == granted
    resource = graph.get(f"/servicePrincipals(appId='{GRAPH}')")
    assert {one["resourceId"] for one in own} == {resource["id"]}


def test_federated_credentials(graph: Graph) -> None:
    said = FederatedCredential(name="keycloak", issuer="https://kc.example.com/realms/r", subject="broker")
    graph.entra.tenant.app(APP).federatedCredentials.append(said)
    (found,) = graph.get(f"/applications(appId='{APP}')/federatedIdentityCredentials")["value"]
    assert {name: found[name] for name in ("name", "issuer", "subject", "audiences")} == said.model_dump()


def test_groups_come_in_pages(graph: Graph) -> None:
    graph.entra.tenant.groups += [Group(displayName=f"g{number}") for number in range(7)]
    page = graph.get("/groups", **{"$top": "3", "$select": "id,displayName"})
    found = page["value"]
    pages = 1
    while "@odata.nextLink" in page:
        page = graph.get(page["@odata.nextLink"])
        found += page["value"]
        pages += 1
    assert pages == 3
    assert [one["displayName"] for one in found] == ["sg-orders", *(f"g{number}" for number in range(7))]
    assert all(one.keys() == {"id", "displayName"} for one in found)


def test_a_permission_that_is_lacking(graph: Graph) -> None:
    assert graph.get("/organization")["error"]["code"] == "Authorization_RequestDenied"
    assert graph.post("/directoryObjects/getByIds", {"ids": []})["error"]["code"] == "Authorization_RequestDenied"
    app = graph.entra.tenant.app(APP)
    app.graphPermissions = ["Directory.Read.All"]
    graph.token = graph.new_token()
    assert graph.get("/organization")["value"][0]["displayName"] == "Contoso"
    group = graph.entra.tenant.groups[0].oid
    (found,) = graph.post("/directoryObjects/getByIds", {"ids": [group], "types": ["group"]})["value"]
    assert (found["@odata.type"], found["displayName"]) == ("#microsoft.graph.group", "sg-orders")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/applications(appId='00000000-0000-4000-8000-000000000000')", "Request_ResourceNotFound"),
        ("/groups/00000000-0000-4000-8000-000000000000", "Request_ResourceNotFound"),
        ("/groups?$filter=displayName ne 'a'", "Request_UnsupportedQuery"),
    ],
)
def test_errors_have_graphs_shape(graph: Graph, path: str, code: str) -> None:
    error = graph.get(path)["error"]
    assert error["code"] == code
    assert error["innerError"]["request-id"]


def test_a_token_that_is_none(graph: Graph) -> None:
    graph.token = "nonsense"
    assert graph.get("/applications")["error"]["code"] == "InvalidAuthenticationToken"
    graph.token = ""
    assert graph.get("/applications")["error"]["message"] == "Access token is empty."
