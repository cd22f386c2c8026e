"""What the files no longer say of an object: its protection, that it must not exist, or a field at all.

A field that is no longer declared keeps its value on the server, so no plan shows it; from then on nothing notices
when somebody changes it. Must not know about: what is live, output formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.value import Policy, quote_names
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.objects import Declared
from realmctl.model.sentence import Name, Sentence

PROTECTED = PolicyRule("guard-protection-dropped", Severity.HIGH, "An object is no longer protected from deletion.")
ABSENT = PolicyRule("guard-absence-dropped", Severity.MEDIUM, "An object that had to be absent may exist again.")
UNDECLARED = PolicyRule(
    "guard-field-released", Severity.MEDIUM, "A field is no longer declared: nothing notices a change of it by hand."
)
RULES = (PROTECTED, ABSENT, UNDECLARED)

_RELEASED = ": they keep their value, and nothing notices a change by hand."
_COSMETIC = frozenset(
    {
        "description", "name", "displayName", "displayNameHtml", "icon", "baseUrl", "consentText", "guiOrder",
        "loginTheme", "accountTheme", "adminTheme", "emailTheme", "consent.screen.text", "gui.order", "title",
    }
)  # fmt: skip
"""Fields that are there for people to read."""


def declarations(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """A remark for every object of which less is declared than before."""
    old, new = before.config.desired, after.config.desired
    names = {want.renamed_from: address for address, want in new.resources.items() if want.renamed_from}
    gone: list[Address] = []
    for address, was in old.resources.items():
        now = new.resources.get(address) or new.resources.get(names.get(address, address))
        if now is not None:
            yield from _object(was, now)
        elif address in new.absent:
            yield from _protection(was, new.absent[address], " and is declared absent")
        elif not kinds()[address.kind].is_link:
            gone.append(address)
        elif (owner := _owner(address)) in new.resources and any(was.fields.values()):
            place = new.resources[owner].origin.place()
            told: Sentence = ("The files no longer say ", *quote_names(list(was.fields)), *_of(owner), _RELEASED)
            yield PolicyRemark(told, UNDECLARED.id, UNDECLARED.severity, place, owner)
    yield from _gone(gone, old.resources, after)
    for address in old.absent:
        if address not in new.absent:
            told = (
                "The ",
                kinds()[address.kind].title,
                " ",
                Name(_named(address)),
                " had to be absent, and may exist now.",
            )
            yield PolicyRemark(told, ABSENT.id, ABSENT.severity, after.place("realm"), address)


def _object(was: Declared, now: Declared) -> Iterator[PolicyRemark]:
    yield from _protection(was, now, "")
    fields = [path for path, _ in _flat(was.fields) if not _said(now.fields, path)]
    plain = [".".join(path) for path in fields if _cosmetic(path)]
    other = [".".join(path) for path in fields if not _cosmetic(path)]
    place = now.origin.place("realm") if now.address.kind == "realm" else now.origin.place()
    of = _of(now.address)
    if other:
        told: Sentence = ("The files no longer say ", *quote_names(other), *of, _RELEASED)
        yield PolicyRemark(told, UNDECLARED.id, UNDECLARED.severity, place, now.address)
    if plain:
        yield PolicyRemark(("The files no longer say ", *quote_names(plain), *of, "."), place=place)


def _of(address: Address) -> Sentence:
    if address.kind == "realm":
        return (" of the realm's settings",)
    return (" of the ", kinds()[address.kind].title, " ", Name(_named(address)))


def _protection(was: Declared, now: Declared, more: str) -> Iterator[PolicyRemark]:
    if was.protected and not now.protected:
        told: Sentence = ("The ", kinds()[now.address.kind].title, " ", Name(_named(now.address)))
        sentence = (*told, f" is no longer protected from deletion{more}.")
        yield PolicyRemark(sentence, PROTECTED.id, PROTECTED.severity, now.origin.place("protected"), now.address)
    elif now.protected and not was.protected:
        told = ("The ", kinds()[now.address.kind].title, " ", Name(_named(now.address)), " is protected from deletion.")
        yield PolicyRemark(told, place=now.origin.place("protected"))


def _gone(gone: list[Address], old: Mapping[Address, Declared], after: Policy) -> Iterator[PolicyRemark]:
    """What the files no longer declare; the plan says what is deleted, here is what was protected."""
    place = after.place("realm")
    for address in gone:
        if old[address].protected:
            told: Sentence = ("The ", kinds()[address.kind].title, " ", Name(_named(address)))
            sentence = (*told, " was protected from deletion and is no longer declared.")
            yield PolicyRemark(sentence, PROTECTED.id, PROTECTED.severity, place, address)
    by_kind: dict[str, list[str]] = {}
    for address in gone:
        by_kind.setdefault(address.kind, []).append(_named(address))
    for kind, names in by_kind.items():
        yield PolicyRemark(
            (f"No longer declared ({kinds()[kind].title}): ", *quote_names(sorted(names)), "."), place=place
        )


def _flat(fields: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, (*path, str(key)))
        elif value is not None:
            yield (*path, str(key)), value


def _said(fields: Any, path: tuple[str, ...]) -> bool:
    """Whether something is said at a path: a value, or that there is none."""
    for step in path:
        if not isinstance(fields, Mapping):
            return True
        if step not in fields:
            return False
        fields = fields[step]
    return True


def _cosmetic(path: tuple[str, ...]) -> bool:
    return path[-1] in _COSMETIC or path[0] in _COSMETIC


def _owner(address: Address) -> Address:
    return Address(kinds()[address.kind].owner or "realm", address.names)


def _named(address: Address) -> str:
    return " / ".join(address.names)
