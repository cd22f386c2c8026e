"""What it means when no answer came: name, port, proxy, TLS, redirect or time-out, in words for a person.

Must not know about: how requests are sent or repeated.
"""

from __future__ import annotations

import requests
from requests import exceptions as broken
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from realmctl.admin.patience import PassingError
from realmctl.admin.settings import Connection
from realmctl.errors import ServerError, Unreachable

READING = frozenset({"GET", "HEAD"})


def explain(error: requests.RequestException, method: str, connection: Connection, *, known: bool) -> Exception:
    """The error for a request without an answer: `PassingError` where asking again may help, else final.

    `known` is whether the server has answered before: then a missing name or port is a passing thing.
    """
    if isinstance(error, broken.TooManyRedirects):
        return _redirect(error, connection)
    if isinstance(error, broken.SSLError):
        return _tls(error, connection)
    reason = _reason(error)
    if isinstance(error, broken.ProxyError):
        return _unsent(f"The proxy before {connection.url} can't be used", _PROXY, known=known)
    if isinstance(reason, NameResolutionError):
        return _unsent(f"There is no server of the name in {connection.url}", _NAME, known=known)
    if isinstance(error, broken.ConnectTimeout):
        return _unsent(f"Nothing answers at {connection.url}", _SILENT, known=known)
    if isinstance(reason, NewConnectionError):
        # A port may be closed for the moment of a restart: worth a second try even at first contact.
        return PassingError(
            Unreachable(f"{connection.url} refuses connections: {_told(reason)}.", advice=_PORT), sent=False
        )
    ambiguous = method not in READING
    if isinstance(error, broken.Timeout) or isinstance(reason, ReadTimeoutError):
        text = f"{connection.url} gave no answer within {connection.timeout:g} s"
        advice = "Give it more time with --timeout or KEYCLOAK_CLIENT_TIMEOUT (seconds)."
    elif isinstance(error, (broken.ConnectionError, broken.ChunkedEncodingError, broken.ContentDecodingError)):
        text = f"{connection.url} broke the connection before its answer was complete"
        advice = "If this happens at once, the address may want https:// (or http://)." if not known else ""
    else:
        return ServerError(f"{connection.url} can't be asked: {type(error).__name__}.", advice=_PORT)
    if ambiguous and known:
        text += f": nobody can tell whether this {method} was carried out"
        advice = advice or "Plan again: the next plan shows what is left to do."
    return PassingError(Unreachable(f"{text}.", advice=advice or "Try again later.", ambiguous=ambiguous), sent=True)


_NAME = "Correct KEYCLOAK_URL; inside a cluster, check that the name resolves from where realmctl runs."
_PORT = "Check that Keycloak runs, and the host and port of KEYCLOAK_URL. `realmctl local up` starts one here."
_SILENT = "Check the host and port of KEYCLOAK_URL, and whether a firewall or network policy lets you through."
_PROXY = "Check HTTPS_PROXY and HTTP_PROXY, or add Keycloak's host to NO_PROXY."


def _unsent(text: str, advice: str, *, known: bool) -> Exception:
    error = Unreachable(f"{text}.", advice=advice)
    return PassingError(error, sent=False) if known else error


def _reason(error: BaseException) -> object:
    """What urllib3 met, inside what requests made of it."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", None) or inner


def _told(reason: NewConnectionError) -> str:
    text = str(reason).rpartition(": ")[2]
    return text.rpartition("] ")[2].lower() or "no connection"


def _redirect(error: broken.TooManyRedirects, connection: Connection) -> ServerError:
    target = ""
    if error.response is not None:
        target = error.response.headers.get("Location", "").partition("?")[0]
    # What follows the realm is no part of the address one sets.
    for inner in ("/realms/", "/admin/realms"):
        target = target.partition(inner)[0]
    return ServerError(
        f"{connection.url} sends requests on to {target or 'another address'}.",
        advice="Set KEYCLOAK_URL to the address that answers itself (often https:// in place of http://).",
    )


def _tls(error: broken.SSLError, connection: Connection) -> Unreachable:
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return Unreachable(
            f"{connection.url} does not speak TLS.", advice="Use http:// in KEYCLOAK_URL, or the port that has TLS."
        )
    if "Hostname mismatch" in text or "doesn't match" in text or "IP address mismatch" in text:
        what, advice = "is for another name", "Use the name that stands in the certificate."
    elif "has expired" in text:
        what, advice = "has expired", "Renew it on the server."
    elif "self-signed" in text or "unable to get local issuer" in text or "unable to get issuer" in text:
        what = "is signed by an authority that is not trusted here"
        advice = "Give that authority's certificates (PEM) with --ca or KEYCLOAK_CA_FILE."
    else:
        what, advice = "was not accepted", "Check the certificate, and --ca or KEYCLOAK_CA_FILE."
    return Unreachable(f"No trusted connection to {connection.url}: its certificate {what}.", advice=advice)
