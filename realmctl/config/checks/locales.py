"""Locales that the realm does not support, or that are none: their texts are never shown (26.7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding, Place
from realmctl.keycloak.catalog.server import server
from realmctl.model.address import Address
from realmctl.model.suggestion import meant

_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_REALM = Address("realm")
_SUPPORT = "add it to supportedLocales, or write one of these"


def check(subject: Subject) -> Iterator[Finding]:
    """The default locale, localized texts and users' locales against the supported ones; and those against all."""
    realm = subject.desired.resources.get(_REALM)
    supported = (realm.fields.get("supportedLocales") or ()) if realm else ()
    if realm is not None:
        for index, locale in enumerate(supported):
            yield from _unknown(subject, locale, realm.origin.place("supportedLocales", index))
        default = realm.fields.get("defaultLocale")
        if default and supported and default not in supported:
            place = realm.origin.place("defaultLocale")
            yield _unsupported(f"the default locale '{default}'", default, supported, place)
        elif default and not supported:
            yield from _unknown(subject, default, realm.origin.place("defaultLocale"))
    if supported:
        yield from _uses(subject, supported)


def _uses(subject: Subject, supported: tuple[str, ...] | list[str]) -> Iterator[Finding]:
    for declared in subject.of("localization"):
        for locale, texts in declared.fields["localization"].items():
            if locale not in supported and texts:
                place = declared.origin.place("localization", locale)
                yield _unsupported(f"the locale '{locale}' of these texts", locale, supported, place)
    for user in subject.of("user"):
        for locale in (user.fields.get("attributes") or {}).get("locale") or ():
            if locale not in supported:
                place = user.origin.place("attributes", "locale")
                yield _unsupported(f"the locale '{locale}' of user '{user.address.name}'", locale, supported, place)


def _unsupported(what: str, locale: str, supported: tuple[str, ...] | list[str], place: Place) -> Finding:
    message = f"{what} is not among the realm's supportedLocales: {', '.join(supported)}{meant(locale, supported)}"
    return Finding("unsupported-locale", message, place, _SUPPORT)


def _unknown(subject: Subject, locale: str, place: Place) -> Iterator[Finding]:
    known = server().locales
    if not _TAG.fullmatch(locale):
        yield Finding("unknown-locale", f"'{locale}' is no locale", place, "write a language tag such as de or pt-BR")
    elif locale not in known and locale not in subject.custom:
        message = f"no theme of Keycloak's has texts in the locale '{locale}'{meant(locale, known)}"
        advice = f"if a theme of yours has them, list it: customProviders: [{locale}]"
        yield Finding("unknown-locale", message, place, advice, "warning")
