"""`realmctl gateway check` on the running gateway: closed as the charts make it, open where a defence is taken away."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.errors import Exit
from tests.gateway.changes import one as only
from tests.gateway.changes import setting, unfiltered
from tests.gateway.test_other_gateways_live import OTHER, another_gateway_and_exemptions_on_every_host
from tests.gateway.test_own_ways_live import offline_access
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.stand import Door, Stand

Change = Callable[[list[Document], dict[str, Any]], None]
Points = Mapping[str, Mapping[str, Any]]


def checked(
    door: Door, folder: Path, *more: str, inside: tuple[Sequence[Document], Mapping[str, Any]] | None
) -> Points:
    """The points by id; `inside` are the cluster's objects and the mesh's configuration, to be looked into."""
    stand = door.stand
    values = folder / "values.json"
    values.write_text(json.dumps({"gateway": stand.charts.values}), encoding="utf-8")
    words = [*more, "--values", str(values), "--ca", str(stand.trust), "-o", "json"]
    words += ["--connect-to", "{}:{}".format(*door.address)]
    if inside:
        objects = folder / "objects.yaml"
        objects.write_text(yaml.safe_dump_all([*inside[0], _mesh_map(inside[1])]), encoding="utf-8")
        words += ["--objects", str(objects)]
    done = subprocess.run(
        [sys.executable, "-m", "realmctl", "gateway", "check", stand.charts.origin, *words],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (Exit.OK, Exit.DIFFERENT), done.stderr
    found = json.loads(done.stdout)
    assert bool(found["open"]) is (done.returncode == Exit.DIFFERENT)
    return {one["id"]: one for one in found["points"]}


def _mesh_map(mesh: Mapping[str, Any]) -> Document:
    meta = {"name": "istio", "namespace": "istio-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mesh": yaml.safe_dump(dict(mesh))}}


def opened(found: Points) -> set[str]:
    return {name for name, one in found.items() if one["state"] == "open"}


def shown(found: Points, point: str) -> str:
    return "\n".join(
        f"{each['asked']}: {each['message']}" for each in found[point]["evidence"] if each["state"] == "open"
    )


def test_as_the_charts_make_it_nothing_is_open(stand: Stand, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(stand.token("echo-caller", "ECHO_CALLER_SECRET"), encoding="utf-8")
    more = ("--token-file", str(token), "--echo", "/echo")
    found = checked(stand.door, tmp_path, *more, inside=(stand.charts.documents, stand.charts.mesh))
    assert opened(found) == set(), [shown(found, point) for point in opened(found)]
    assert {name for name, one in found.items() if one["state"] == "unknown"} == set()


def policies(documents: list[Document], action: str) -> list[Document]:
    return [
        one
        for one in documents
        if one["kind"] == "AuthorizationPolicy" and one["spec"].get("action", "ALLOW") == action
    ]


def services_demand_nothing(documents: list[Document]) -> None:
    """The services' own policies are gone, so that what the gateway lets through is answered."""
    documents[:] = [
        one
        for one in documents
        if one["kind"] != "RequestAuthentication"
        and one not in (*policies(documents, "ALLOW"), *policies(documents, "DENY"))
    ]


def no_check(documents: list[Document], _: dict[str, Any]) -> None:
    services_demand_nothing(documents)
    for one in policies(documents, "CUSTOM"):
        documents.remove(one)


def check_by_host(documents: list[Document], _: dict[str, Any]) -> None:
    services_demand_nothing(documents)
    for one in policies(documents, "CUSTOM"):
        for rule in one["spec"]["rules"]:
            rule["to"] = [{"operation": {"hosts": ["apps.example.com"]}}]


def wide_exemption(documents: list[Document], mesh: dict[str, Any]) -> None:
    services_demand_nothing(documents)
    mesh["pathNormalization"] = {"normalization": "BASE"}
    for one in policies(documents, "CUSTOM"):
        one["spec"]["rules"] = [{"to": [{"operation": {"notPaths": ["/auth*", "/oauth2*", "/echo/../*"]}}]}]
    for one in documents:
        # What tidies paths up beside the mesh's own setting.
        if one["kind"] == "EnvoyFilter":
            for patch in one["spec"]["configPatches"]:
                typed = (patch["patch"].get("value") or {}).get("typed_config") or {}
                for key in ("merge_slashes", "normalize_path", "path_with_escaped_slashes_action"):
                    typed.pop(key, None)
        if one["kind"] == "VirtualService":
            # A route that the exemption can end at: /authx and the like lead to the echo.
            one["spec"]["http"].append({"match": [{"uri": {"prefix": "/"}}], "route": echo_route(documents)})


def echo_route(documents: list[Document]) -> Any:
    for one in documents:
        for http in one["spec"].get("http") or () if one["kind"] == "VirtualService" else ():
            for route in http.get("route") or ():
                if route["destination"]["host"].startswith("echo."):
                    return http["route"]
    raise AssertionError("nothing leads to the echo")


def all_of_keycloak(documents: list[Document], _: dict[str, Any]) -> None:
    for one in policies(documents, "DENY"):
        documents.remove(one)
    for one in policies(documents, "CUSTOM"):
        one["spec"]["rules"] = [{"to": [{"operation": {"notPaths": ["/auth/*", "/oauth2/*"]}}]}]
    for one in documents:
        if one["kind"] == "VirtualService":
            for http in one["spec"]["http"]:
                if http.get("name") == "keycloak":
                    http["match"] = [{"uri": {"prefix": "/auth/"}}]
            one["spec"]["http"].sort(key=lambda http: http.get("name") != "keycloak")


def headers_stay(documents: list[Document], _: dict[str, Any]) -> None:
    documents[:] = [one for one in documents if one["kind"] != "EnvoyFilter"]


def exempt_path_at_a_service(documents: list[Document], _: dict[str, Any]) -> None:
    """A route of another team, before all others, for a path that needs no login."""
    services_demand_nothing(documents)
    routes = only(documents, "VirtualService")["spec"]["http"]
    routes.insert(0, {"match": [{"uri": {"prefix": "/auth/resources/re"}}], "route": echo_route(documents)})


def every_host(documents: list[Document], mesh: dict[str, Any]) -> None:
    """Listeners for every host, of which one that is nobody's leads to the echo; exemptions on every host, too."""
    services_demand_nothing(documents)
    gateway = only(documents, "Gateway")
    for server in gateway["spec"]["servers"]:
        server["hosts"] = ["./*"]
    for policy in policies(documents, "CUSTOM"):
        policy["spec"]["rules"] = policy["spec"]["rules"][:1]
    own = only(documents, "VirtualService")
    rest = {"hosts": ["*"], "gateways": own["spec"]["gateways"], "http": [{"route": echo_route(documents)}]}
    documents.append({**own, "metadata": {**own["metadata"], "name": "rest"}, "spec": rest})


def clients_are_registered(documents: list[Document], _: dict[str, Any]) -> None:
    """Keycloak's registration of clients is below its realm's path, and refused by a rule of its own alone."""
    (policy,) = (one for one in policies(documents, "DENY") if "clients-registrations" in str(one))
    policy["spec"]["rules"] = [one for one in policy["spec"]["rules"] if "clients-registrations" not in str(one)]


@pytest.mark.parametrize(
    ("change", "point", "request_"),
    [
        (no_check, "login", "answered 200 without login"),
        (check_by_host, "login", "Host: apps.example.com:"),
        (wide_exemption, "exempt-paths", "/oauth2%2f..%2f"),
        (all_of_keycloak, "console", "/auth/admin/"),
        (exempt_path_at_a_service, "exempt-paths", "GET /auth/resources/realmctl-probe"),
        (every_host, "exempt-paths", "with Host: evil.realmctl.invalid"),
        (clients_are_registered, "console", "/clients-registrations/"),
    ],
)
def test_what_is_taken_away_is_seen_from_outside(
    stand: Stand, tmp_path: Path, change: Change, point: str, request_: str
) -> None:
    with stand.changed(change) as door:
        found = checked(door, tmp_path, inside=None)
    assert point in opened(found)
    assert request_ in shown(found, point)


def test_forged_headers_that_arrive_are_seen_at_the_echo(stand: Stand, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(stand.token("echo-caller", "ECHO_CALLER_SECRET"), encoding="utf-8")
    with stand.changed(headers_stay) as door:
        found = checked(door, tmp_path, "--token-file", str(token), "--echo", "/echo", inside=None)
    assert "forged identity headers arrive" in shown(found, "identity-headers")


def test_a_wildcard_among_the_hosts_to_return_to_is_seen(stand: Stand, tmp_path: Path) -> None:
    with stand.changed(setting("whitelist_domains", '[".example.com"]'), fresh={"oauth2-proxy"}) as door:
        found = checked(door, tmp_path, inside=None)
    assert "a sign-out sends people to https://realmctl-probe.example.com/" in shown(found, "redirects")


def test_the_session_s_cookie_is_seen_at_the_echo(stand: Stand, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(stand.token("echo-caller", "ECHO_CALLER_SECRET"), encoding="utf-8")
    with stand.changed(unfiltered) as door:
        found = checked(door, tmp_path, "--token-file", str(token), "--echo", "/echo", inside=None)
    assert "arrives at the service" in shown(found, "cookie")


def no_rule(documents: list[Document], _: dict[str, Any]) -> None:
    documents.remove(next(one for one in policies(documents, "DENY") if "-rule-" in one["metadata"]["name"]))


def other_keys(documents: list[Document], _: dict[str, Any]) -> None:
    for one in documents:
        if one["kind"] == "RequestAuthentication":
            one["spec"]["jwtRules"][0]["jwksUri"] = "https://keys.example.net/"


def more_exempt(documents: list[Document], _: dict[str, Any]) -> None:
    for one in policies(documents, "CUSTOM"):
        one["spec"]["rules"][0]["to"][0]["operation"]["notPaths"].append("/public/*")


@pytest.mark.parametrize(
    ("change", "point", "told"),
    [
        (another_gateway_and_exemptions_on_every_host, "exempt-paths", "on every host, too: another Gateway"),
        (exempt_path_at_a_service, "exempt-paths", "leads /auth/resources/re, which needs no login, to echo."),
        (every_host, "exempt-paths", "VirtualService istio-system/rest leads /oauth2/realmctl-probe-5b1d"),
        (no_rule, "services", "is not there: nobody is denied"),
        (other_keys, "issuer", "with the keys of https://keys.example.net/"),
        (more_exempt, "exempt-paths", "leaves out /public/*, which no login needs"),
    ],
)
def test_what_only_the_cluster_shows(stand: Stand, tmp_path: Path, change: Change, point: str, told: str) -> None:
    documents, mesh = copy.deepcopy(list(stand.charts.documents)), dict(stand.charts.mesh)
    change(documents, mesh)
    found = checked(stand.door, tmp_path, inside=(documents, mesh))
    assert told in shown(found, point)


def exempt_at_a_sibling(documents: list[Document], mesh: dict[str, Any]) -> None:
    another_gateway_and_exemptions_on_every_host(documents, mesh)
    (policy,) = policies(documents, "CUSTOM")
    policy["spec"]["rules"].append({"to": [{"operation": {"notHosts": ["*.example.com", "*.example.com:*"]}}]})


def test_another_gateway_s_host_is_asked_for(stand: Stand, tmp_path: Path) -> None:
    """A wildcard for the gateway's own hosts takes in the host of another team."""
    documents, mesh = copy.deepcopy(list(stand.charts.documents)), dict(stand.charts.mesh)
    exempt_at_a_sibling(documents, mesh)
    assert f"on {OTHER}, too" in shown(checked(stand.door, tmp_path, inside=(documents, mesh)), "exempt-paths")


def test_a_token_that_an_answer_tells_is_seen(stand: Stand, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(stand.token("echo-caller", "ECHO_CALLER_SECRET"), encoding="utf-8")
    with stand.changed(headers_stay) as door:
        found = checked(door, tmp_path, "--token-file", str(token), inside=None)
    assert "GET /oauth2/auth: the answer tells the token" in shown(found, "token")


def test_a_login_for_a_session_without_end_is_seen(stand: Stand, tmp_path: Path) -> None:
    with offline_access(stand):
        found = checked(stand.door, tmp_path, inside=None)
    assert "a session without end" in shown(found, "token")
