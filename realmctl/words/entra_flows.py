"""The authentication flows that `entra` brings: direct sign-in, and a person's first login.

Must not know about: the provider's configuration.
"""

from __future__ import annotations

from typing import Any, Literal

FirstLogin = Literal["create", "link", "review"]

Flow = tuple[str, dict[str, Any]]
"""An alias, and the flow as layer two says it."""


def sign_in(provider: str) -> Flow:
    """The browser flow without a login page: the session's cookie, else straight on to the provider."""
    return f"{provider} sign-in", {
        "description": f"No login page: who has no session is sent to {provider}.",
        "providerId": "basic-flow",
        "executions": [
            {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
            {
                "authenticator": "identity-provider-redirector",
                "requirement": "ALTERNATIVE",
                "configAlias": f"{provider} sign-in",
                "config": {"defaultProvider": provider},
            },
        ],
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
