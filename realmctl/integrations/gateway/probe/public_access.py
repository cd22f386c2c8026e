"""What anybody outside can find out about a gateway: whether a request that has not logged in gets anywhere.

Nothing is changed by any of them; nobody logs in. Must not know about: how requests are sent, Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from realmctl.integrations.gateway.probe.attacks import tricks, unsigned_token
from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    PointState,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.requests import (
    ELSEWHERE,
    HTML,
    NOBODY,
    REDIRECTS,
    REFUSED,
    Asking,
    Shape,
    is_answer,
    is_reached,
)
from realmctl.keycloak.admin import Seen

_OWN_ANSWERS = ("/ping", "/ready", "/robots.txt")
"""What oauth2-proxy answers with 200 by itself, wherever it is asked (7.15.4)."""
_ROBOTS = ["User-agent:", "*", "Disallow:", "/"]
"""What it says there of robots."""
_FORGED = {
    "X-Forwarded-Uri": "/oauth2/ping",
    "X-Original-Url": "/oauth2/ping",
    "X-Forwarded-Path": "/oauth2/ping",
    "X-Original-Uri": "/oauth2/ping",
    "X-Auth-Request-User": "admin",
    "X-Forwarded-User": "admin",
}
"""What a check that believed it would let pass."""
_MANY = 3
"""Services whose paths are dressed up; what lets one slip past lets all."""


def outside(asking: Asking) -> Iterator[Evidence]:
    """Everything that can be found without a login."""
    for part in (_asked_to_log_in, _exempt_paths, _services, _headers, _console):
        yield from part(asking)


def _asked_to_log_in(asking: Asking) -> Iterator[Evidence]:
    shapes = [Shape(target) for target in (NOBODY, *asking.targets)]
    host = asking.known.authority.partition(":")[0] if asking.known else ""
    if host:
        # A policy with hosts compares the header as it is: with a port, or a dot at its end, it is another one.
        spellings = (*(f"{host}:{port}" for port in (80, 443, 8443, 65535)), f"{host}.")
        shapes += [
            Shape(target, headers={**HTML, "Host": one}, how=f" with Host: {one}")
            for target in asking.targets
            for one in spellings
        ]
    shapes += [Shape(target, method, {}) for target in asking.targets for method in ("POST", "HEAD", "DELETE", "TRACE")]
    passing = list(asking.none_passes("login", shapes))
    found = asking.ask(asking.targets[0])
    if found is not None and found.status in (*REFUSED, *REDIRECTS):
        yield from passing
    else:  # That nothing is there proves no check.
        yield from (one for one in passing if one.state is PointState.OPEN)
    asked = f"GET {asking.targets[0]}"
    if found is None:
        yield evidence_of_unknown("login", "no answer came", asked)
    elif found.status in REDIRECTS and "/realms/" in found.header("location"):
        realm = asking.known.realm if asking.known else ""
        if realm and f"/realms/{realm}/" not in found.header("location"):
            yield evidence_of_open("login", f"a browser is sent to another realm than {realm}", asked)
        else:
            yield evidence_of_closed("login", "a browser is sent to Keycloak", asked)
    elif found.status in REFUSED:
        yield evidence_of_closed("login", f"refused with {found.status}, without being sent to log in", asked)
    else:
        told = (
            f"answered {found.status}, which is neither a login nor a refusal; the realm's files tell services' paths"
        )
        yield evidence_of_unknown("login", told, asked)
    script = asking.ask(asking.targets[0], {"Accept": "application/json"})
    if script and script.status in REDIRECTS:
        told = "a script that accepts JSON is redirected to a login page: `accept` is not among the check's headers"
        yield evidence_of_open("identity-headers", told, f"{asked} with Accept: application/json")


def _exempt_paths(asking: Asking) -> Iterator[Evidence]:
    realm = asking.known.realm if asking.known else "master"
    shapes = [Shape(trick) for target in asking.targets[:_MANY] for trick in tricks(target, realm, asking.prefix)]
    # Paths that need no login, but are no page of Keycloak or oauth2-proxy: a 2xx would come from somebody else. A
    # caller may name another host, which a listener for every host takes.
    base = urlsplit(asking.known.issuer).path.partition("/realms/")[0] if asking.known else "/auth"
    for prefix in (asking.prefix, f"{base}/realms/{realm}", f"{base}/resources"):
        shapes.append(Shape(f"{prefix}{NOBODY}"))
        shapes.append(Shape(f"{prefix}{NOBODY}", headers={**HTML, "Host": ELSEWHERE}, how=f" with Host: {ELSEWHERE}"))
    yield from asking.none_passes("exempt-paths", shapes)
    for path in _OWN_ANSWERS:
        found = asking.ask(path)
        if found is None:
            yield evidence_of_unknown("exempt-paths", "no answer came", f"GET {path}")
        elif found.status in (*REFUSED, *REDIRECTS):
            yield evidence_of_closed("exempt-paths", "not answered without login", f"GET {path}")
        elif found.body.split() == _ROBOTS:
            yield evidence_of_closed(
                "exempt-paths", "answered by oauth2-proxy itself, and by no service", f"GET {path}"
            )
        elif is_reached(found):
            told = f"answered {found.status} without login, since oauth2-proxy says yes to it"
            yield evidence_of_open("exempt-paths", told, f"GET {path}")


def _services(asking: Asking) -> Iterator[Evidence]:
    issuer = asking.known.issuer if asking.known else "https://issuer.invalid"
    tokens = {"a token that is none": "realmctl.probe.x", "a token with alg=none": unsigned_token(issuer)}
    shapes = [
        Shape(target, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"}, how=f" with {name}")
        for target in asking.targets
        for name, token in tokens.items()
    ]
    beyond = "what services demand themselves only the cluster shows (--kubeconfig, --context or --objects)"
    yield from asking.none_passes("services", shapes, beyond=beyond)


def _headers(asking: Asking) -> Iterator[Evidence]:
    shapes = [
        Shape(target, headers={**HTML, name: value}, how=f" with {name}: {value}")
        for target in asking.targets
        for name, value in _FORGED.items()
    ]
    beyond = "what arrives at one only an echo shows (--token-file and --echo), or the cluster"
    yield from asking.none_passes("identity-headers", shapes, beyond=beyond)
    found = asking.ask(NOBODY, {**HTML, "X_Auth_Request_User": "admin"})
    asked = f"GET {NOBODY} with X_Auth_Request_User"
    if not is_answer(found):
        yield evidence_of_unknown(
            "identity-headers", "whether a header with underscores is rejected isn't known", asked
        )
    elif found.status != 400:
        told = "a header with underscores is not rejected; whether it is dropped can't be seen from here"
        yield evidence_of_unknown("identity-headers", told, asked)
    else:
        yield evidence_of_closed("identity-headers", "a header with underscores is rejected", asked)


def _console(asking: Asking) -> Iterator[Evidence]:
    base = urlsplit(asking.known.issuer).path.partition("/realms/")[0] if asking.known else "/auth"
    inside = (
        f"{base}/admin/",
        f"{base}/admin/master/console/",
        f"{base}/admin/realms",
        f"{base}/admin/serverinfo",
        f"{base}/realms/master",
        f"{base}/realms/master/.well-known/openid-configuration",
        f"{base}/realms/master/protocol/openid-connect/auth?client_id=security-admin-console&response_type=code",
        f"{base}/metrics",
        f"{base}/health",
        "/metrics",
        "/health",
        f"{base}/resources/../admin/",
        f"{base}/resources/..%2fadmin/realms",
        f"{base}/realms/..%2fadmin/realms",
    )
    realm = asking.known.realm if asking.known else "master"
    # Keycloak itself asks for a token there, in JSON; a gateway that keeps it to itself answers as for any other path.
    for kind in ("default", "openid-connect", "install", "saml2-entity-descriptor"):
        path = f"{base}/realms/{realm}/clients-registrations/{kind}"
        found = asking.ask(f"{path}/x", {"Accept": "application/json"})
        if found is not None and '"error"' in found.body:
            yield evidence_of_open(
                "console", f"Keycloak registers clients here: it answers {found.status}", f"GET {path}/x"
            )
        else:
            yield _no_keycloak(asking, found, f"GET {path}/x")
    for path in inside:
        found = asking.ask(path)
        if found is not None and _is_keycloak(found, path):
            yield evidence_of_open("console", f"Keycloak itself answers {found.status}", f"GET {path}")
        else:
            yield _no_keycloak(asking, found, f"GET {path}")


def _no_keycloak(asking: Asking, found: Seen | None, asked: str) -> Evidence:
    """Closed, where Keycloak could have answered."""
    if asking.known and asking.known.keycloak_elsewhere:
        return evidence_of_unknown("console", f"Keycloak is at another host, {asking.known.keycloak_elsewhere}", asked)
    if not is_answer(found):
        return evidence_of_unknown("console", "whether Keycloak is here isn't known: no answer came, or 5xx", asked)
    return evidence_of_closed("console", "not answered by Keycloak", asked)


def _is_keycloak(found: Seen, path: str) -> bool:
    """Whether Keycloak itself answered something that is not for the public."""
    if 200 <= found.status < 300:
        return True
    to = found.header("location")
    if 300 <= found.status < 400:
        return "/console" in to or "/realms/master/" in to or to.rstrip("/").endswith("/admin")
    return found.status in (401, 403, 405) and "/admin" in path and '"error"' in found.body
