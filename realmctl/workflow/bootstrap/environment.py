"""How an account is used: the environment that points realmctl at it.

Must not know about: where it is written to.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from realmctl.keycloak.admin import Admin
from realmctl.workflow.bootstrap.accounts import BootstrapAccount

URL = "KEYCLOAK_URL"


@dataclass(frozen=True, slots=True)
class AccountEndpoint:
    """The realm that an account logs in to: the server's address, and the address that its issuer begins with."""

    url: str
    realm: str
    public_url: str = ""


def environment(
    account: BootstrapAccount,
    endpoint: AccountEndpoint,
    *,
    way: str,
    secret: str = "",
    key_file: str = "",
    export: bool = False,
) -> str:
    """The lines that set the environment; `secret` and `key_file` as far as they are known, else a comment says what
    is missing. `export`: as a shell is told.
    """
    said = {URL: endpoint.url, "KEYCLOAK_REALM": endpoint.realm, "KEYCLOAK_CLIENT_ID": account.client}
    notes: list[str] = []
    if way == "secret":
        said, notes = _with(said, "KEYCLOAK_CLIENT_SECRET", secret, "its secret")
    elif way == "key":
        said, notes = _with(said, "KEYCLOAK_CLIENT_KEY_FILE", key_file, "the file with its private key")
        if endpoint.public_url and endpoint.public_url != endpoint.url:
            said["KEYCLOAK_PUBLIC_URL"] = endpoint.public_url
    elif way == "jwks":
        notes = [
            "KEYCLOAK_JWT_TOKEN_FILE=   # a file with a JWT, signed by one of its keys, of which it is iss and sub"
        ]
    elif way == "kubernetes":
        notes = ["KEYCLOAK_JWT_TOKEN_FILE=   # a projected service-account token, its audience the realm's issuer"]
        del said["KEYCLOAK_CLIENT_ID"]  # The token says who it is.
    before = "export " if export else ""
    return "".join(
        [
            f"# {account.client} in the realm {endpoint.realm}: {account.purpose}\n",
            *(f"{before}{name}={shlex.quote(value)}\n" for name, value in said.items()),
            *(f"# {before}{note}\n" for note in notes),
        ]
    )


def public_url(admin: Admin, realm: str) -> str:
    """The address that a realm's issuer begins with: the realm's own, the one that was given, or the server's."""
    own = (admin.get(realm).get("attributes") or {}).get("frontendUrl")
    return str(own or admin.connection.public_url or admin.issuer().rpartition("/realms/")[0]).rstrip("/")


def _with(said: Mapping[str, str], name: str, value: str, what: str) -> tuple[dict[str, str], list[str]]:
    return ({**said, name: value}, []) if value else (dict(said), [f"{name}=   # {what}"])
