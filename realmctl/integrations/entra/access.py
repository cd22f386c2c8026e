"""Where Microsoft Graph is, and as whom to ask it: from options and environment to one checked value.

The environment's names are those of the Azure tools (learn.microsoft.com/python/api/azure-identity:
EnvironmentCredential, WorkloadIdentityCredential). Must not know about: HTTP, msal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from realmctl.errors import UsageProblem
from realmctl.model.secret import Secret

Way = Literal["device", "secret", "certificate", "workload", "managed"]

GRAPHS = {
    "login.microsoftonline.com": "https://graph.microsoft.com",
    "login.windows.net": "https://graph.microsoft.com",
    "sts.windows.net": "https://graph.microsoft.com",
    "login.microsoftonline.us": "https://graph.microsoft.us",
    "login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
    "login.chinacloudapi.cn": "https://microsoftgraph.chinacloudapi.cn",
}
"""Host of the login address → Graph of the same cloud (learn.microsoft.com/graph/deployments; the login addresses also
learn.microsoft.com/entra/identity-platform/authentication-national-cloud). The US Department of Defense has the same
login as Azure Government and a Graph of its own, https://dod-graph.microsoft.us."""

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The Azure CLI's own client id: a public client of every tenant, for people who sign in by a device code
(azure-cli, azure/cli/core/auth/constants.py)."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class GraphAccess:
    """Where and as whom. `authority` is the login address of the cloud, `graph` Graph's, both without / at the end."""

    authority: str
    tenant: str
    graph: str
    way: Way
    client_id: str = ""
    secret: Secret | None = None
    certificate: str = ""
    password: Secret | None = None
    token_file: str = ""
    ca: str | None = None
    timeout: float = 60

    @property
    def account(self) -> str:
        """Who is asking, for errors."""
        if self.way == "device":
            return "your account"
        return f"the application {self.client_id}" if self.client_id else "the managed identity"


def access(authority: str, tenant: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> GraphAccess:
    """How to reach the Graph of `tenant`, whose login address is `authority`.

    `options` are `graph`, `device_code`, `ca` and `timeout`. Ways to sign in, the first that is complete: a device code
    if asked for; AZURE_CLIENT_SECRET; AZURE_CLIENT_CERTIFICATE_PATH; AZURE_FEDERATED_TOKEN_FILE (each with
    AZURE_CLIENT_ID); else the managed identity of the machine. Raises UsageProblem.
    """
    ca = options.get("ca") or environ.get("KEYCLOAK_CA_FILE") or None
    if ca and not Path(ca).exists():
        raise UsageProblem(f"The file of certificates {ca} does not exist.", advice="Correct --ca or KEYCLOAK_CA_FILE.")
    client_id = environ.get("AZURE_CLIENT_ID", "")
    secret = environ.get("AZURE_CLIENT_SECRET", "")
    certificate = environ.get("AZURE_CLIENT_CERTIFICATE_PATH", "")
    password = environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD", "")
    token_file = environ.get("AZURE_FEDERATED_TOKEN_FILE", "")
    way: Way = "managed"
    if options.get("device_code"):
        way, client_id = "device", client_id or AZURE_CLI
    elif secret:
        way = "secret"
    elif certificate:
        way = "certificate"
        _readable(certificate, "AZURE_CLIENT_CERTIFICATE_PATH")
    elif token_file:
        way = "workload"
        _readable(token_file, "AZURE_FEDERATED_TOKEN_FILE")
    if way in ("secret", "certificate", "workload") and not client_id:
        raise UsageProblem(
            "There is a credential for Entra, but no application to sign in as.",
            advice="Set AZURE_CLIENT_ID to the client id of the checker's own app registration.",
        )
    return GraphAccess(
        authority=authority.rstrip("/"),
        tenant=_tenant(tenant, environ.get("AZURE_TENANT_ID", "")),
        graph=_graph(authority, str(options.get("graph") or environ.get("REALMCTL_GRAPH_URL") or "")),
        way=way,
        client_id=client_id,
        secret=Secret(secret, "$(env:AZURE_CLIENT_SECRET)") if secret else None,
        certificate=certificate,
        password=Secret(password, "$(env:AZURE_CLIENT_CERTIFICATE_PASSWORD)") if password else None,
        token_file=token_file,
        ca=ca,
        timeout=_seconds(options.get("timeout") or environ.get("KEYCLOAK_CLIENT_TIMEOUT") or 60),
    )


def _readable(path: str, variable: str) -> None:
    if not Path(path).is_file():
        raise UsageProblem(f"The file {path} does not exist.", advice=f"Correct {variable}, or mount the file there.")


def _tenant(wanted: str, given: str) -> str:
    """The realm's tenant; an id that the environment gives has to be the same, since tokens are of one tenant."""
    if _GUID.fullmatch(wanted) and _GUID.fullmatch(given) and wanted.lower() != given.lower():
        raise UsageProblem(
            f"AZURE_TENANT_ID is {given}, and the realm's tenant is {wanted}.",
            advice="Sign in to the realm's tenant: correct AZURE_TENANT_ID, or leave it out.",
        )
    return wanted


def _graph(authority: str, given: str) -> str:
    if given:
        if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
            advice = "Write --graph like https://graph.microsoft.us."
            raise UsageProblem(f"{given!r} is no address of Microsoft Graph.", advice=advice)
        return given.rstrip("/").removesuffix("/v1.0")
    host = urlsplit(authority).hostname or ""
    if host not in GRAPHS:
        raise UsageProblem(
            f"{authority} is the login address of no cloud that is known here, so Graph's address is not known either.",
            advice="Give it with --graph or REALMCTL_GRAPH_URL.",
        )
    return GRAPHS[host]


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        advice = "Set KEYCLOAK_CLIENT_TIMEOUT to a number of seconds."
        raise UsageProblem(f"A time-out of {value!r} makes no sense.", advice=advice)
    return seconds
