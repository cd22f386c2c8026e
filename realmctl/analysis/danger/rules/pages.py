"""Rules about what people read where they type passwords: texts with links, and where people are sent.

Must not know about: themes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.sites import LOOPBACK, host_of, known_sites, site
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_LINK = re.compile(r"(?:https?:)?//[^\s\"'<>)]+", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<\s*(script|iframe|object|embed|form|input|base|meta|svg)\b|\bon\w+\s*=|javascript:", re.IGNORECASE
)
_REALM = Address("realm")


def _texts(t: Transition) -> Iterator[Found]:
    known = known_sites(t.before)
    for address, path, old, new in _changed(t):
        hosts = sorted({host_of(_whole(one)) for one in _LINK.findall(new)} - {host_of(_whole(one)) for one in
                       _LINK.findall(old)} - {"", *LOOPBACK})  # fmt: skip
        foreign = [one for one in hosts if site(one) not in known]
        if foreign:
            told = say(
                "People who log in read a link to {hosts}: the text {name}.", hosts=list_names(foreign), name=path[-1]
            )
            yield Found(H if known and not t.is_birth else M, told, address, path)
        if _ACTIVE.search(new) and not _ACTIVE.search(old):
            told = say("A text that people read where they log in holds a program or a form: {name}.", name=path[-1])
            yield Found(H, told, address, path)


def _whole(link: str) -> str:
    return f"https:{link}" if link.startswith("//") else link


def _changed(t: Transition) -> Iterator[tuple[Address, tuple[str, ...], str, str]]:
    localization = Address("localization")
    if localization in t.touched:
        old, new = (view.get(localization, "localization") or {} for view in (t.before, t.after))
        for locale, texts in new.items():
            for key, text_ in (texts or {}).items() if isinstance(texts, Mapping) else ():
                was = plain((old.get(locale) or {}).get(key))
                if plain(text_) != was:
                    yield localization, ("localization", locale, key), was, plain(text_)
    places = [(_REALM, field) for field in ("displayName", "displayNameHtml")]
    places += [(one, field) for one in t.of("client") for field in ("name", "description")]
    places += [(one, "displayName") for one in t.of("identity-provider")]
    for address, field in places:
        if address in t.touched:
            was, now = (plain(one) for one in t.pair(address, field))
            if now != was:
                yield address, (field,), was, now


def _sent(t: Transition) -> Iterator[Found]:
    known = known_sites(t.before)
    for organization in t.of("organization"):
        old, new = (plain(one) for one in t.pair(organization, "redirectUrl"))
        host = host_of(new)
        if host and host != host_of(old) and site(host) not in known:
            told = say("People who join the organization {name} are sent to {host}.", name=organization.name, host=host)
            yield Found(H, told, organization, ("redirectUrl",))


RULES = (
    DangerRule(
        "login-text-link",
        H,
        "A text on the login page leads to another site",
        "People believe what they read where they log in. A link there leads them to a page that looks the same.",
        "Leave links to other sites out of texts and names.",
        _texts,
        ("localization.localization", "realm.displayName", "realm.displayNameHtml", "client.name",
         "client.description", "identity-provider.displayName"),
    ),
    DangerRule(
        "people-sent-elsewhere",
        H,
        "People are sent to another site",
        "People arrive there from a page of the realm, and believe what it asks.",
        "Check who runs the host.",
        _sent,
        ("organization.redirectUrl",),
    ),
)  # fmt: skip
