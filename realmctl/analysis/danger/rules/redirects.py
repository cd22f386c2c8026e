"""Rules about where a login or a logout may end, and whose pages may call Keycloak for a client.

Must not know about: endpoints that Keycloak calls by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.sites import (
    LOOPBACK,
    addresses,
    host_of,
    in_clear,
    known_sites,
    resolve_uri,
    site,
    sites_of,
)
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, items, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_LOGOUT = "post.logout.redirect.uris"
_BEGINNING = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*\*$", re.IGNORECASE)
"""A host that only begins so: `https://apps.example.com*` fits apps.example.com.evil.example, too."""
_ANYWHERE = frozenset({"*", "http*", "https*", "http://*", "https://*", "http:*", "https:*"})
_SCRIPTS = ("javascript:", "data:", "vbscript:")


@dataclass(frozen=True)
class _Client:
    """What is known of a client before the change, to judge where its logins may end afterwards."""

    is_new: bool
    is_public: bool
    is_birth: bool
    uris: frozenset[str]
    sites: frozenset[str]
    """Sites of this client before."""
    known: frozenset[str]
    """Sites of the realm before."""

    def judge(self, uri: str) -> tuple[Severity, Sentence] | None:
        """Return how bad one more URI is, and why; None for a harmless one."""
        host, lower = host_of(uri), uri.lower().strip()
        if lower in _ANYWHERE or lower.startswith(_SCRIPTS):
            return C, ("any address",)
        if _BEGINNING.match(lower) and host not in LOOPBACK:
            return C, ("every host whose name begins like that",)
        if not host:
            return self._without_host(lower)
        if host in LOOPBACK:
            usual = self.is_new or self.is_public or any(host_of(one) in LOOPBACK for one in self.uris)
            return (L if usual else H), ("a program on the person's own machine",)
        found = [one for one in (self._host(host), self._wildcard(uri, host)) if one]
        if in_clear(uri):
            found.append((H, ("a page without TLS, where everybody on the way reads the login's code",)))
        return min(found, key=lambda one: one[0].rank) if found else None

    def _without_host(self, lower: str) -> tuple[Severity, Sentence] | None:
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", lower)
        if scheme and scheme[1] not in ("http", "https"):
            severity = M if self.is_new or self.is_public else H
            return severity, ("every program that registers this scheme on the person's machine",)
        bare = not self.is_new and lower.endswith("*") and not any(one.endswith("*") for one in self.uris)
        return (M, ("every page below that path",)) if bare else None

    def _host(self, host: str) -> tuple[Severity, Sentence] | None:
        if "*" in host:
            return H, ("a host with a wildcard in its name",)
        where = site(host)
        if any(host_of(one) == host for one in self.uris) or (self.is_new and where in self.known):
            return None
        if where in self.sites or where in self.known:
            return L, ("another host of a known site",)
        if not host.isascii():
            lookalike: Sentence = ("a host with letters that look like others (", Name(_ascii(host)), ")")
            return (H if self.is_new else C), lookalike
        if self.is_birth or not self.known:
            return (M if self.is_birth or self.is_new else H), ("a site that nothing in the realm was at before",)
        return (H if self.is_new else C), ("a site that nothing in the realm was at before",)

    def _wildcard(self, uri: str, host: str) -> tuple[Severity, Sentence] | None:
        if not uri.endswith("*"):
            return None
        there = any(host_of(one) == host and one.endswith("*") for one in self.uris)
        if there:
            return None
        return (M if self.is_new else H), ("every page of that host, open redirects included",)


def _ascii(host: str) -> str:
    """Return a host as it is looked up: `xn--…` for letters that are not ASCII."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()


def _covered(uri: str, before: frozenset[str]) -> bool:
    """Whether a URI was allowed already, itself or by a wildcard."""
    return uri in before or any(
        one.endswith("*") and uri.startswith(one[:-1]) and not _BEGINNING.match(one) for one in before
    )


def _known(t: Transition, client: Address, uris: frozenset[str]) -> _Client:
    is_new = t.is_new(client)
    return _Client(
        is_new,
        is_true(t.after.get(client, "publicClient")),
        t.is_birth,
        uris,
        sites_of(map(host_of, addresses(t.before, client))) if not is_new else frozenset(),
        known_sites(t.before),
    )


_OWN = frozenset({"account", "account-console", "security-admin-console", "admin-cli"})
"""Keycloak's own clients, whose pages are at Keycloak itself."""


def _redirects(t: Transition) -> Iterator[Found]:
    frontend = host_of(plain(t.before.realm("attributes", "frontendUrl")))
    for client in t.of("client"):
        before, after = (
            frozenset(
                resolve_uri(uri, plain(view.get(client, "rootUrl"))) for uri in items(view.get(client, "redirectUris"))
            )
            for view in (t.before, t.after)
        )
        saml = frozenset(plain(t.before.get(client, "attributes", key)) for key in _ASSERTIONS if client in t.before)
        known = _known(t, client, before | saml - {""})
        come: list[tuple[str, tuple[str, ...]]] = [
            (uri, ("redirectUris",)) for uri in sorted(after) if not _covered(uri, before)
        ]
        for key in _ASSERTIONS:
            old, new = (plain(one) for one in t.pair(client, "attributes", key))
            if new and new != old:
                come.append((new, ("attributes", key)))
        for uri, path in come:
            judged = known.judge(uri)
            if client.name in _OWN and host_of(uri) and host_of(uri) not in LOOPBACK and host_of(uri) != frontend:
                judged = C, ("a page that is not Keycloak's own, and it can get the tokens of administrators",)
                if client.name.startswith("account"):
                    judged = H, ("a page that is not Keycloak's own, and it can get tokens for people's accounts",)
            if judged:
                severity, why = judged
                told = say("Logins to client {client} may end at {uri}: ", client=client.name, uri=uri)
                yield Found(severity, (*told, *why, "."), client, path)


_ASSERTIONS = ("saml_assertion_consumer_url_post", "saml_assertion_consumer_url_redirect", "saml_artifact_binding_url")
"""Where a SAML client gets the assertions."""


def _logouts(t: Transition) -> Iterator[Found]:
    for client in t.of("client"):
        before, after = (
            frozenset(items(view.get(client, "attributes", _LOGOUT))) - {"+", "-"} for view in (t.before, t.after)
        )
        known = _known(t, client, before)
        for uri in sorted(one for one in after if not _covered(one, before)):
            anywhere = uri in _ANYWHERE or bool(_BEGINNING.match(uri))
            foreign = host_of(uri) not in ("", *LOOPBACK) and site(host_of(uri)) not in known.sites | known.known
            if anywhere or (foreign and "*" not in host_of(uri)):
                severity = M if not anywhere and (t.is_birth or not known.known or known.is_new) else H
                told = say(
                    "A logout from client {client} may end at {uri}, and then shows whatever is there.",
                    client=client.name,
                    uri=uri,
                )
                yield Found(severity, told, client, ("attributes", _LOGOUT))


def _origins(t: Transition) -> Iterator[Found]:
    for client in t.of("client"):
        before, after = (frozenset(items(view.get(client, "webOrigins"))) for view in (t.before, t.after))
        known = _known(t, client, before)
        for origin in sorted(after - before):
            if origin.lower() in _ANYWHERE:
                told = say("The pages of every site may call Keycloak as client {client}.", client=client.name)
                yield Found(H, told, client, ("webOrigins",))
                continue
            host = host_of(origin)
            if not host or host in LOOPBACK or site(host) in known.sites | known.known:
                continue
            severity = M if t.is_birth or not known.known else H
            told = say(
                "The pages of {origin}, a site that nothing in the realm was at before, may call Keycloak as client "
                "{client} and read its tokens.",
                client=client.name,
                origin=origin,
            )
            yield Found(severity, told, client, ("webOrigins",))


RULES = (
    DangerRule(
        "redirect-opened",
        C,
        "A login may end somewhere else",
        "Anyone who is at the address where a login ends gets the code or the token. Critical: any address, a host "
        "that only begins like the known one, or a site that nothing in the realm was at before. High: a wildcard "
        "where there was an exact address, plain http, a program on the person's machine, and a new client at an "
        "unknown site. Other hosts of a known site are low.",
        "List exact https addresses, and check who runs each host.",
        _redirects,
        ("client.redirectUris", "client.rootUrl", *(f"client.attributes.{key}" for key in _ASSERTIONS)),
    ),
    DangerRule(
        "logout-opened",
        H,
        "A logout may end somewhere else",
        "A logout that may end anywhere is an open redirect on the name of the identity provider: a page that looks "
        "like the login can follow.",
        "List exact addresses.",
        _logouts,
        (f"client.attributes.{_LOGOUT}",),
    ),
    DangerRule(
        "origin-opened",
        H,
        "Other sites' pages may call Keycloak",
        "Pages at these origins may read what Keycloak answers, tokens included, in the browser of a person who is "
        "logged in.",
        "List the origins of the application, or `+` for those of its redirect URIs.",
        _origins,
        ("client.webOrigins",),
    ),
)
