"""Asking a gateway as anybody could, what is expected of it, and when an answer came from a service.

Must not know about: which points there are to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import SplitResult, parse_qs, urlsplit

from realmctl.errors import Unreachable
from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.values import Gateway
from realmctl.keycloak.admin import Seen

Send = Callable[[str, str, Mapping[str, str]], Seen]
"""(method, target, headers) → the answer. Raises Unreachable."""

HTML = {"Accept": "text/html"}
NOBODY = "/realmctl-probe-5b1d"
"""A path that no service has: who is asked for it has to log in first all the same."""
ELSEWHERE = "evil.realmctl.invalid"
"""A host that belongs to nobody (RFC 2606)."""
REFUSED = (401, 403)
REDIRECTS = (302, 303, 307)


@dataclass(frozen=True, slots=True)
class Shape:
    """A request; `how` says in words what is odd about it."""

    target: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedGateway:
    """What the gateway is expected to be, from its values, or as far as a login tells."""

    origin: str
    authority: str
    realm: str
    client_id: str
    issuer: str
    login_url: str
    """Where a login goes, without its query."""
    prefix: str
    services: tuple[str, ...]
    cookie: str
    certain: bool
    """Whether it comes from values, and not from the gateway itself."""

    @property
    def keycloak_elsewhere(self) -> str:
        """Keycloak's host, where it is not this one; else ""."""
        host = urlsplit(self.issuer).netloc
        return host if host != self.authority else ""


def expected_gateway(origin: str, authority: str, values: Gateway | None, login: Seen) -> ExpectedGateway | None:
    """What is expected of the gateway at `origin`; None where neither values nor its login tell."""
    if values is not None:
        return ExpectedGateway(
            origin,
            authority,
            values.realm,
            values.client.id,
            values.issuer,
            values.endpoints.public.authorization,
            values.paths.proxyPrefix,
            tuple(prefix for one in values.services.values() for prefix in one.prefixes),
            values.cookie.name,
            certain=True,
        )
    to = split_address(login.header("location"))
    before, found, rest = to.path.partition("/realms/")
    if not found:
        return None
    realm = rest.partition("/")[0]
    base = f"{to.scheme}://{to.netloc}{before}"
    client = parse_qs(to.query).get("client_id", [""])[0]
    address = f"{to.scheme}://{to.netloc}{to.path}"
    return ExpectedGateway(
        origin, authority, realm, client, f"{base}/realms/{realm}", address, "/oauth2", (), "", certain=False
    )


def split_address(address: str) -> SplitResult:
    """The parts of an address that somebody else wrote; none of what is no address."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


class Asking:
    """One gateway, being asked."""

    def __init__(self, send: Send, origin: str, authority: str, values: Gateway | None) -> None:
        """Raises Unreachable where nobody answers at all."""
        self._send = send
        prefix = values.paths.proxyPrefix if values else "/oauth2"
        self.login = send("GET", f"{prefix}/start?rd=/", HTML)
        """How a login begins."""
        self.known = expected_gateway(origin, authority, values, self.login)
        self.prefix = self.known.prefix if self.known else prefix
        self.targets = (self.known.services if self.known else ()) or (NOBODY,)
        """Paths of services, as far as they are known."""

    def ask(self, target: str, headers: Mapping[str, str] = HTML, method: str = "GET") -> Seen | None:
        """The answer; None where none came: in time, or at all."""
        try:
            return self._send(method, target, headers)
        except Unreachable:
            return None

    def none_passes(self, point: str, shapes: Sequence[Shape], *, beyond: str = "") -> Iterator[Evidence]:
        """Requests that no service may answer.

        `beyond` is what the point is about where that lies behind oauth2-proxy, and where it shows: it refuses them all
        whatever is behind it, so that a refusal proves nothing.
        """
        passed = False
        refused = 0
        for one in shapes:
            found = self.ask(one.target, HTML if one.headers is None else one.headers, one.method)
            if found is not None and is_reached(found):
                passed = True
                yield evidence_of_open(
                    point, f"answered {found.status} without login", f"{one.method} {one.target}{one.how}"
                )
            refused += found is not None and found.status in (*REFUSED, *REDIRECTS)
        many = f"{len(shapes)} requests without login" if len(shapes) > 1 else "a request without login"
        if refused and beyond and not passed:
            yield evidence_of_unknown(
                point, f"{many} were refused, as oauth2-proxy does before a service sees them: {beyond}"
            )
        elif refused and not passed:
            yield evidence_of_closed(point, f"{many} reached no service")
        elif shapes and not passed:  # That nothing is there proves no check.
            yield evidence_of_unknown(
                point, f"{many} reached no service, but none was refused or sent to log in either"
            )


def is_answer(found: Seen | None) -> TypeGuard[Seen]:
    """Whether an answer says anything: none came, or one that nobody behind the gateway gave (5xx), does not."""
    return found is not None and found.status < 500


def is_reached(found: Seen) -> bool:
    """Whether a service answered: a 2xx, or anything else but a refusal that came through the gateway's router."""
    if 200 <= found.status < 300:
        return True
    through = bool(found.header("x-envoy-upstream-service-time"))
    return through and found.status not in (*REFUSED, *REDIRECTS, 400, 404)
