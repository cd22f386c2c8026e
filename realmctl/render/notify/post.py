"""One request to somebody who is to be told something; its address is a secret, since who knows it may write there.

Must not know about: what is told.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from realmctl.config.loader import resolve_option
from realmctl.errors import RealmctlError, ServerError, UsageProblem
from realmctl.keycloak.admin import AddressSetting, Web, web_address
from realmctl.model.output import register_password
from realmctl.model.redaction import redact
from realmctl.model.secret import Secret
from realmctl.model.text import cut

SECONDS = 10.0
"""How long one answer is waited for: nobody wants a check to hang on its messenger."""


def address(given: str | None, option: str, variable: str, environ: Mapping[str, str]) -> Secret | None:
    """The address that an option gives (or refers to, as `$(env:NAME)` or `$(file:PATH)`), else the environment.

    Raises UsageProblem, without showing it; BadConfig where a reference leads nowhere.
    """
    text = environ.get(variable, "") if given is None else resolve_option(given, environ)
    if not text.strip():
        return None
    if web_address(text.strip()) is None:
        raise UsageProblem(
            f"What {option} or {variable} says is not an address that starts with https:// or http://.",
            advice="It is not shown here, as it may be a secret.",
        )
    return Secret(text.strip(), f"$(env:{variable})")


def post(
    whom: str, url: Secret, body: str, *, kind: str = "application/json", method: str = "POST", repeatable: bool = False
) -> None:
    """Sends it to `whom` (`The webhook`). `repeatable`: getting it twice does no harm.

    Raises RealmctlError that tells the server's name, never the rest of its address.
    """
    parts = urlsplit(url.reveal())
    register_password(url.reveal())
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    headers = {"Content-Type": kind}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    web = Web(AddressSetting(whom, "its address", ""), timeout=SECONDS, pool=1)
    try:
        reply = web.send(method, bare, headers, redact(body).encode(errors="backslashreplace"), repeatable=repeatable)
    except ServerError as error:
        untrusted = error.message.startswith("No trusted connection")
        advice = "Name the certificates (PEM) to trust in SSL_CERT_FILE." if untrusted else "Only that failed."
        # From None: the error within knows the whole address.
        raise RealmctlError(f"{whom} could not be told: {_without(bare, error.message)}", advice=advice) from None
    finally:
        web.close()
    if not 200 <= reply.status < 300:
        said = cut(_without(bare, redact(reply.content[:2000].decode("utf-8", "replace")).strip()), 200)
        raise RealmctlError(
            f"{whom} at {host} refused what it was told ({reply.status}{f': {said}' if said else ''}).",
            advice="Check its address, and whether it is still in use." if reply.status in (401, 403, 404, 410) else "",
        )


def _without(url: str, text: str) -> str:
    """The text without any part of an address but its server."""
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}"
    for part in (url, url.partition("?")[0]):
        text = text.replace(part, host)
    for part in (parts.path, parts.query):
        if len(part) > 1:
            text = text.replace(part, "…")
    return text
