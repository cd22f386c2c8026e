"""Logging in, and one access token for all threads that is renewed before it expires.

Must not know about: the Admin API.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.exceptions import HTTPError

from realmctl.errors import ServerError, UsageProblem
from realmctl.keycloak.admin import address_probe, keys
from realmctl.keycloak.admin.answers import BETWEEN, BUSY, words
from realmctl.keycloak.admin.connection_errors import KEYCLOAK, explain, no_certificate
from realmctl.keycloak.admin.connection_settings import PUBLIC_CLIENT, Connection
from realmctl.keycloak.admin.listener import Listener
from realmctl.keycloak.admin.retries import PassingError, patiently
from realmctl.keycloak.admin.transport import Reply, Wire
from realmctl.model.redaction import register

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FILE = "KEYCLOAK_JWT_TOKEN_FILE and --assertion-file name a file that holds one signed JWT and nothing else."
LONGEST_MARGIN_SECONDS = 15.0
"""A token is renewed this long before it expires, or after three quarters of its life, whichever is later."""


class AccessToken:
    """The access token of one login. Safe to use from several threads: one of them renews, the others wait for it."""

    def __init__(self, connection: Connection, wire: Wire, listener: Listener | None = None) -> None:
        self._connection = connection
        self._listener = listener
        self._wire = wire
        self._realm = f"{connection.url}/realms/{quote(connection.realm, safe='')}"
        self._lock = threading.Lock()
        self._access = ""
        self._refresh = ""
        self._renew_at = 0.0

    def bearer(self) -> str:
        """A token that is good for a while. Raises ServerError and its kin where the login fails."""
        with self._lock:
            if not self._access or monotonic() >= self._renew_at:
                self._obtain()
            return self._access

    def refused(self, bearer: str) -> str:
        """A fresh login's token, after the server refused `bearer`; the current one if another thread was quicker."""
        with self._lock:
            if self._access in ("", bearer):
                self._refresh = ""
                self._obtain()
            return self._access

    def drop(self) -> None:
        """Forgets the access token. The next one, by the same login where that can be refreshed, has what rights the
        account was given meanwhile (26.7.3), and spares the server the hashing of a password.
        """
        with self._lock:
            self._access = ""

    def claims(self) -> dict[str, Any]:
        """What the token says, unverified; {} where it is not a JWT."""
        parts = self.bearer().split(".")
        try:
            said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (IndexError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _obtain(self) -> None:
        asked = monotonic()
        answer = self._refreshed() or self._asked(self._login)
        life = float(answer.get("expires_in") or 60)
        self._access = str(answer["access_token"])
        self._refresh = str(answer.get("refresh_token") or "")
        register(self._access)
        register(self._refresh)
        self._renew_at = asked + max(life - LONGEST_MARGIN_SECONDS, life * 0.75)

    def _refreshed(self) -> dict[str, Any] | None:
        if not self._refresh:
            return None
        try:
            return self._asked(
                lambda: self._token(
                    {
                        "grant_type": "refresh_token",
                        "refresh_token": self._refresh,
                        "client_id": self._connection.client_id,
                        **self._secret(),
                    }
                )
            )
        except ServerError as error:
            if error.status is None or not 400 <= error.status < 500:
                raise
            return None  # the session is over: log in anew

    def _login(self) -> dict[str, Any]:
        connection = self._connection
        form = {"client_id": connection.client_id} if connection.client_id else {}
        if connection.assertion_file or connection.key_file:
            # Kubernetes replaces the file from time to time, hence it is read at every login. Without a client id
            # the assertion says who the client is.
            # A server that answers in Keycloak's place gets an assertion for itself: the audience is our own setting.
            assertion = (
                _assertion(connection.assertion_file)
                if connection.assertion_file
                else keys.assertion(str(connection.key_file), connection.client_id, connection.issuer)
            )
            register(assertion)
            form |= {"client_assertion_type": JWT_BEARER, "client_assertion": assertion}
        else:
            form |= self._secret()
        if connection.user:
            password = connection.password.reveal() if connection.password else ""
            return self._token({"grant_type": "password", "username": connection.user, "password": password, **form})
        return self._token({"grant_type": "client_credentials", **form})

    def _secret(self) -> dict[str, str]:
        secret = self._connection.client_secret
        return {"client_secret": secret.reveal()} if secret else {}

    def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint. Raises what `_refusal` returns, or urllib3's HTTPError."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"{self._realm}/protocol/openid-connect/token"
        reply = self._wire.exchange("POST", url, headers, urlencode(form).encode())
        answer = _parsed(reply) if reply.status == 200 else {}
        if "access_token" not in answer:
            raise self._refusal(reply)
        return answer

    def _asked(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return patiently(
                lambda: self._once(ask),
                repeatable=True,
                timeout=self._connection.timeout,
                known=lambda: self._wire.answered,
                listener=self._listener,
            )
        except PassingError as failed:
            raise failed.error from failed.__cause__

    def _once(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        known = self._wire.answered
        try:
            return ask()
        except HTTPError as error:
            # Explained like a read: another login does no harm.
            raise explain(error, "GET", self._connection, known=known) from error

    def _refusal(self, reply: Reply) -> Exception:
        """The error for a login, or its discovery, that got another answer than the one it needs."""
        status, body = reply.status, reply.content
        if status == BUSY or status in BETWEEN:
            busy = ServerError(
                f"Keycloak, or a gateway before it, answered {status} to the login.",
                advice="It may be starting, or too busy: try again later.",
                status=status,
            )
            return PassingError(busy, sent=True)
        # nginx answers so, in HTML, and leaves the connection open.
        if status == 400 and b"SSL certificate" in body:
            return no_certificate(self._connection, KEYCLOAK)
        said = words(body)
        # A refusal by the token endpoint has both; a path that is no token endpoint's has one of them, or none.
        if status == 200 or b'"error_description"' not in body:
            return address_probe.elsewhere(self._wire, self._connection, status)
        return ServerError(
            f"{self._connection.url} did not accept the login of {_who(self._connection)} "
            f"to the realm {self._connection.realm}: {said}.",
            advice=_login_advice(said, self._connection),
            status=status,
        )


def _parsed(reply: Reply) -> dict[str, Any]:
    """A reply's JSON object; {} where it is none."""
    try:
        value = json.loads(reply.content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _assertion(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a JWT"
        raise UsageProblem(f"The client assertion's file {path} can't be read: {reason}.", advice=_FILE) from None
    if text.count(".") != 2:
        raise UsageProblem(f"The client assertion's file {path} holds no signed JWT.", advice=_FILE)
    return text


def _who(connection: Connection) -> str:
    if connection.user:
        return f"the user {connection.user} (client {connection.client_id})"
    if connection.assertion_file:
        return f"the client assertion in {connection.assertion_file}"
    if connection.key_file:
        return f"the client {connection.client_id} with the key {connection.key_file}"
    return f"the client {connection.client_id}"


def _login_advice(said: str, connection: Connection) -> str:
    if "direct access grants" in said:
        return f"Use the client {PUBLIC_CLIENT}, or allow direct access grants for {connection.client_id}."
    if "HTTPS required" in said:
        return "Use https:// in KEYCLOAK_URL: this realm refuses logins without it."
    if "service account" in said or ("client credentials" in said and "enabled" in said):
        return "Log in with a confidential client that has service accounts enabled, or with KEYCLOAK_USER."
    if connection.key_file and "audience" in said:
        # What the server calls itself is not offered for pasting: another server could have itself called by this name.
        return (
            f"This Keycloak calls the realm something else than {connection.issuer}. If the server is surely yours, "
            "set KEYCLOAK_PUBLIC_URL to its public address: the issuer in "
            f"{connection.url}/realms/{connection.realm}/.well-known/openid-configuration, without /realms/…."
        )
    if connection.key_file:
        return (
            "Check that this key is the client's (realmctl bootstrap --rotate makes a new one), and KEYCLOAK_CLIENT_ID."
        )
    if connection.user and "client" in said.lower():
        return f"Check KEYCLOAK_CLIENT_ID ({connection.client_id}) and, if it has one, KEYCLOAK_CLIENT_SECRET."
    if connection.user:
        return (
            "Check KEYCLOAK_USER and KEYCLOAK_PASSWORD, and that the account needs no second factor "
            "and has no required action left to do."
        )
    if connection.assertion_file:
        return "Check that the client trusts who signed the JWT, its audience and its expiry, and KEYCLOAK_CLIENT_ID."
    return "Check KEYCLOAK_CLIENT_ID, KEYCLOAK_CLIENT_SECRET and KEYCLOAK_REALM (where the client lives)."
