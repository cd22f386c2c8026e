"""The managed identity of the machine: IMDS, where msal looks when AZURE_POD_IDENTITY_AUTHORITY_HOST points here.

Source: Learn, "How managed identities for Azure resources work with Azure virtual machines" and "Use managed identities
on a virtual machine to acquire access tokens": GET /metadata/identity/oauth2/token with `Metadata: true`, `resource`
and `api-version`; strings in the answer. Must not know about: client authentication (there is none).
"""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify, request

from standin import claims
from standin.grants import find_resource
from standin.state import State


def machine(state: State) -> Blueprint:
    """The route."""
    routes = Blueprint("machine", __name__)

    @routes.get("/metadata/identity/oauth2/token")
    def token() -> tuple[Response, int]:
        resource, named = request.args.get("resource"), request.args.get("client_id")
        identity = named or state.managed_identity
        if request.headers.get("Metadata", "").lower() != "true" or not resource:
            return _refused("invalid_request", "Required metadata header or parameter not specified")
        try:
            tenant, app = state.directory.app(identity or "")
        except KeyError:
            return _refused("invalid_request", "Identity not found")
        api, _ = find_resource(state, [f"{resource.rstrip('/')}/.default"])
        said = claims.access_token(state.place, tenant, app, api, None, [])
        now = int(time.time())
        body = {
            "access_token": state.keys.sign(said),
            "client_id": app.appId,
            "expires_in": str(claims.LIFETIME),
            "expires_on": str(now + claims.LIFETIME),
            "ext_expires_in": str(claims.LIFETIME),
            "not_before": str(now),
            "resource": resource,
            "token_type": "Bearer",
        }
        return jsonify(body), 200

    return routes


def _refused(error: str, why: str) -> tuple[Response, int]:
    return jsonify({"error": error, "error_description": why}), 400
