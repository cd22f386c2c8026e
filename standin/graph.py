"""The part of Microsoft Graph v1.0 that looks at app registrations: routes, permissions, queries, paging, errors.

Sources: Learn, "Microsoft Graph error responses and resource types", "Resolve Microsoft Graph authorization errors",
"Paging Microsoft Graph data in your app", and the Permissions section of every method's page. Must not know about:
what an object looks like.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from standin import graph_objects as shown
from standin.state import State
from standin.tenant import GRAPH, App, Tenant

PAGE = 100
"""Objects in a page where no $top is said: Graph's default for most directory objects."""

READ_APPS = frozenset({"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"})
READ_GRANTS = frozenset({"Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All"})
READ_GROUPS = frozenset({"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"})
READ_TENANT = frozenset({"Organization.Read.All", "Directory.Read.All"})
READ_OBJECTS = frozenset({"Directory.Read.All"})
READ_USERS = frozenset({"User.Read.All", "Directory.Read.All"})

_EQUALS = re.compile(r"(\w+)\s+eq\s+(?:'((?:[^']|'')*)'|(true|false))")
_STARTS = re.compile(r"startswith\((\w+),\s*'((?:[^']|'')*)'\)", re.IGNORECASE)


class Refused(Exception):
    """An error of Graph's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def denied() -> Refused:
    """403."""
    return Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def missing(what: str) -> Refused:
    """404."""
    message = f"Resource '{what}' does not exist or one of its queried reference-property objects are not present."
    return Refused(404, "Request_ResourceNotFound", message)


def graph(state: State) -> Blueprint:
    """The routes below /v1.0."""
    routes = Blueprint("graph", __name__, url_prefix="/v1.0")

    @routes.errorhandler(Refused)
    def told(error: Refused) -> tuple[Response, int]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        inner = {"date": now, "request-id": str(uuid.uuid4()), "client-request-id": str(uuid.uuid4())}
        return jsonify({"error": {"code": error.code, "message": error.message, "innerError": inner}}), error.status

    @routes.before_request
    def who() -> None:
        g.here, g.permissions = _caller(state)

    _applications(routes, state)
    _service_principals(routes, state)
    _others(routes, state)
    return routes


def _applications(routes: Blueprint, state: State) -> None:
    @routes.get("/applications")
    def applications() -> Response:
        _need(READ_APPS)
        return _many(state, "applications", [shown.application(app) for app in _here().apps])

    @routes.get("/applications(appId='<app_id>')", defaults={"object_id": None})
    @routes.get("/applications/<object_id>", defaults={"app_id": None})
    def application(app_id: str | None, object_id: str | None) -> Response:
        _need(READ_APPS)
        return _one(state, "applications", shown.application(_app(app_id, object_id)))

    @routes.get("/applications(appId='<app_id>')/federatedIdentityCredentials", defaults={"object_id": None})
    @routes.get("/applications/<object_id>/federatedIdentityCredentials", defaults={"app_id": None})
    def federated(app_id: str | None, object_id: str | None) -> Response:
        _need(READ_APPS)
        app = _app(app_id, object_id)
        return _many(state, "federatedIdentityCredentials", shown.federated_credentials(app))


def _service_principals(routes: Blueprint, state: State) -> None:
    @routes.get("/servicePrincipals")
    def service_principals() -> Response:
        _need(READ_APPS)
        here = _here()
        return _many(state, "servicePrincipals", [shown.service_principal(here, a) for a in shown.principals(here)])

    @routes.get("/servicePrincipals(appId='<app_id>')", defaults={"object_id": None})
    @routes.get("/servicePrincipals/<object_id>", defaults={"app_id": None})
    def service_principal(app_id: str | None, object_id: str | None) -> Response:
        _need(READ_APPS)
        return _one(state, "servicePrincipals", shown.service_principal(_here(), _principal(app_id, object_id)))

    lists: dict[str, tuple[frozenset[str], Callable[[Tenant, App], list[dict[str, Any]]]]] = {
        "appRoleAssignedTo": (READ_APPS, shown.assigned_to),
        "appRoleAssignments": (READ_APPS, shown.assignments),
        "oauth2PermissionGrants": (READ_GRANTS, shown.permission_grants),
    }

    @routes.get("/servicePrincipals(appId='<app_id>')/<name>", defaults={"object_id": None})
    @routes.get("/servicePrincipals/<object_id>/<name>", defaults={"app_id": None})
    def related(app_id: str | None, object_id: str | None, name: str) -> Response:
        if name not in lists:
            raise Refused(400, "BadRequest", f"Resource not found for the segment '{name}'.")
        permissions, find = lists[name]
        _need(permissions)
        return _many(state, name, find(_here(), _principal(app_id, object_id)))


def _others(routes: Blueprint, state: State) -> None:
    @routes.get("/oauth2PermissionGrants")
    def grants() -> Response:
        _need(READ_GRANTS)
        here = _here()
        return _many(state, "oauth2PermissionGrants", [x for a in here.apps for x in shown.permission_grants(here, a)])

    @routes.get("/groups")
    def groups() -> Response:
        _need(READ_GROUPS)
        return _many(state, "groups", [shown.group(one) for one in _here().groups])

    @routes.get("/groups/<object_id>")
    def group(object_id: str) -> Response:
        _need(READ_GROUPS)
        found = next((one for one in _here().groups if one.oid == object_id), None)
        if found is None:
            raise missing(object_id)
        return _one(state, "groups", shown.group(found))

    @routes.get("/organization")
    def organization() -> Response:
        _need(READ_TENANT)
        return _many(state, "organization", [shown.organization(_here())])

    @routes.post("/directoryObjects/getByIds")
    def by_ids() -> Response:
        _need(READ_OBJECTS)
        body = request.get_json(silent=True) or {}
        wanted = {kind.lower() for kind in body.get("types") or ["user", "group", "servicePrincipal", "application"]}
        objects = _objects(_here(), wanted)
        return _answer({"value": [objects[id_] for id_ in body.get("ids") or [] if id_ in objects]})

    @routes.post("/users/<object_id>/getMemberObjects")
    def member_objects(object_id: str) -> Response:
        _need(READ_GROUPS)
        _need(READ_USERS)
        body = request.get_json(silent=True) or {}
        if "securityEnabledOnly" not in body:
            raise Refused(400, "Request_BadRequest", "A required parameter is missing: securityEnabledOnly.")
        try:
            found = _here().groups_of(_here().user(object_id))
        except KeyError:
            raise missing(object_id) from None
        return _answer({"value": [one.oid for one in found if one.securityEnabled or not body["securityEnabledOnly"]]})


def _objects(here: Tenant, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    kinds: dict[str, list[dict[str, Any]]] = {
        "user": [shown.user(one) for one in here.users],
        "group": [shown.group(one) for one in here.groups],
        "servicePrincipal": [shown.service_principal(here, one) for one in shown.principals(here)],
        "application": [shown.application(one) for one in here.apps],
    }
    return {
        one["id"]: {"@odata.type": f"#microsoft.graph.{kind}", **one}
        for kind, objects in kinds.items()
        if kind.lower() in wanted
        for one in objects
    }


def _caller(state: State) -> tuple[Tenant, frozenset[str]]:
    """The tenant that the token is for, and its permissions: `roles` of an app, `scp` of a user."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refused(401, "InvalidAuthenticationToken", "Access token is empty.")
    claims = state.keys.read(token)
    if claims is None:
        raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid signature.")
    if claims["aud"] not in {"https://graph.microsoft.com", GRAPH}:
        raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
    if claims["exp"] <= time.time():
        raise Refused(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
    return state.directory.tenant(claims["tid"]), frozenset(claims.get("roles", claims.get("scp", "").split()))


def _here() -> Tenant:
    here: Tenant = g.here
    return here


def _need(any_of: Collection[str]) -> None:
    if g.permissions.isdisjoint(any_of):
        raise denied()


def _app(app_id: str | None, object_id: str | None) -> App:
    for app in _here().apps:
        if app.appId == app_id or app.object_id == object_id:
            return app
    raise missing(str(app_id or object_id))


def _principal(app_id: str | None, object_id: str | None) -> App:
    for app in shown.principals(_here()):
        if app.appId == app_id or shown.principal_id(_here(), app) == object_id:
            return app
    raise missing(str(app_id or object_id))


def _one(state: State, name: str, found: dict[str, Any]) -> Response:
    context = f"{state.place.base}/v1.0/$metadata#{name}/$entity"
    return _answer({"@odata.context": context, **_selected(found)})


def _many(state: State, name: str, found: list[dict[str, Any]]) -> Response:
    """A page of the list, with `@odata.nextLink` where there is another one."""
    found = [one for one in found if _matches(one, request.args.get("$filter", ""))]
    try:
        size, start = int(request.args.get("$top", PAGE)), int(request.args.get("$skiptoken", 0))
    except ValueError:
        raise Refused(400, "BadRequest", "Invalid value for $top or $skiptoken.") from None
    body: dict[str, Any] = {"@odata.context": f"{state.place.base}/v1.0/$metadata#{name}"}
    if start + size < len(found):
        query = {**request.args.to_dict(), "$skiptoken": str(start + size)}
        body["@odata.nextLink"] = f"{state.place.base}{request.path}?{urlencode(query)}"
    return _answer({**body, "value": [_selected(one) for one in found[start : start + size]]})


def _selected(one: dict[str, Any]) -> dict[str, Any]:
    wanted = request.args.get("$select")
    if not wanted:
        return one
    names = {name.strip() for name in wanted.split(",")}
    return {name: value for name, value in one.items() if name in names}


def _matches(one: dict[str, Any], wanted: str) -> bool:
    """`$filter` as far as `eq`, `startswith` and `and` go. Raises Refused for anything else."""
    for part in re.split(r"\s+and\s+", wanted) if wanted else []:
        equals, starts = _EQUALS.fullmatch(part.strip()), _STARTS.fullmatch(part.strip())
        if equals and equals[1] in one:
            value = equals[2].replace("''", "'") if equals[3] is None else equals[3] == "true"
            if one[equals[1]] != value:
                return False
        elif starts and starts[1] in one:
            if not str(one[starts[1]]).lower().startswith(starts[2].replace("''", "'").lower()):
                return False
        else:
            raise Refused(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause: {part}.")
    return True


def _answer(body: dict[str, Any]) -> Response:
    return jsonify(body)
