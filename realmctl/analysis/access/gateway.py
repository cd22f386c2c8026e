"""What changes in the gateway's values beside its services: field by field, so that nothing reaches a chart unseen.

A field that has no rule of its own falls under the general one. Must not know about: output formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from realmctl.analysis.access.elements import NOTHING, Path, differences
from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.value import Policy, quote_names
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence
from realmctl.model.service import patterns

OPEN = PolicyRule(
    "gateway-login-skipped", Severity.CRITICAL, "Paths at the gateway, a service's among them, need no login."
)
PREFIX = PolicyRule("gateway-path-without-login", Severity.HIGH, "Other paths at the gateway need no login.")
GONE = PolicyRule("gateway-removed", Severity.HIGH, "The realm no longer configures the gateway.")
UNKNOWN = PolicyRule("gateway-unknown", Severity.HIGH, "The gateway's values can't be made from the files.")
ISSUER = PolicyRule(
    "gateway-issuer-changed", Severity.CRITICAL, "The gateway and its services take another issuer's tokens."
)
ENDPOINT = PolicyRule(
    "gateway-endpoint-moved", Severity.CRITICAL, "The gateway sends secrets or tokens to another host."
)
CLIENT = PolicyRule("gateway-client-changed", Severity.HIGH, "The gateway logs in as another client.")
PKCE = PolicyRule("gateway-pkce-weaker", Severity.HIGH, "The gateway's logins are no longer bound by PKCE (S256).")
COOKIE = PolicyRule(
    "gateway-cookie-weaker", Severity.HIGH, "The session cookie reaches more hosts, or travels unencrypted."
)
SECRET = PolicyRule("gateway-secret-moved", Severity.HIGH, "The gateway takes its secrets from another place.")
GROUPS = PolicyRule("gateway-groups-claim-changed", Severity.MEDIUM, "The gateway reads groups from another claim.")
REDIRECT = PolicyRule(
    "gateway-redirect-added", Severity.HIGH, "A login or logout at the gateway may end at another address."
)
SETTING = PolicyRule("gateway-setting-changed", Severity.MEDIUM, "Another value reaches the gateway's charts.")
RULES = (OPEN, PREFIX, GONE, UNKNOWN, ISSUER, ENDPOINT, CLIENT, PKCE, COOKIE, SECRET, GROUPS, REDIRECT, SETTING)

SERVICE = frozenset({"hosts", "prefixes", "paths", "audience", "workload", "backend", "rules"})
"""What of a service is compared by its meaning, in `services`."""

_SAID_ELSEWHERE = frozenset({"lifetimes", "audiences"})
"""Settings of the realm, or of its services: the review of the realm judges them."""


def gateway(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """A remark for every value of the gateway that differs."""
    old, new = before.gateway, after.gateway
    place = after.place("oauth2Proxy")
    if before.word and not after.word:
        yield PolicyRemark(
            ("The realm no longer has a gateway: ", Name("oauth2Proxy"), " is gone."), GONE.id, GONE.severity
        )
        return
    if after.word and not before.word:
        yield PolicyRemark(("The realm has a gateway now, at ", *quote_names(list(after.hosts)), "."), place=place)
        return
    if not after.word:
        return
    if old is None or new is None:
        side = "these files" if new is None else "the base's files"
        told: Sentence = (f"The gateway's values could not be made from {side}, so they were not compared.",)
        yield PolicyRemark(told, UNKNOWN.id, UNKNOWN.severity, place)
        return
    yield from _without_login(old["paths"]["withoutLogin"], new["paths"]["withoutLogin"], before, after)
    yield from _fields(old, new, before, after)


def _without_login(old: list[str], new: list[str], before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    opened = [one for one in new if not any(_covers(other, one) for other in old)]
    closed = [one for one in old if not any(_covers(other, one) for other in new)]
    place = after.place("oauth2Proxy", "callbackPath")
    if opened:
        services = [one for side in (before, after) for one in side.config.frame.services.values()]
        paths = [pattern for one in services for path in one.paths for pattern in patterns(path)]
        hit = any(_covers(one, path) or _covers(path, one) for one in opened for path in paths)
        rule = OPEN if hit else PREFIX
        told: Sentence = ("Requests to ", *quote_names(opened), " need no login at the gateway from now on.")
        yield PolicyRemark(told, rule.id, rule.severity, place)
    if closed:
        yield PolicyRemark(
            ("Requests to ", *quote_names(closed), " need a login at the gateway from now on."), place=place
        )


def _covers(outer: str, inner: str) -> bool:
    return inner == outer or (outer.endswith("/*") and inner.startswith(outer[:-1]))


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    moved: dict[tuple[str, str], list[str]] = {}
    other_hosts = set(before.hosts) ^ set(after.hosts)
    for path, was, now in differences(_keyed(old), _keyed(new)):
        top = path[0]
        if top in _SAID_ELSEWHERE or path[:2] == ("paths", "withoutLogin") or _of_services(path):
            continue
        if top == "endpoints":
            moved.setdefault((_host(was), _host(now)), []).append(".".join(path[1:]))
        elif not _follows_hosts(path, was, now, other_hosts):
            yield _field(path, was, now, after)
    for (source, target), names in moved.items():
        place = after.place("oauth2Proxy")
        if source == target:
            yield PolicyRemark(
                ("The gateway asks other paths of ", Name(target), ": ", *quote_names(names), "."), place=place
            )
            continue
        told: Sentence = (
            "The gateway's endpoints ",
            *quote_names(names),
            " move from ",
            Name(source),
            " to ",
            Name(target),
        )
        yield PolicyRemark((*told, "."), ENDPOINT.id, ENDPOINT.severity, place)


def _keyed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the hosts by their names."""
    return {**values, "hosts": {host["name"]: host for host in values["hosts"]}}


def _of_services(path: Path) -> bool:
    return path[0] == "services" and (len(path) < 3 or path[2] in SERVICE)


def _host(value: Any) -> str:
    return urlsplit(str(value)).netloc


def _follows_hosts(path: Path, was: Any, now: Any, hosts: set[str]) -> bool:
    """Whether a host that comes or goes says it all: that is a remark of its own."""
    if path[0] == "hosts" and len(path) == 2:
        return True
    if path[:2] == ("client", "redirectUrl"):
        return bool(hosts) or now is None
    return path[0] == "client" and any(_host(one) in hosts for one in (was, now) if one is not NOTHING)


def _field(path: Path, was: Any, now: Any, after: Policy) -> PolicyRemark:
    name = ".".join(path)
    place = after.place("oauth2Proxy", _KEYS.get(name, ""))
    told: Sentence = ("The gateway's ", Name(name), *change_text(was, now), ".")
    rule = _rule(path, now, after.hosts)
    return PolicyRemark(told, rule.id if rule else "", rule.severity if rule else Severity.LOW, place)


def _rule(path: Path, now: Any, hosts: Sequence[str]) -> PolicyRule | None:
    name = ".".join(path)
    if name == "client.pkce":
        return None if now == "S256" else PKCE
    if name == "cookie.domain":
        return None if now is None else COOKIE
    if name == "cookie.secure":
        return None if now else COOKIE
    if name in _FOLLOW:
        return None
    if path[0] in ("client", "hosts") and path[-1] in _ADDRESSES:
        return None if now in (NOTHING, None) or _host(now) in hosts else REDIRECT
    return next((rule for start, rule in _BY_NAME.items() if name.startswith(start)), SETTING)


_FOLLOW = frozenset({"cookie.refresh", "cookie.expire", "paths.proxyPrefix"})
"""What follows from the realm's lifetimes, and from the callback, of which other remarks speak."""
_ADDRESSES = frozenset(
    {"redirectUris", "postLogoutRedirectUris", "redirectUrl", "redirectUri", "afterLogout", "logout", "origin"}
)
_BY_NAME = {"issuer": ISSUER, "client.id": CLIENT, "secrets.": SECRET, "groupsClaim": GROUPS}
_KEYS = {
    "issuer": "publicUrl",
    "client.id": "clientId",
    "cookie.name": "cookieName",
    "cookie.domain": "cookieDomain",
    "cookie.secure": "insecureHttp",
    "groupsClaim": "groupsClaim",
    "paths.proxyPrefix": "callbackPath",
    "secrets.client.name": "secretName",
    "secrets.cookie.name": "secretName",
}
"""Where the files say a value: the key of the block `oauth2Proxy`."""


def change_text(was: Any, now: Any) -> Sentence:
    """` changes from `a` to `b``; ` gets `b``; ` loses `a``."""
    if was is NOTHING:
        return (" gets ", Name(value_text(now)))
    if now is NOTHING:
        return (" loses ", Name(value_text(was)))
    return (" changes from ", Name(value_text(was)), " to ", Name(value_text(now)))


def value_text(value: Any) -> str:
    """A value in a sentence."""
    from realmctl.engine.plan.value_text import inline

    return value if isinstance(value, str) and value else inline(value)
