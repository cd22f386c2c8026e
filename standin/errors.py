"""Errors as Entra words them: an AADSTS number, a text, trace and correlation ids.

Shape and numbers: Learn, "Microsoft Entra authentication & authorization error codes"
(https://learn.microsoft.com/entra/identity-platform/reference-error-codes). That page also says that apps must not
depend on text or numbers. Must not know about: grants, pages.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2 import OAuth2Error

TEXTS: dict[int, tuple[str, int, str]] = {
    50011: (
        "invalid_request",
        400,
        (
            "The redirect URI '{uri}' specified in the request does not match the redirect URIs "
            "configured for the application '{app}'. Make sure the redirect URI sent in the request matches one "
            "added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError "
            "to learn more about how to fix this."
        ),
    ),
    50012: ("invalid_client", 401, "Authentication failed. {why}"),
    50013: ("invalid_client", 401, "Assertion failed signature validation. {why}"),
    50034: (
        "invalid_grant",
        400,
        (
            "The user account {user} does not exist in the {tenant} directory. To sign into this application, the "
            "account must be added to the directory."
        ),
    ),
    50057: ("invalid_grant", 400, "The user account is disabled."),
    50058: ("login_required", 400, "A silent sign-in request was sent but no user is signed in."),
    50105: (
        "interaction_required",
        400,
        (
            "Your administrator has configured the application {name} ('{app}') to block users unless they are "
            "specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked "
            "because they are not a direct member of a group with access, nor had access directly assigned by an "
            "administrator. Please contact your administrator to assign access to this application."
        ),
    ),
    501051: ("invalid_grant", 400, "Application '{app}'({name}) is not assigned to a role for the application."),
    50126: (
        "invalid_grant",
        400,
        "Error validating credentials due to invalid username or password.",
    ),
    50194: (
        "invalid_request",
        400,
        (
            "Application '{app}'({name}) is not configured as a multi-tenant application. Usage of the /common "
            "endpoint is not supported for such apps. Use a tenant-specific endpoint or configure the application"
            " to be multi-tenant."
        ),
    ),
    501481: (
        "invalid_grant",
        400,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    54005: (
        "invalid_grant",
        400,
        (
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
            "refresh token."
        ),
    ),
    65001: (
        "invalid_grant",
        400,
        (
            "The user or administrator has not consented to use the application with ID '{app}' named '{name}'. "
            "Send an interactive authorization request for this user and resource."
        ),
    ),
    65004: ("access_denied", 400, "User declined to consent to access the app."),
    70000: ("invalid_grant", 400, "Provided grant is invalid or malformed."),
    70008: ("invalid_grant", 400, "The provided authorization code or refresh token has expired."),
    70011: (
        "invalid_scope",
        400,
        "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
    ),
    70016: (
        "authorization_pending",
        400,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    70018: ("bad_verification_code", 400, "Invalid verification code due to User typing in wrong user code."),
    70020: ("expired_token", 400, "The provided value for the input parameter 'device_code' is not valid. It expired."),
    700016: (
        "unauthorized_client",
        400,
        (
            "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the "
            "application has not been installed by the administrator of the tenant or consented to by any user in the "
            "tenant. You may have sent your authentication request to the wrong tenant."
        ),
    ),
    7000112: ("unauthorized_client", 400, "Application '{app}'({name}) is disabled."),
    7000215: (
        "invalid_client",
        401,
        (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
            "value, not the client secret ID, for a secret added to app '{app}'."
        ),
    ),
    7000218: (
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000222: (
        "invalid_client",
        401,
        (
            "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new "
            "keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for "
            "added security: https://aka.ms/certCreds."
        ),
    ),
    700024: ("invalid_client", 401, "Client assertion is not within its valid time range."),
    700027: (
        "invalid_client",
        401,
        (
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            "[Reason - The key was not found., Thumbprint of key used by client: '{thumbprint}']"
        ),
    ),
    700211: (
        "invalid_client",
        401,
        (
            "No matching federated identity record found for presented assertion issuer '{issuer}'. Check your "
            "federated identity credential Subject, Audience and Issuer against the presented assertion."
        ),
    ),
    700212: (
        "invalid_client",
        401,
        (
            "No matching federated identity record found for presented assertion audience '{audience}'. Check your "
            "federated identity credential Subject, Audience and Issuer against the presented assertion."
        ),
    ),
    700213: (
        "invalid_client",
        401,
        (
            "No matching federated identity record found for presented assertion subject '{subject}'. Check your "
            "federated identity credential Subject, Audience and Issuer against the presented assertion."
        ),
    ),
    90002: (
        "invalid_request",
        400,
        (
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
            "correct cloud. Check with your subscription administrator, this may happen if there are no active "
            "subscriptions for the tenant."
        ),
    ),
    90014: ("invalid_request", 400, "The required field '{name}' is missing from the credential."),
    90094: ("access_denied", 400, "An administrator of {tenant} has to grant consent to '{app}' first."),
    900144: ("invalid_request", 400, "The request body must contain the following parameter: '{name}'."),
    9002313: ("invalid_request", 400, "Invalid request. Request is malformed or invalid. {why}"),
    1002012: (
        "invalid_scope",
        400,
        (
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI)."
        ),
    ),
}
"""Number → OAuth error, HTTP status, text."""


class Aadsts(OAuth2Error):
    """One of the errors above, ready to be answered as JSON, told on a page, or sent to the redirect URI."""

    def __init__(self, number: int, *, error: str | None = None, redirect_uri: str | None = None, **said: str) -> None:
        kind, status, text = TEXTS[number]
        self.number = number
        self.text = f"AADSTS{number}: {text.format(**said).strip()}"
        self.trace, self.correlation = str(uuid.uuid4()), str(uuid.uuid4())
        self.timestamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        super().__init__(description=self.whole(), status_code=status, redirect_uri=redirect_uri)
        self.error = error or kind

    def whole(self) -> str:
        """The description with the lines that Entra appends."""
        ids = f"Trace ID: {self.trace} Correlation ID: {self.correlation}"
        said = f"{self.text} {ids} Timestamp: {self.timestamp}"
        return "".join("'" if one in '"\\' or not " " <= one <= "~" else one for one in said)  # RFC 6749, 5.2

    def answer(self) -> dict[str, Any]:
        """The JSON body of the token endpoint."""
        return {
            "error": self.error,
            "error_description": self.whole(),
            "error_codes": [self.number],
            "timestamp": self.timestamp,
            "trace_id": self.trace,
            "correlation_id": self.correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
