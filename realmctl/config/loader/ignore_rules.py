"""The key `ignore`: rules for what drift leaves out, checked against the kinds and their fields.

Must not know about: what is live, which day it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.config.loader.management_keys import Ignored
from realmctl.config.loader.validation_errors import Places
from realmctl.errors import Finding
from realmctl.keycloak.kinds.registry import children, kinds
from realmctl.model.ignore_rule import IgnoreRule, pattern
from realmctl.model.suggestion import meant


def rules(ignored: Sequence[Ignored], places: Places) -> tuple[IgnoreRule, ...]:
    """The rules, each with its place."""
    return tuple(
        IgnoreRule(
            one.address, tuple(one.fields or ()), one.reason, one.until, places.key_place("ignore", index, "address")
        )
        for index, one in enumerate(ignored)
    )


def wrong_rules(ignored: Sequence[Ignored], places: Places) -> list[Finding]:
    """Rules that could never find anything: of no kind, or of fields that objects of the kind have not."""
    return [finding for index, one in enumerate(ignored) for finding in _wrong(index, one, places)]


def _wrong(index: int, one: Ignored, places: Places) -> Iterator[Finding]:
    known = [name for name, kind in kinds().items() if not kind.is_link]
    wanted, slash, _ = one.address.partition("/")
    # A pattern may leave the kind open: `*/grafana`.
    found = [name for name in known if pattern(wanted).fullmatch(name) or (not slash and pattern(wanted).match(name))]
    if not found:
        told = f"'{wanted}' is no kind of object{meant(wanted, known)}"
        advice = f"write kind/name, such as client/grafana; kinds: {', '.join(known)}"
        yield Finding("unknown-kind", told, places.place("ignore", index, "address"), advice)
        return
    if one.fields is not None and not one.fields:
        told = "no field is named, and so nothing is ignored"
        yield Finding("no-fields", told, places.place("ignore", index, "fields"), "name some, or leave `fields` out")
    names = sorted({field for kind in found for field in fields_of(kind)})
    # Of flows, a field is named by the step that it is of.
    for at, field in enumerate(() if "flow" in found else one.fields or ()):
        top = field.partition(".")[0]
        if not any(pattern(top).fullmatch(name) for name in names):
            told = f"'{top}' is no field of {' or '.join(found[:3])}{meant(top, names)}"
            yield Finding(
                "unknown-field", told, places.place("ignore", index, "fields", at), "name a field as drift does"
            )


def fields_of(name: str) -> set[str]:
    """The fields by which drift speaks of a kind's objects: its own, its name, and those of its links."""
    kind = kinds()[name]
    links = {field for child in children(name) if child.is_link for field in child.link_fields()}
    return {*kind.fields(), kind.key, *links}
