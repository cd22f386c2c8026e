"""The OAuth server: Authlib's grants over the stand-in's state.

Authlib keeps the protocol (PKCE, single use, redirect URIs, response shapes); here is what Entra does its own way.
Must not know about: login pages.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceCodeGrant
from authlib.oidc.core import OpenIDCode
from flask import Response, g, jsonify, request

from standin import claims, client_auth
from standin.errors import Aadsts
from standin.state import Account, Client, Grant, State
from standin.tenant import GRAPH, App, Tenant

METHODS = ["entra"]
OPENID = ("openid", "profile", "email", "offline_access")


class Server(AuthorizationServer):
    """Authlib's server with Entra's clients, tokens and errors."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state
        self.register_token_generator("default", self._tokens)
        self.register_client_auth_method("entra", self._authenticate)
        self.register_grant(Code, [Pkce(required=False), IdToken(require_nonce=False)])
        self.register_grant(Refresh, [IdToken()])
        self.register_grant(Device, [IdToken()])
        self.register_grant(ClientCredentials)

    def query_client(self, client_id: str) -> Client:
        """The app in the tenant of the address. Raises Aadsts."""
        return find_client(self.state, client_id)

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing to keep: access tokens are JWTs, and refresh tokens are remembered as they are made."""

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Entra's body for every error; what only Authlib knows is Entra's "malformed or invalid"."""
        if not isinstance(error, Aadsts):
            why = (error.description or "").replace('"', "'")
            error = Aadsts(9002313, error=error.error, why=why)
        answer = jsonify(error.answer())
        answer.status_code = error.status_code
        return answer

    def _authenticate(self, _query: Any, asked: Any) -> Client:
        form, header = asked.form, request.headers.get("Authorization")
        app_id = form.get("client_id") or client_auth.basic(header)[0]
        if not app_id:
            raise Aadsts(900144, name="client_id")
        client = self.query_client(app_id)
        if asked.payload.grant_type == ClientCredentials.GRANT_TYPE and g.tenant is None:
            raise Aadsts(90002, tenant="common")
        client_auth.authenticate(self.state, client, form, header, request.base_url)
        return client

    def _tokens(
        self, grant_type: str, client: Client, user: Account | None = None, scope: str = "", **_: Any
    ) -> dict[str, Any]:
        scopes = scope.split()
        tenant = user.tenant if user else client.tenant
        resource, bare = find_resource(self.state, scopes)
        if user:
            check_consent(client.app, bare)
        said = claims.access_token(self.state.place, tenant, client.app, resource, user.user if user else None, bare)
        token: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": scope,
            "expires_in": claims.LIFETIME,
            "ext_expires_in": claims.LIFETIME,
            "access_token": self.state.keys.sign(said),
        }
        if user and "offline_access" in scopes:
            token["refresh_token"] = secrets.token_urlsafe(48)
            self.state.refresh[token["refresh_token"]] = Grant(
                client.app.appId, scope, user, tenant.id, expires=time.time() + 90 * 86400
            )
        if user and request.values.get("client_info") == "1":
            info = json.dumps({"uid": user.user.oid, "utid": user.tenant.id})
            token["client_info"] = base64.urlsafe_b64encode(info.encode()).decode().rstrip("=")
        return token


def find_client(state: State, client_id: str) -> Client:
    """The app in the tenant that the request's address names (None: common). Raises Aadsts."""
    asked: Tenant | None = g.tenant
    try:
        home, app = state.directory.app(client_id)
    except KeyError:
        home, app = None, None
    if home is None or app is None or (asked and asked.id != home.id and not app.multi_tenant()):
        raise Aadsts(700016, app=client_id, tenant=asked.displayName if asked else "common")
    if asked is None and not app.multi_tenant():
        raise Aadsts(50194, app=app.appId, name=app.displayName)
    return Client(app, asked or home)


def find_resource(state: State, scopes: list[str]) -> tuple[App | None, list[str]]:
    """The API that the scopes are for (None: Microsoft Graph), and the scopes without its name. Raises Aadsts.

    Scopes without a resource, openid and the like among them, are Graph's. Learn, "Scopes and permissions".
    """
    named: App | None = None
    bare = []
    for scope in scopes:
        resource, slash, name = scope.rpartition("/")
        bare.append(name if slash else scope)
        if not slash or resource in {"https://graph.microsoft.com", GRAPH, state.place.base}:
            continue
        uris = {uri: app for one in state.directory.tenants for app in one.apps for uri in _uris(app)}
        if resource not in uris:
            raise Aadsts(70011, scope=scope)
        named = uris[resource]
    return named, bare


def _uris(app: App) -> list[str]:
    return [app.appId, f"api://{app.appId}", *app.identifierUris]


def check_consent(app: App, scopes: list[str]) -> None:
    """Raises Aadsts where nobody consented to one of `scopes`."""
    if any(scope not in app.consentedScopes and scope != ".default" for scope in scopes):
        raise Aadsts(65001, app=app.appId, name=app.displayName)


class Code(AuthorizationCodeGrant):
    """The authorization code: ten minutes, once."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep what the code stands for."""
        data = request.payload.data
        self.server.state.codes[code] = Grant(
            request.client.app.appId,
            request.scope,
            request.user,
            request.user.tenant.id,
            redirect_uri=request.payload.redirect_uri,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: Client) -> Grant:
        """What the code stands for; from now on it is used. Raises Aadsts."""
        with self.server.state.lock:
            found: Grant | None = self.server.state.codes.get(code)
            if found is None or not found.check_client(client):
                raise Aadsts(70000)
            if found.used:
                raise Aadsts(54005)
            if found.is_expired():
                raise Aadsts(70008)
            found.used = True
        return found

    def delete_authorization_code(self, authorization_code: Grant) -> None:
        """It stays, as used: a second try has its own error."""

    def authenticate_user(self, authorization_code: Grant) -> Account | None:
        """Who logged in."""
        return authorization_code.account


class Pkce(CodeChallenge):
    """Entra's number for a wrong verifier."""

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Raises Aadsts."""
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error as error:
            raise Aadsts(501481) from error


class Refresh(RefreshTokenGrant):
    """Refresh tokens live for 90 days and are replaced at every use; the old one goes on working, as Learn says."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> Grant:
        """What the token stands for. Raises Aadsts."""
        found: Grant | None = self.server.state.refresh.get(refresh_token)
        if found is None or found.is_expired():
            raise Aadsts(70008)
        return found

    def _validate_token_scope(self, token: Grant) -> None:
        """Entra issues a token for any resource that was consented to."""

    def authenticate_user(self, refresh_token: Grant) -> Account | None:
        """Whose token it is. Raises Aadsts where the account is gone or disabled."""
        account = refresh_token.account
        if account and not account.user.accountEnabled:
            raise Aadsts(50057)
        return account

    def revoke_old_credential(self, refresh_token: Grant) -> None:
        """Entra doesn't. Learn, "Refresh tokens in the Microsoft identity platform"."""


class Device(DeviceCodeGrant):
    """Polling for a device code."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, device_code: str) -> Grant:
        """What the code stands for. Raises Aadsts."""
        found: Grant | None = self.server.state.devices.get(device_code)
        if found is None:
            raise Aadsts(70018)
        if found.is_expired():
            raise Aadsts(70020)
        if found.used:
            raise Aadsts(54005)
        if found.account is None and not found.declined:
            raise Aadsts(70016)
        found.used = True
        return found

    def query_user_grant(self, user_code: str) -> tuple[Account | None, bool] | None:
        """Who typed the user code in, and whether they agreed."""
        for found in self.server.state.devices.values():
            if found.user_code == user_code:
                return found.account, not found.declined
        return None

    def should_slow_down(self, credential: Grant) -> bool:
        """Never."""
        return False


class ClientCredentials(ClientCredentialsGrant):
    """An app on its own behalf."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Raises Aadsts."""
        super().validate_token_request()
        scope = self.request.payload.scope or ""
        if not scope.endswith("/.default"):
            raise Aadsts(1002012, scope=scope)


class IdToken(OpenIDCode):
    """The ID token, with Entra's claims."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Entra doesn't remember them."""
        return False

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """The signed token; its nonce is the code's."""
        state: State = request.client_state
        account: Account = request.user
        code = getattr(request, "authorization_code", None)
        said = claims.id_token(
            state.place,
            account.tenant,
            request.client.app,
            account.user,
            token["scope"].split(),
            nonce=code.nonce if code else None,
            session=account.session,
        )
        return state.keys.sign(said)

    def process_token(self, grant: Any, response: Any) -> Any:
        """Where openid was asked for."""
        grant.request.client_state = grant.server.state
        return super().process_token(grant, response)
