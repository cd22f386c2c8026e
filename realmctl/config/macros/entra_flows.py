"""The authentication flows that `entra` brings: direct sign-in, and a person's first login.

Must not know about: the provider's configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FirstLogin = Literal["create", "link", "review"]

Flow = tuple[str, dict[str, Any]]
"""An alias, and the flow as layer two says it."""


@dataclass(frozen=True, slots=True)
class LocalLogin:
    """A form for accounts of the realm itself that have `role`."""

    role: str
    second_factor: bool


def sign_in(provider: str, local: LocalLogin | None = None) -> Flow:
    """The browser flow without a login page: the session's cookie, else straight on to the provider.

    `local` is the way of whoever asks for no provider, with an empty `kc_idp_hint`.
    """
    alias = f"{provider} sign-in"
    return alias, {
        "description": f"No login page: who has no session is sent to {provider}.",
        "providerId": "basic-flow",
        "executions": [
            {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
            {
                "authenticator": "identity-provider-redirector",
                "requirement": "ALTERNATIVE",
                "configAlias": alias,
                "config": {"defaultProvider": provider},
            },
            *([_local_login(alias, local)] if local else ()),
        ],
    }


def _local_login(alias: str, local: LocalLogin) -> dict[str, Any]:
    """Password, then whether it is one of the few, then the code: nobody else is told whether one is due."""
    others = {
        "flow": f"{alias} others",
        "description": f"Who has not the role {local.role}.",
        "providerId": "basic-flow",
        "requirement": "CONDITIONAL",
        "executions": [
            {
                "authenticator": "conditional-user-role",
                "requirement": "REQUIRED",
                "configAlias": f"{alias} others",
                "config": {"condUserRole": local.role, "negate": "true"},
            },
            {"authenticator": "deny-access-authenticator", "requirement": "REQUIRED"},
        ],
    }
    code = [{"authenticator": "auth-otp-form", "requirement": "REQUIRED"}] if local.second_factor else []
    return {
        "flow": f"{alias} break-glass",
        "description": f"For accounts of this realm with the role {local.role}, opened with an empty kc_idp_hint.",
        "providerId": "basic-flow",
        "requirement": "ALTERNATIVE",
        "executions": [{"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}, others, *code],
    }


def first_login(provider: str, wanted: FirstLogin) -> Flow | None:
    """The flow for a first login; None where Keycloak's own one is wanted.

    The account is created when neither its name nor its address is taken. A taken one is a different matter: an
    address in Entra proves nothing about an account that exists here already, unless the operator says so (`link`).
    """
    if wanted == "review":
        return None
    alias = f"{provider} first login"
    taken = {
        "create": [
            {"authenticator": "idp-confirm-link", "requirement": "REQUIRED"},
            {"authenticator": "idp-username-password-form", "requirement": "REQUIRED"},
        ],
        "link": [{"authenticator": "idp-auto-link", "requirement": "REQUIRED"}],
    }[wanted]
    return alias, {
        "description": f"First login through {provider}: no form; an existing account is not taken over unasked."
        if wanted == "create"
        else f"First login through {provider}: no form; an existing account of that name or address is linked.",
        "providerId": "basic-flow",
        "executions": [
            {"authenticator": "idp-create-user-if-unique", "requirement": "ALTERNATIVE"},
            {
                "flow": f"{alias} existing account",
                "description": "The name or the address is taken already.",
                "providerId": "basic-flow",
                "requirement": "ALTERNATIVE",
                "executions": taken,
            },
        ],
    }
