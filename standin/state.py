"""What the stand-in remembers: sessions, codes, refresh tokens, device codes. In memory, gone with the process.

Must not know about: HTTP, how a grant works.
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from standin.claims import Place
from standin.keys import Keys
from standin.tenant import App, Directory, Tenant, User


@dataclass
class Account:
    """Who is signed in, and where their account is."""

    tenant: Tenant
    user: User
    session: str = ""


@dataclass
class Grant:
    """What a code, a refresh token or a device code stands for. The names are Authlib's."""

    client_id: str
    scope: str
    account: Account | None
    tenant: str
    redirect_uri: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    user_code: str = ""
    used: bool = False
    declined: bool = False
    expires: float = field(default_factory=lambda: time.time() + 600)

    def get_redirect_uri(self) -> str | None:
        """The redirect URI of the request for the code."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was granted."""
        return self.scope

    def get_client_id(self) -> str:
        """Whom it was given to."""
        return self.client_id

    def get_user_code(self) -> str:
        """What the user types in (device code)."""
        return self.user_code

    def is_expired(self) -> bool:
        """Whether it is too old."""
        return self.expires < time.time()

    def check_client(self, client: Client) -> bool:
        """Whether `client` may use it."""
        return self.client_id == client.app.appId


@dataclass
class Session:
    """A browser in which somebody signed in, and the apps they went to."""

    account: Account
    apps: list[str] = field(default_factory=list)


@dataclass
class Client:
    """An app as Authlib's `ClientMixin` wants it, in the tenant that was asked for."""

    app: App
    tenant: Tenant
    """The app's home, or the tenant named in the address."""

    def get_client_id(self) -> str:
        """The appId."""
        return self.app.appId

    def get_default_redirect_uri(self) -> str | None:
        """Where no redirect URI is said: "the endpoint will pick one registered redirect_uri"."""
        return next(iter(self.redirect_uris()), None)

    def redirect_uris(self) -> list[str]:
        """All of them."""
        return self.app.all_redirect_uris()

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly one of those registered. Learn, "Redirect URI (reply URL) best practices and limitations"."""
        return redirect_uri in self.redirect_uris()

    def get_allowed_scope(self, scope: str | None) -> str:
        """Consent is asked for elsewhere."""
        return scope or ""

    def check_endpoint_auth_method(self, _method: str, _endpoint: str) -> bool:
        """`client_auth` knows what is allowed."""
        return True

    def check_response_type(self, response_type: str) -> bool:
        """Code always; ID tokens from /authorize where the app allows it."""
        return response_type == "code" or (response_type == "id_token" and self.app.idTokenIssuance)

    def check_grant_type(self, _grant_type: str) -> bool:
        """The grants check it themselves."""
        return True


class State:
    """Everything that the endpoints share."""

    def __init__(self, directory: Callable[[], Directory], base: str, trust: str) -> None:
        self._directory = directory
        self.place = Place(base)
        self.trust = trust
        """CA file for keys of other issuers (federated credentials)."""
        self.keys = Keys()
        self.lock = threading.RLock()
        self.sessions: dict[str, Session] = {}
        self.codes: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.devices: dict[str, Grant] = {}
        self.managed_identity: str | None = None
        """The appId as which the machine's managed identity appears."""

    @property
    def directory(self) -> Directory:
        """The tenants as they are now."""
        return self._directory()

    def sign_in(self, account: Account) -> str:
        """A new session → its cookie."""
        cookie = secrets.token_urlsafe(32)
        account.session = str(uuid.uuid4())
        self.sessions[cookie] = Session(account)
        return cookie
