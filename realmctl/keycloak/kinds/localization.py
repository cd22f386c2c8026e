"""Localization texts of a realm, by locale and key. Must not know about: which keys themes have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import Field

from realmctl.keycloak.catalog.name_rules import RULES
from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Request
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import HIDDEN, Secret


class Localization(Kind):
    """The realm's own texts: compared by locale and key, a null takes one away. A POST adds to a locale (26.7.3)."""

    name, title, owned = "localization", "localization texts", False
    admin_events = NO_EVENTS

    def fields(self) -> Mapping[str, Compare]:
        return {"localization": Compare.TREE}

    def link_fields(self) -> Mapping[str, Any]:
        told = "Texts by locale and key; null takes a text, or all of a locale's, away."
        return {"localization": (dict[str, dict[str, str | None] | None] | None, Field(None, description=told))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        yield Live(Address(self.name), {"localization": export.get("localizationTexts") or {}})

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Keycloak takes keys of texts in any form, and takes them away by their address."""
        for locale, texts in want.fields["localization"].items():
            for key in sorted(texts or ()):
                if key and (wrong := RULES["localization-text"].wrong(key)):
                    yield ("localization", locale, key), wrong

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        if Address(self.name) not in wanted.addresses:
            return {}
        locales = look.get("localization") or ()
        texts = look.side_by_side(partial(look.get, "localization", locale) for locale in locales)
        return {"localizationTexts": dict(zip(locales, texts, strict=True))}

    def compare(self, want: Declared, have: Live) -> list[FieldChange]:
        """One change a text: keys have dots in them, so that a path alone would not tell which it is."""
        return [
            FieldChange(f"localization.{locale}.{key}", HIDDEN if old else None, HIDDEN, Compare.SECRET)
            if isinstance(new, Secret)
            else FieldChange(f"localization.{locale}.{key}", old, new)
            for locale, key, old, new in _moved(want.fields["localization"], have.fields["localization"])
        ]

    def places(self, path: str) -> Iterable[tuple[str, ...]]:
        return (tuple(path.split(".", 2)),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        written: dict[str, dict[str, str | Secret]] = {}
        gone: list[Request] = []
        for locale, key, _, new in _moved(want.fields["localization"], have.fields.get("localization") or {}):
            if want.fields["localization"][locale] is None:
                gone = [one for one in gone if one.path != ("localization", locale)]
                gone.append(Request("DELETE", ("localization", locale), fine=frozenset({404})))
            elif new is None:
                gone.append(Request("DELETE", ("localization", locale, key), fine=frozenset({404})))
            else:
                written.setdefault(locale, {})[key] = new
        return (*(Request("POST", ("localization", locale), texts) for locale, texts in written.items()), *gone)


def _moved(
    want: Mapping[str, Mapping[str, str | Secret | None] | None], have: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, str | None, str | Secret | None]]:
    for locale, texts in want.items():
        living = have.get(locale) or {}
        for key, new in (dict.fromkeys(living) if texts is None else texts).items():
            text = new.reveal() if isinstance(new, Secret) else new
            if living.get(key) != text:
                yield locale, key, living.get(key), new
