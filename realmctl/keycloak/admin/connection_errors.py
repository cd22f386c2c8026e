"""What it means when no answer came: name, port, proxy, TLS or time-out, in words for a person.

Must not know about: how requests are sent or repeated.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from realmctl.errors import ServerError, Unreachable
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.deadline import GRACE_SECONDS, Late
from realmctl.keycloak.admin.retries import PassingError
from realmctl.keycloak.admin.transport import Redirect

READING = frozenset({"GET", "HEAD"})

_ABOUT_THE_CLIENT = frozenset(
    {
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_UNKNOWN_CA",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_ACCESS_DENIED",
    }
)
"""Alerts with which a server refuses a client's certificate, or its absence (OpenSSL's names)."""

PLAN_AGAIN = "Plan again: the next plan shows what is left to do."


@dataclass(frozen=True, slots=True)
class AddressSetting:
    """How a person sets a server's address, for the advice in errors."""

    server: str = "Keycloak"
    address: str = "KEYCLOAK_URL"
    otherwise: str = " `realmctl local up` starts one here."


KEYCLOAK = AddressSetting()


def explain(
    error: HTTPError, method: str, connection: Connection, *, known: bool, setting: AddressSetting = KEYCLOAK
) -> Exception:
    """The error for a request without an answer: `PassingError` where asking again may help, else final.

    `known` is whether the server has answered before: then a missing name or port is a passing thing.
    """
    url = connection.url
    if isinstance(error, Redirect):
        return _redirected(error, connection, setting)
    reason = next((arg for arg in error.args if isinstance(arg, ssl.SSLError)), None)
    ended = isinstance(reason, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    if isinstance(error, SSLError) and not ended:
        return _tls(reason, connection, setting)
    address = setting.address
    port = f"Check that {setting.server} runs, and the host and port of {address}.{setting.otherwise}"
    if isinstance(error, ProxyError):
        advice = f"Check HTTPS_PROXY and HTTP_PROXY, or add {setting.server}'s host to NO_PROXY."
        return _unsent(f"The proxy before {url} can't be used", advice, known=known)
    if isinstance(error, NameResolutionError):
        advice = f"Correct {address}; inside a cluster, check that the name resolves from where realmctl runs."
        return _unsent(f"There is no server of the name in {url}", advice, known=known)
    if isinstance(error, NewConnectionError):
        # A port may be closed for the moment of a restart: worth a second try even at first contact.
        return PassingError(Unreachable(f"{url} can't be connected to: {_told(error)}.", advice=port), sent=False)
    if isinstance(error, ConnectTimeoutError):
        advice = f"Check the host and port of {address}, and whether a firewall or network policy lets you through."
        return _unsent(f"Nothing answers at {url}", advice, known=known)
    if isinstance(error, (Late, ReadTimeoutError)):
        text, advice = _slow(error, connection)
    elif ended:
        # With TLS 1.3 a server looks at the client's certificate when the client believes itself connected.
        text = f"{url} ended the TLS connection before its answer was complete"
        advice = "" if known else no_certificate(connection, setting).advice
    elif isinstance(error, (ProtocolError, DecodeError)):
        text = f"{url} broke the connection before its answer was complete"
        advice = "If this happens at once, the address may want https:// (or http://)." if not known else ""
    else:
        return ServerError(f"{url} can't be asked: {type(error).__name__}.", advice=port)
    ambiguous = method not in READING
    if ambiguous:
        text += f": nobody can tell whether this {method} was carried out"
        advice = advice or PLAN_AGAIN
    return PassingError(Unreachable(f"{text}.", advice=advice or "Try again later.", ambiguous=ambiguous), sent=True)


def _slow(error: HTTPError, connection: Connection) -> tuple[str, str]:
    if isinstance(error, Late) and error.stopped:
        return f"{connection.url} gave no complete answer within {GRACE_SECONDS:g} s after the request to stop", ""
    advice = "Give it more time with --timeout or KEYCLOAK_CLIENT_TIMEOUT (seconds)."
    return f"{connection.url} gave no complete answer within {connection.timeout:g} s", advice


def no_certificate(connection: Connection, setting: AddressSetting) -> Unreachable:
    """The error for a server that demands another client certificate than it was shown."""
    if connection.client_cert:
        return Unreachable(
            f"{connection.url} did not accept the client certificate {connection.client_cert}.",
            advice=f"Check that {setting.server} trusts the authority of the client certificate, or use another one.",
        )
    return Unreachable(
        f"{connection.url} demands a client certificate (mutual TLS).",
        advice="If it demands a client certificate: set KEYCLOAK_CLIENT_CERT and KEYCLOAK_CLIENT_KEY (PEM files).",
    )


def _redirected(error: Redirect, connection: Connection, setting: AddressSetting) -> ServerError:
    target = error.target.partition("?")[0]
    for inner in ("/realms/", "/admin/realms"):  # what follows is no part of the address one sets
        target = target.partition(inner)[0]
    return ServerError(
        f"{connection.url} sends requests on to {target or 'another address'}.",
        advice=f"Set {setting.address} to the address that answers itself (often https:// in place of http://).",
    )


def _unsent(text: str, advice: str, *, known: bool) -> Exception:
    error = Unreachable(f"{text}.", advice=advice)
    return PassingError(error, sent=False) if known else error


def _told(error: NewConnectionError) -> str:
    cause = error.__cause__ or error.__context__
    told = cause.strerror if isinstance(cause, OSError) else ""
    return (told or "no connection").lower()


def _tls(reason: ssl.SSLError | None, connection: Connection, setting: AddressSetting) -> Unreachable:
    if not isinstance(reason, ssl.SSLCertVerificationError):
        if reason and reason.reason in _ABOUT_THE_CLIENT:
            return no_certificate(connection, setting)
        if reason and reason.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
            said, then = "does not speak TLS", f"Use http:// in {setting.address}, or the port that has TLS."
        else:
            said = f"and this machine found no way to speak TLS ({reason.reason if reason else 'no handshake'})"
            then = f"Check the port of {setting.address}, and which TLS versions the server offers."
        return Unreachable(f"{connection.url} {said}.", advice=then)
    told = str(reason.verify_message)
    if "mismatch" in told or "not valid for" in told:
        what, advice = "is for another name", "Use a name that stands in the certificate."
    elif "expired" in told:
        what, advice = "has expired", "Renew it on the server."
    elif "self-signed" in told or "self signed" in told or "issuer certificate" in told:
        what = "is signed by an authority that is not trusted here"
        advice = "Give that authority's certificates (PEM) with --ca or KEYCLOAK_CA_FILE."
    else:
        what, advice = "was not accepted", "Check the certificate, and --ca or KEYCLOAK_CA_FILE."
    return Unreachable(f"No trusted connection to {connection.url}: its certificate {what} ({told}).", advice=advice)
