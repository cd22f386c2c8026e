"""What Keycloak's answers mean: a value, or one of the errors a person can act on.

Must not know about: how requests are sent or repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from realmctl.errors import Broken, Conflict, Forbidden, NotFound, ServerError, Unreachable
from realmctl.keycloak.admin import rights
from realmctl.keycloak.admin.connection_errors import PLAN_AGAIN, READING
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.response_shapes import shape_problem
from realmctl.keycloak.admin.retries import PassingError, asked_wait
from realmctl.keycloak.admin.transport import Reply
from realmctl.model.redaction import redact, register_random
from realmctl.model.text import cut

BUSY = 429
"""Refused before anything was done: safe to repeat, whatever the method."""
DATABASE = "Database operation failed"
"""What Keycloak says, with 500 or 400, of a transaction that its database refused: one that lost against another one
at work on the same, or a value too long for its column (26.7.3)."""
_SECRETS = re.compile(
    rb'"(?:secret|clientSecret|client\.secret\.rotated|registrationAccessToken|secretData|token)":'
    rb'\s*("(?:[^"\\]|\\.)+")'
)
"""Secrets in what Keycloak answers (26.7.3): of clients (the rotated one, too), providers, users."""
_FEW = 3
"""Attempts at what seldom passes: an answer that was cut off, a read that the server failed at."""
TOO_LARGE = 413
_OK = 200
BETWEEN = frozenset({502, 503, 504})
"""Answers of a gateway, or of a server that starts: nobody knows whether the request was carried out."""


READING_POSTS = frozenset({"partial-export"})
"""Last segments of the POSTs that change nothing, and so are repeated like a GET."""


def is_read(method: str, path: Sequence[str]) -> bool:
    """Return whether a request changes nothing; `path` is below `/admin/realms`."""
    return method in READING or (method == "POST" and not READING_POSTS.isdisjoint(path[-1:]))


@dataclass(frozen=True, slots=True)
class Answer:
    """`id` is the last segment of the Location of what was created, unescaped, or ""; `body` is parsed JSON or None."""

    status: int
    id: str = ""
    body: Any = None


def read(reply: Reply, method: str, path: Sequence[str]) -> Answer:
    """A successful reply as a value.

    Raises PassingError if it was cut off, and ServerError if it is not what Keycloak answers there.
    """
    where = reply.headers.get("Location", "")
    body = _json(reply, method)
    if is_read(method, path) and reply.status == _OK and (wrong := shape_problem(path, body)):
        raise ServerError(
            f"{reply.url} answered {reply.status} {wrong}.",
            advice="This is not Keycloak's Admin API. Check that KEYCLOAK_URL leads to Keycloak itself, and look at "
            "what a proxy before it makes of the answer.",
            status=reply.status,
        )
    return Answer(reply.status, unquote(urlsplit(where).path.rpartition("/")[2]), body)


def _json(reply: Reply, method: str) -> Any:
    if not reply.content:
        return None
    try:
        body = json.loads(reply.content)
    except ValueError:
        if _is_json(reply) and reply.content.lstrip()[:1] in (b"{", b"["):
            raise _cut_off(reply, method) from None
        raise not_keycloak(reply) from None
    for found in _SECRETS.findall(reply.content):
        # What stands there may be the choice of somebody who changed the files before: no name, and no words.
        register_random(json.loads(found))
    return body


def _is_json(reply: Reply) -> bool:
    return "json" in reply.headers.get("Content-Type", "").lower()


def _cut_off(reply: Reply, method: str) -> PassingError:
    """The error for JSON that does not end: a proxy or the server broke it off."""
    ambiguous = method not in READING
    later = "Look at the limits and time-outs of a proxy before Keycloak, and try again."
    error = Unreachable(
        f"The answer of {reply.url} was cut off after {len(reply.content):,} bytes: its JSON is not complete.",
        advice=PLAN_AGAIN if ambiguous else later,
        ambiguous=ambiguous,
    )
    return PassingError(error, sent=True, most=_FEW)


def not_keycloak(reply: Reply) -> ServerError:
    """The error for an answer that can't be Keycloak's."""
    kind = reply.headers.get("Content-Type", "").partition(";")[0] or "something unnamed"
    return ServerError(
        f"{reply.url} answered {reply.status} with {kind}, which is not Keycloak's Admin API.",
        advice="A gateway or another server answers there. The Admin API is often closed to the outside: "
        "set KEYCLOAK_URL to an address that reaches Keycloak itself.",
        status=reply.status,
    )


def words(body: bytes) -> str:
    """Keycloak's own sentence in the body of an error, cut and without secrets; "" where there is none."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    return cut(" ".join(redact(_sentence(told)).split()), 500)


def _sentence(told: dict[str, Any]) -> str:
    several = _several(told)
    if several:
        return "; ".join(map(_complaint, several))
    for key in ("errorMessage", "error_description", "error"):
        if isinstance(told.get(key), str) and told[key]:
            return _complaint({**told, "errorMessage": told[key]})
    return ""


def _several(told: dict[str, Any]) -> list[dict[str, Any]]:
    several = told.get("errors")
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []


def _complaint(told: dict[str, Any]) -> str:
    """One complaint: `email: error-invalid-email (foo)`, where Keycloak says field and parameters apart."""
    text, field, said = str(told.get("errorMessage") or ""), str(told.get("field") or ""), told.get("params")
    found = said if isinstance(said, list) else []
    more = [str(one) for one in found if str(one) not in (field, "") and str(one) not in text]
    return (f"{field}: " if field and field not in text else "") + text + (f" ({', '.join(more)})" if more else "")


def named_fields(body: bytes) -> tuple[str, ...]:
    """The fields that Keycloak names in the body of an error."""
    try:
        told = json.loads(body)
    except ValueError:
        return ()
    if not isinstance(told, dict):
        return ()
    found = [str(one["field"]) for one in (told, *_several(told)) if one.get("field")]
    unknown = _UNKNOWN_FIELD.search(_sentence(told))
    return tuple(dict.fromkeys([*found, *([unknown[1]] if unknown else [])]))


_UNKNOWN_FIELD = re.compile(r'Unrecognized field "([^"]+)"')


def refuse(reply: Reply, method: str, path: Sequence[str], connection: Connection) -> Exception:
    """The error for an unsuccessful reply: `PassingError` where asking again may help, else final."""
    said = words(reply.content)
    error = _refusal(reply, said, method, path, connection)
    final = error.error if isinstance(error, PassingError) else error
    if isinstance(final, ServerError):
        final.says, final.fields = said, named_fields(reply.content)
    return error


def _refusal(reply: Reply, said: str, method: str, path: Sequence[str], connection: Connection) -> Exception:
    status = reply.status
    asked = f"{method} /{'/'.join(('admin', 'realms', *path))}"
    wait = asked_wait(reply.headers.get("Retry-After"))
    if status == BUSY:
        busy = ServerError(f"Keycloak is asked too often (429 to {asked}).", advice="Try again later.", status=status)
        return PassingError(busy, sent=False, wait=wait)
    if status in BETWEEN:
        return PassingError(_between(method, asked, status), sent=True, wait=wait)
    if status == TOO_LARGE:
        return ServerError(
            f"The request {asked} is too large for a proxy before Keycloak, or for Keycloak (413).",
            advice="Raise the limit for request bodies: of the proxy (nginx: client_max_body_size), or of Keycloak "
            "(quarkus.http.limits.max-body-size, 10 MB by default).",
            status=status,
        )
    if status == 403 and not _is_keycloaks(reply, said):
        return ServerError(
            f"A gateway or firewall before Keycloak refused {asked} (403, not in Keycloak's words).",
            advice="It is not a matter of the account's roles. Let this request pass there (a rule of a web "
            "application firewall, a path that is closed), or use an address that reaches Keycloak itself.",
            status=status,
        )
    if status == 403:
        return Forbidden(
            f"The account {connection.account} may not {_verb(method)} {_what(path)} (403 to {asked}).",
            advice=rights.advice(method, path, connection.account, connection.realm),
            status=status,
        )
    if not said and "json" not in reply.headers.get("Content-Type", "json"):
        return not_keycloak(reply)
    message = f"Keycloak answered {status} to {asked}" + (f": {said}" if said else ".")
    if status == 404:
        return NotFound(message, status=status)
    if status == 409:
        conflict = Conflict(message, status=status)
        # Nothing stands in the way of a DELETE but another transaction, which won (26.7.3, now and then when busy:
        # "Duplicate resource error"); nor of the one GET that writes, of a client's service account that is missing.
        return PassingError(conflict, sent=False) if method in ("DELETE", "GET") else conflict
    if status == 401:
        return ServerError(
            message,
            advice=f"A fresh login did not help: check that {connection.account} logs in to the realm it belongs to "
            f"(now {connection.realm}), and that the realm's issuer is the same for all of Keycloak's addresses.",
            status=status,
        )
    if status >= 500 or said == DATABASE:
        broken = Broken(message, advice="Keycloak's own log says more.", status=status)
        # Nothing changes by a second read; a write is looked after by who sends it, since it may have been carried out.
        return PassingError(broken, sent=True, most=_FEW) if is_read(method, path) else broken
    return ServerError(message, status=status)


def _is_keycloaks(reply: Reply, said: str) -> bool:
    """Whether Keycloak itself answered 403: with its JSON, or with nothing (26.7.3)."""
    return bool(said) or not reply.content or _is_json(reply)


def _between(method: str, asked: str, status: int) -> ServerError:
    if method == "GET":
        return ServerError(
            f"Keycloak, or a gateway before it, answered {status} to {asked}.",
            advice="It may be starting, or too busy: try again later.",
            status=status,
        )
    return Unreachable(
        f"A gateway before Keycloak answered {status} to {asked}: nobody can tell whether it was carried out.",
        advice=PLAN_AGAIN,
        ambiguous=True,
    )


def _verb(method: str) -> str:
    return {"GET": "read", "DELETE": "delete"}.get(method, "change")


def _what(path: Sequence[str]) -> str:
    if not path:
        return "the list of realms"
    below = "/".join(path[1:2])
    return f"{below} of the realm {path[0]}" if below else f"the realm {path[0]}"
