"""Discovery: the OpenID configuration, the keys, and the list of clouds that msal asks for.

Sources: Learn, "OpenID Connect on the Microsoft identity platform" ("Fetch the OpenID configuration document").
Must not know about: users, tokens.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from standin.state import State

TENANT_ID = "{tenantid}"


def metadata(state: State) -> Blueprint:
    """The routes."""
    routes = Blueprint("metadata", __name__)

    @routes.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def configuration() -> Response:
        return jsonify(_configuration(state))

    @routes.get("/<tenant>/discovery/v2.0/keys")
    def keys() -> Response:
        issuer = f"{state.place.base}/{_id()}/v2.0"
        return jsonify({"keys": [key.published(issuer) for key in state.keys.all]})

    @routes.get("/common/discovery/instance")
    def instance() -> Response:
        """What msal asks login.microsoftonline.com for; here every authority is this host."""
        asked = request.args.get("authorization_endpoint", "")
        tenant = asked.removeprefix(state.place.base).strip("/").split("/")[0] or "common"
        host = state.place.base.removeprefix("https://")
        return jsonify(
            {
                "tenant_discovery_endpoint": f"{state.place.base}/{tenant}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            }
        )

    return routes


def _id() -> str:
    """The tenant's id; for `common` and `organizations` Entra writes a template, {tenantid}, into the issuer."""
    return g.tenant.id if g.tenant else TENANT_ID


def _configuration(state: State) -> dict[str, Any]:
    """Endpoints with the tenant's id; where a shared tenant was asked for, with that name."""
    base = state.place.base
    here = f"{base}/{g.tenant.id if g.tenant else g.named}"
    return {
        "token_endpoint": f"{here}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{here}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base}/{_id()}/v2.0",
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{here}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{here}/oauth2/v2.0/logout",
        "claims_supported": [
            "sub",
            "iss",
            "cloud_instance_name",
            "cloud_instance_host_name",
            "cloud_graph_host_name",
            "msgraph_host",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "acr",
            "nonce",
            "preferred_username",
            "name",
            "tid",
            "ver",
            "at_hash",
            "c_hash",
            "email",
        ],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": base.removeprefix("https://"),
    }
