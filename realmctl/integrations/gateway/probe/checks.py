"""The points of a gateway that have to be closed: what each is, and how to close it; and what was found of it.

From experiments with oauth2-proxy 7.15, Envoy 1.40 and Istio 1.31. Must not know about: how anything is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class PointState(StrEnum):
    """What is known of a point."""

    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that has to hold."""

    id: str
    title: str
    close: str
    """How to close it."""


POINTS: dict[str, Point] = {
    point.id: point
    for point in (
        Point(
            "login",
            "Whoever has not logged in is sent to log in, and reaches no service",
            "The AuthorizationPolicy with action CUSTOM has to be in the gateway's namespace, select the "
            "gateway's pods, and ask on every host: no hosts (a Host header with a port passes it else), nothing "
            "conditional beside what a login needs.",
        ),
        Point(
            "exempt-paths",
            "Paths without login are few, and lead to no service",
            "Exempt exactly /auth/realms/REALM/*, /auth/resources/* and /oauth2/*, on the gateway's own hosts alone "
            "(a second rule with notHosts); take routes for them from its own namespace alone (./HOST); "
            "normalize paths with DECODE_AND_MERGE_SLASHES; give every exempt prefix a route that can't end at a "
            "service; let each service's own policy demand a token, since oauth2-proxy itself answers /ping, "
            "/ready and /robots.txt with yes.",
        ),
        Point(
            "services",
            "Every service demands a token of its own audience by itself",
            "Each service needs a RequestAuthentication (issuer, audience) and an AuthorizationPolicy with "
            "action ALLOW that demands a request principal, with none beside it that allows more, and a DENY for "
            "each rule's roles; and PeerAuthentication STRICT, so that nobody comes "
            "past the gateway.",
        ),
        Point(
            "identity-headers",
            "Identity headers from outside do not arrive, and none tells the check another address",
            "Take x-auth-request-*, and all else that the check gives, out before it (an EnvoyFilter, inserted first), "
            "reject headers with underscores, and forward no x-forwarded-uri, -host or -port to oauth2-proxy, but "
            "accept.",
        ),
        Point(
            "check",
            "The check by oauth2-proxy sees paths as they are, ends in time, and is closed when it fails",
            "meshConfig: pathNormalization.normalization DECODE_AND_MERGE_SLASHES; of the extension provider: a "
            "timeout of seconds (60 at most), failOpen false, statusOnError 503.",
        ),
        Point(
            "issuer",
            "Keycloak, oauth2-proxy and the services' policies mean the same issuer, whatever a caller claims",
            "Set Keycloak's hostname (KC_HOSTNAME) with its path, proxy headers xforwarded from the gateway "
            "alone, and give all three the issuer that `realmctl render` writes.",
        ),
        Point(
            "cookie",
            "The session's cookie is secure, and worth nothing unless oauth2-proxy made it",
            "cookie_secure, cookie_httponly, cookie_samesite lax, a name that begins with __Host- (or __Secure- "
            "with a domain), and sessions in Redis; take it out of requests after the check.",
        ),
        Point(
            "redirects",
            "A login or logout returns to this gateway and nowhere else, with PKCE on both sides",
            "Set redirect_url, no wildcard in whitelist_domains, exact redirect URIs and required PKCE (S256) "
            "on the client.",
        ),
        Point(
            "token",
            "The forwarded token has the services' audiences and roles, ends, and is told to no browser",
            "Forward the access token, not the ID token; audiences and claims are the word `tokens` of the "
            "realm's file. Take `authorization` out of answers (oauth2-proxy's own /oauth2/auth tells it), and "
            "give the gateway's client no optional scope offline_access.",
        ),
        Point(
            "console",
            "Keycloak's console, Admin API, metrics, registration of clients and the realm master are not public",
            "Route only /auth/realms/REALM/ and /auth/resources/ to Keycloak, and answer every other path below "
            "/auth with 404, and /auth/realms/REALM/clients-registrations/ with a refusal.",
        ),
        Point(
            "redis",
            "Sessions outlive a restart of Redis",
            "Give Redis a volume and `appendonly yes`, or use one that keeps its data.",
        ),
    )
}
"""By id, in the order they are told."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look at a point: what was asked or looked at, what that says of it, and in which words."""

    point: str
    state: PointState
    message: str
    asked: str = ""
    """A request line, or a resource of Kubernetes."""


@dataclass(frozen=True, slots=True)
class CheckedPoint:
    """A point with all that was found of it."""

    point: Point
    evidence: tuple[Evidence, ...]

    @property
    def state(self) -> PointState:
        """Open where anything is, closed where anything says so, else unknown."""
        states = {one.state for one in self.evidence}
        return next((state for state in (PointState.OPEN, PointState.CLOSED) if state in states), PointState.UNKNOWN)


def group_evidence(evidence: Iterable[Evidence]) -> Sequence[CheckedPoint]:
    """Every point with its evidence."""
    found = list(evidence)
    return [
        CheckedPoint(point, tuple(dict.fromkeys(one for one in found if one.point == point.id)))
        for point in POINTS.values()
    ]


def evidence_of_closed(point: str, message: str, asked: str = "") -> Evidence:
    """Evidence that the point holds, as far as this look goes."""
    return Evidence(point, PointState.CLOSED, message, asked)


def evidence_of_open(point: str, message: str, asked: str = "") -> Evidence:
    """Evidence that it does not."""
    return Evidence(point, PointState.OPEN, message, asked)


def evidence_of_unknown(point: str, message: str, asked: str = "") -> Evidence:
    """What could not be seen, and why."""
    return Evidence(point, PointState.UNKNOWN, message, asked)
