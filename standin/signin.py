"""What happens in the browser: signing in, consent, signing out, typing in a device code.

Sources: Learn, "OpenID Connect on the Microsoft identity platform" (sign-in and sign-out requests), "Microsoft identity
platform and the OAuth 2.0 device authorization grant flow". Must not know about: what stands in tokens.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, g, jsonify, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from standin import claims, pages
from standin.errors import Aadsts
from standin.grants import Server, check_consent, find_client, find_resource
from standin.state import Account, Client, Grant, Session, State
from standin.tenant import App, User

COOKIE = "ESTSAUTH"
"""The name of Entra's own session cookie."""
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def signin(state: State, server: Server) -> Blueprint:
    """The routes below /{tenant}."""
    routes = Blueprint("signin", __name__)

    @routes.route("/<tenant>/oauth2/v2.0/authorize", methods=["GET", "POST"])
    def authorize() -> Answer:
        return Authorize(state, server).answer()

    @routes.route("/<tenant>/oauth2/v2.0/logout", methods=["GET", "POST"])
    def logout() -> Answer:
        return _sign_out(state)

    @routes.post("/<tenant>/oauth2/v2.0/devicecode")
    def devicecode() -> Answer:
        return _device_code(state)

    @routes.route("/devicelogin", methods=["GET", "POST"])
    def devicelogin() -> Answer:
        return _device_login(state)

    return routes


def _session(state: State) -> Session | None:
    return state.sessions.get(request.cookies.get(COOKIE, ""))


def _with_cookie(answer: Answer, cookie: str) -> Answer:
    answer.set_cookie(
        COOKIE, cookie, httponly=True, secure=request.is_secure, samesite="None" if request.is_secure else None
    )
    return answer


def _account(state: State, login: str, password: str) -> Account:
    """Who these credentials belong to. Raises Aadsts."""
    try:
        tenant = g.tenant if g.get("tenant") else state.directory.home(login)
        user: User = tenant.user(login)
    except KeyError as error:
        where = g.tenant.displayName if g.get("tenant") else "any"
        raise Aadsts(50034, user=login, tenant=where) from error
    if not secrets.compare_digest(user.password.get_secret_value().encode(), password.encode()):
        raise Aadsts(50126)
    if not user.accountEnabled:
        raise Aadsts(50057)
    return Account(tenant, user)


class Authorize:
    """One request to /authorize: the app is checked, then the user, the assignment, the consent."""

    def __init__(self, state: State, server: Server) -> None:
        self.state = state
        self.server = server

    def answer(self) -> Answer:
        """A page, or the way back to the app."""
        try:
            client = self._client()
            try:
                return self._signed_in(client)
            except Aadsts as error:
                if request.args.get("prompt") != "none" and error.error != "access_denied":
                    raise
                return self._tell_app(client, error)
        except Aadsts as error:
            return pages.problem(error)

    def _client(self) -> Client:
        """The app, once its redirect URI is known to be its own. Errors up to here are never sent anywhere."""
        app_id = request.values.get("client_id")
        if not app_id:
            raise Aadsts(900144, name="client_id")
        client = find_client(self.state, app_id)
        if not client.app.accountEnabled:
            raise Aadsts(7000112, app=app_id, name=client.app.displayName)
        back = request.values.get("redirect_uri")
        if back and not client.check_redirect_uri(back):
            raise Aadsts(50011, uri=back, app=app_id)
        return client

    def _signed_in(self, client: Client) -> Answer:
        cookie = request.cookies.get(COOKIE, "")
        session = self.state.sessions.get(cookie)
        action = request.form.get("action")
        if action == "signin":
            try:
                account = _account(self.state, request.form.get("login", ""), request.form.get("passwd", ""))
            except Aadsts as error:
                return self._login_page(client, error.text)
            cookie = self.state.sign_in(account)
            session = self.state.sessions[cookie]
        elif action == "cancel":
            raise Aadsts(65004)
        if session is None and request.args.get("prompt") == "none":
            raise Aadsts(50058)
        if session is None or (request.args.get("prompt") in {"login", "select_account"} and action is None):
            return self._login_page(client)
        return _with_cookie(self._go_on(client, session, consented=action == "accept"), cookie)

    def _login_page(self, client: Client, said: str = "") -> Response:
        fields = [("User name", "login", "text"), ("Password", "passwd", "password")]
        buttons = [("Sign in", "signin"), ("Cancel", "cancel")]
        title = f"Sign in to {client.app.displayName}"
        return pages.form(title, request.full_path, fields, buttons, said=said)

    def _go_on(self, client: Client, session: Session, *, consented: bool) -> Answer:
        app, account = client.app, session.account
        account.user = account.tenant.user(account.user.oid)  # as it is now
        if client.tenant.id != account.tenant.id and g.tenant:
            return self._login_page(
                client, Aadsts(50034, user=account.user.login, tenant=client.tenant.displayName).text
            )
        if app.appRoleAssignmentRequired and not account.tenant.assignments_of(app.appId, account.user):
            said = {"app": app.appId, "name": app.displayName, "user": account.user.login}
            raise Aadsts(50105, **said)
        wanted = request.values.get("scope", "").split()
        _, bare = find_resource(self.state, wanted)
        if consented:
            app.consentedScopes = [*app.consentedScopes, *(one for one in bare if one not in app.consentedScopes)]
        try:
            check_consent(app, bare)
        except Aadsts:
            if request.args.get("prompt") == "none":
                raise
            if not account.tenant.userConsent:
                raise Aadsts(90094, app=app.appId, tenant=account.tenant.displayName) from None
            title = f"Permissions requested by {app.displayName}: {', '.join(bare)}"
            return pages.form(title, request.full_path, [], [("Accept", "accept"), ("Cancel", "cancel")])
        if app.appId not in session.apps:
            session.apps.append(app.appId)
        return self._grant(client, account)

    def _grant(self, client: Client, account: Account) -> Answer:
        kind = request.args.get("response_type", "")
        if kind == "id_token" and client.check_response_type(kind):
            said = claims.id_token(
                self.state.place,
                account.tenant,
                client.app,
                account.user,
                request.args.get("scope", "").split(),
                nonce=request.args.get("nonce"),
                session=account.session,
                implicit=True,
            )
            back = request.args.get("redirect_uri") or str(client.get_default_redirect_uri())
            return self._send(back, {"id_token": self.state.keys.sign(said)}, "fragment")
        try:
            grant = self.server.get_consent_grant(end_user=account)
        except OAuth2Error as error:
            why = (error.description or "").replace('"', "'")
            raise Aadsts(9002313, error=error.error, why=why) from error
        answer = self.server.create_authorization_response(grant_user=account, grant=grant)
        back, _, query = answer.headers["Location"].partition("?")
        return self._send(str(grant.redirect_uri), dict(parse_qsl(query)), "query")

    def _tell_app(self, client: Client, error: Aadsts) -> Answer:
        back = request.args.get("redirect_uri") or str(client.get_default_redirect_uri())
        kind = "consent_required" if error.number == 65001 else error.error
        return self._send(back, {"error": str(kind), "error_description": error.whole()}, "query")

    def _send(self, back: str, values: dict[str, str], mode: str) -> Answer:
        """By `response_mode`: query, fragment or form_post."""
        state = request.args.get("state")
        if state is not None:
            values["state"] = state
        wanted = request.args.get("response_mode") or mode
        if wanted == "form_post":
            return pages.post_to(back, values)
        return redirect(add_params_to_uri(back, list(values.items()), fragment=wanted == "fragment"))


def _sign_out(state: State) -> Answer:
    """End the session, tell the apps that the user went to, and send the browser back.

    "This URL must match one of the redirect URIs registered for your application"; without one "the user is shown a
    generic message". "… sends an HTTP GET request to the registered LogoutUrl of all the applications that the user is
    currently signed in to". The session ends whoever asks, and no ID token is needed.
    """
    cookie = request.cookies.get(COOKIE, "")
    session = state.sessions.pop(cookie, None)
    wanted = request.values.get("post_logout_redirect_uri")
    apps = [app for tenant in state.directory.tenants for app in tenant.apps]
    back = wanted if wanted and any(wanted in app.all_redirect_uris() for app in apps) else None
    if back and (said := request.values.get("state")) is not None:
        back = add_params_to_uri(back, [("state", said)])
    told = _front_channel(state, session, apps)
    answer = redirect(back) if back and not told else pages.signed_out(told, back)
    answer.delete_cookie(COOKIE)
    return answer


def _front_channel(state: State, session: Session | None, apps: list[App]) -> list[str]:
    if session is None:
        return []
    said = {"iss": state.place.issuer(session.account.tenant), "sid": session.account.session}
    return [
        add_params_to_uri(app.logoutUrl, list(said.items()))
        for app in apps
        if app.logoutUrl and app.appId in session.apps
    ]


def _device_code(state: State) -> Answer:
    try:
        client = find_client(state, request.form.get("client_id", ""))
        if not client.app.isFallbackPublicClient:
            raise Aadsts(7000218)
    except Aadsts as error:
        answer = jsonify(error.answer())
        answer.status_code = error.status_code or 400
        return answer
    device, user = secrets.token_urlsafe(48), "".join(secrets.choice(LETTERS) for _ in range(9))
    scope = request.form.get("scope", "")
    state.devices[device] = Grant(client.app.appId, scope, None, client.tenant.id, user_code=user)
    address = f"{state.place.base}/devicelogin"
    return jsonify(
        {
            "user_code": user,
            "device_code": device,
            "verification_uri": address,
            "expires_in": 600,
            "interval": 1,
            "message": f"To sign in, use a web browser to open the page {address} and enter the code {user} to "
            "authenticate.",
        }
    )


def _device_login(state: State) -> Answer:
    fields = [("Code", "otc", "text"), ("User name", "login", "text"), ("Password", "passwd", "password")]
    buttons = [("Sign in", "signin"), ("Cancel", "cancel")]
    if request.method == "GET":
        return pages.form("Enter code", "/devicelogin", fields, buttons)
    typed = request.form.get("otc", "").strip().upper()
    found = next((one for one in state.devices.values() if one.user_code == typed and not one.used), None)
    try:
        if found is None:
            raise Aadsts(70018)
        if request.form.get("action") == "cancel":
            found.declined = True
            return pages.page("You declined", Markup(""))
        g.tenant = state.directory.tenant(found.tenant)
        account = _account(state, request.form.get("login", ""), request.form.get("passwd", ""))
    except Aadsts as error:
        return pages.form("Enter code", "/devicelogin", fields, buttons, said=error.text)
    cookie = state.sign_in(account)
    found.account = account
    return _with_cookie(pages.page("You have signed in", Markup("<p>You may close this window.</p>")), cookie)
