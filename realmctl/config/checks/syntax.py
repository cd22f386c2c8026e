"""Texts that Keycloak refuses, or takes and can't use: URLs, regular expressions, certificates, addresses (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.texts import regex, wrong_text
from realmctl.errors import Finding
from realmctl.keycloak.catalog import key_types, syntaxes
from realmctl.keycloak.catalog.key_types import setting
from realmctl.keycloak.kinds.maps import Map
from realmctl.keycloak.kinds.registry import maps
from realmctl.model.address import Address
from realmctl.model.joined_list import Joined
from realmctl.model.objects import Declared

FIELDS: Mapping[str, Mapping[str, str]] = {
    "client": {"rootUrl": syntaxes.ADDRESS, "baseUrl": syntaxes.ADDRESS, "adminUrl": syntaxes.ADDRESS},
    "organization": {"redirectUrl": syntaxes.ADDRESS},
    "user": {"email": syntaxes.EMAIL},
    "authorization-scope": {"iconUri": syntaxes.LINK},
    "authorization-resource": {"icon_uri": syntaxes.LINK},
}
"""Fields of objects, outside of their maps."""
_LATE = frozenset({syntaxes.CERTIFICATE, syntaxes.PUBLIC_KEY})
_REGEX_SWITCHES = {"claims": "are.claim.values.regex", "attributes": "are.attribute.values.regex"}
"""Keys of mappers whose values are regular expressions where another key says so."""
_SUBJECT, _SUBJECT_SWITCH = "x509.subjectdn", "x509.allow.regex.pattern.comparison"


def check(subject: Subject) -> Iterator[Finding]:
    """Every field and every key of a map whose syntax is known."""
    for declared in subject.desired.resources.values():
        for name, syntax in FIELDS.get(declared.address.kind, {}).items():
            wrong = _one(declared, (name,), syntax, declared.fields.get(name))
            unchecked = syntax == syntaxes.EMAIL and not _checks_addresses(subject)
            yield from (replace(one, severity="warning") for one in wrong) if unchecked else wrong
        for found in maps(declared.address, declared.fields, subject.said):
            for key, value in found.values.items():
                known = setting(found.place, found.provider, key)
                if known is not None and known.syntax:
                    yield from _one(declared, (*found.path, key), known.syntax, value)
            yield from _switched(declared, found)


def _checks_addresses(subject: Subject) -> bool:
    """Whether the user profile refuses texts that are no e-mail address, as that of a new realm does."""
    profile = subject.desired.resources.get(Address("user-profile"))
    email = ((profile.fields.get("attributes") or {}).get("email") if profile else None) or {}
    return "validations" not in email or "email" in (email["validations"] or {})


def _one(declared: Declared, path: tuple[str | int, ...], syntax: str, value: Any) -> Iterator[Finding]:
    for index, text in _texts(value):
        wrong = wrong_text(syntax, text)
        if wrong:
            at = () if index is None else (index,)
            found = finding(declared, (*path, *at), str(path[-1]), wrong)
            # Keycloak takes any text; what another file holds may be a placeholder while the files are checked.
            yield replace(found, severity="warning") if syntax in _LATE else found


def _texts(value: Any) -> Iterator[tuple[int | None, str]]:
    if isinstance(value, Joined):
        yield from enumerate(value.items) if len(value.items) > 1 else [(None, str(value))]
    elif isinstance(value, str):
        yield None, value
    elif isinstance(value, list):
        several = len(value) > 1
        yield from ((index if several else None, one) for index, one in enumerate(value) if isinstance(one, str))


def _switched(declared: Declared, found: Map) -> Iterator[Finding]:
    """Values that are regular expressions where another key makes them so."""
    if found.place == key_types.IDENTITY_PROVIDER_MAPPER:
        for key, switch in _REGEX_SWITCHES.items():
            if found.values.get(switch) == "true" and isinstance(found.values.get(key), str):
                yield from _pairs(declared, (*found.path, key), found.values[key])
    if found.place == key_types.CLIENT_ATTRIBUTES and found.values.get(_SUBJECT_SWITCH) == "true":
        wrong = regex(str(found.values.get(_SUBJECT) or ""))
        if wrong:
            yield finding(declared, (*found.path, _SUBJECT), _SUBJECT, wrong)


def _pairs(declared: Declared, path: tuple[str | int, ...], text: str) -> Iterator[Finding]:
    import json

    try:
        pairs = json.loads(text)
    except ValueError:
        return
    for pair in pairs if isinstance(pairs, list) else ():
        wrong = regex(str(pair.get("value", ""))) if isinstance(pair, dict) else None
        if wrong:
            yield finding(declared, path, f"{path[-1]}.{pair.get('key')}", wrong)


def finding(declared: Declared, path: tuple[str | int, ...], name: str, wrong: tuple[str, str]) -> Finding:
    """The finding for a text of the wrong syntax."""
    address = declared.address
    whose = f"{address.kind} '{' / '.join(address.names)}'" if address.names else f"the {address.kind}"
    return Finding("bad-text", f"'{name}' of {whose} {wrong[0]}", declared.origin.place(*path), wrong[1])
