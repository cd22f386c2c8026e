"""Tokens for Microsoft Graph, by msal: with a secret, a certificate, a workload's or a machine's identity, or a person.

msal asks through this project's own connections: the same proxies, trust, patience and errors as everywhere.
Must not know about: what Graph is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from realmctl.errors import RealmctlError, ServerError, UsageProblem
from realmctl.integrations.entra.access import GraphAccess
from realmctl.keycloak.admin import AddressSetting, Web
from realmctl.model.redaction import register

LOGIN = AddressSetting("Entra's login", "`authority` in the realm's word entra", "")
MACHINE = AddressSetting("the managed identity's service", "IDENTITY_ENDPOINT", "")

MACHINE_SECONDS = 2.0
"""Off Azure nobody answers at a virtual machine's metadata address; on Azure the answer is a matter of milliseconds."""

_PROBLEM = re.compile(r"AADSTS\d+")

_ADVICE = {
    "AADSTS7000215": "AZURE_CLIENT_SECRET is not a secret of that application: take the secret's value, not its id.",
    "AADSTS7000222": "Its secret has expired: make a new one.",
    "AADSTS700016": "That tenant has no such application: check AZURE_CLIENT_ID and the realm's tenantId.",
    "AADSTS90002": "There is no such tenant: check the realm's tenantId and authority.",
    "AADSTS700027": "The certificate in AZURE_CLIENT_CERTIFICATE_PATH is not registered for that application.",
    "AADSTS70021": "The application has no federated credential for the issuer and subject of that token.",
    "AADSTS700213": "The application has no federated credential for the subject of that token.",
    "AADSTS700211": "The application has no federated credential for the issuer of that token.",
    "AADSTS700212": "The application has no federated credential for the audience of that token.",
    "AADSTS700024": "The token in AZURE_FEDERATED_TOKEN_FILE has expired: is it still renewed?",
    "AADSTS7000112": "The application is disabled in that tenant.",
    "AADSTS7000218": "Turn on `Allow public client flows`, or leave out AZURE_CLIENT_ID (the Azure CLI's is taken).",
    "AADSTS70011": "It knows no such Graph: is --graph of the same cloud as the realm's authority?",
    "AADSTS500011": "It knows no such Graph: is --graph of the same cloud as the realm's authority?",
    "AADSTS65001": "An administrator has to consent to the application's permissions first.",
}
"""What to do about errors of Entra's token endpoint (learn.microsoft.com/entra/identity-platform/
reference-error-codes)."""


class SignIn:
    """One account's tokens. msal keeps them until they expire."""

    def __init__(self, access: GraphAccess, say: Callable[[str], None]) -> None:
        """`say` tells a person where to type in a device code. Raises UsageProblem where msal isn't installed."""
        self._access = access
        self._say = say
        self._msal = _msal()
        self._app: Any = None

    def bearer(self) -> str:
        """A token for Graph. Raises ServerError with Entra's own words, or Unreachable."""
        try:
            answer = self._machine() if self._access.way == "managed" else self._application()
        except RealmctlError:
            raise
        except (ValueError, RuntimeError, KeyError) as error:
            # msal's ways to say that an authority's or a metadata service's answer was none.
            raise ServerError(
                f"Signing in to Entra as {self._access.account} failed: {_first_line(str(error))}",
                advice="Check the realm's authority and tenantId.",
            ) from None
        if isinstance(answer, dict) and answer.get("access_token"):
            token = str(answer["access_token"])
            register(token)
            return token
        raise _refused(answer if isinstance(answer, dict) else {}, self._access)

    def _application(self) -> Any:
        access = self._access
        scopes = [f"{access.graph}/.default"]
        if self._app is None:
            common: dict[str, Any] = {
                "authority": f"{access.authority}/{access.tenant}",
                "http_client": _Asking(Web(LOGIN, ca=access.ca, timeout=access.timeout)),
                # The realm says which authority it trusts, so nobody has to be asked whether Microsoft knows it.
                "instance_discovery": False,
            }
            if access.way == "device":
                self._app = self._msal.PublicClientApplication(access.client_id, **common)
            else:
                credential = _credential(access)
                self._app = self._msal.ConfidentialClientApplication(access.client_id, credential, **common)
        if access.way != "device":
            return self._app.acquire_token_for_client(scopes)
        for account in self._app.get_accounts():
            return self._app.acquire_token_silent(scopes, account)
        flow = self._app.initiate_device_flow(scopes)
        if "user_code" not in flow:
            return flow
        self._say(str(flow["message"]))
        return self._app.acquire_token_by_device_flow(flow)

    def _machine(self) -> Any:
        access = self._access
        if self._app is None:
            whose: Any = self._msal.SystemAssignedManagedIdentity()
            if access.client_id:
                whose = self._msal.UserAssignedManagedIdentity(client_id=access.client_id)
            web = Web(MACHINE, timeout=MACHINE_SECONDS)
            self._app = self._msal.ManagedIdentityClient(whose, http_client=_Asking(web))
        try:
            return self._app.acquire_token_for_client(resource=access.graph)
        except ServerError as error:
            raise UsageProblem(
                "Nothing says as whom to sign in to Entra, and this machine has no managed identity "
                f"({error.message.rstrip('.')}).",
                advice="Set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or "
                "AZURE_FEDERATED_TOKEN_FILE; or sign in yourself with --device-code.",
            ) from None


def _msal() -> Any:
    try:
        return import_module("msal")
    except ModuleNotFoundError:
        raise UsageProblem(
            "Signing in to Entra needs msal, which isn't installed.", advice="Install it: pip install 'msal>=1.35,<2'"
        ) from None


def _credential(access: GraphAccess) -> Any:
    """What msal calls `client_credential`."""
    if access.way == "secret":
        return access.secret.reveal() if access.secret else ""
    if access.way == "workload":
        # Read at every sign-in: the kubelet renews the file.
        return {"client_assertion": lambda: Path(access.token_file).read_text(encoding="ascii").strip()}
    path = Path(access.certificate)
    password = {"passphrase": access.password.reveal()} if access.password else {}
    content = path.read_bytes()
    if b"-----BEGIN" not in content:
        return {"private_key_pfx_path": str(path), **password}
    text = content.decode("ascii", errors="replace")
    register(text)
    key = re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", text, re.DOTALL)
    certificate = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    if not key or not certificate:
        raise UsageProblem(
            f"{path} holds no {'certificate' if key else 'private key'} in PEM form.",
            advice="AZURE_CLIENT_CERTIFICATE_PATH names one file with both, in PEM form or as PKCS #12.",
        )
    return {"private_key": key[0], "public_certificate": certificate[0], **password}


def _refused(answer: Mapping[str, Any], access: GraphAccess) -> ServerError:
    told = str(answer.get("error_description") or answer.get("error") or "no token, and no reason")
    problem = _PROBLEM.search(told)
    advice = _ADVICE.get(problem[0], "") if problem else ""
    return ServerError(
        f"Entra refused to sign in {access.account} to {access.tenant}: {_first_line(told)}",
        advice=advice or "docs/entra.md says what the checker needs.",
    )


def _first_line(text: str) -> str:
    """Entra's description without its trace ids, which stand on lines of their own or behind `Trace ID:`."""
    return text.strip().partition("\n")[0].partition(" Trace ID:")[0].strip()


@dataclass
class _Told:
    """A reply as msal wants it."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Raises ServerError for an unsuccessful answer."""
        if self.status_code >= 400:
            raise ServerError(f"Entra's login answered {self.status_code}.", status=self.status_code)


class _Asking:
    """msal's `http_client`, over this project's connections."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> _Told:
        """A GET."""
        return self._told("GET", _with(url, params), headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Told:
        """A POST of a form; asking for a token twice does no harm."""
        form = urlencode({k: v for k, v in data.items() if v is not None}) if isinstance(data, Mapping) else data or ""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._told("POST", _with(url, params), {**kind, **(headers or {})}, str(form).encode())

    def close(self) -> None:
        """Gives the connections back."""
        self._web.close()

    def _told(self, method: str, url: str, headers: Mapping[str, str] | None, data: bytes | None) -> _Told:
        reply = self._web.send(method, url, headers, data, repeatable=True)
        return _Told(reply.status, reply.content.decode("utf-8", errors="replace"), dict(reply.headers))


def _with(url: str, params: Mapping[str, str] | None) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
