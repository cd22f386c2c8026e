"""What a rule of danger is, and how a rule says what it found.

Must not know about: any single rule, output formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from realmctl.analysis.danger.transition import Transition
from realmctl.model.address import Address
from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Name, Sentence

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: how bad it is, in a sentence, by the change of which object, in which field of it."""

    severity: Severity
    sentence: Sentence
    address: Address | None = None
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class DangerRule:
    """One danger of a change. `severity` is the worst that it reports; `why` and `instead` are what its page says.

    `fields` are the fields that it looks at, as `kind.field` or `kind.field.key`, with a trailing `*` for all keys.
    """

    id: str
    severity: Severity
    title: str
    why: str
    instead: str
    find: Callable[[Transition], Iterable[Found]]
    fields: tuple[str, ...] = ()

    def dangers(self, transition: Transition) -> Iterator[Danger]:
        """Return what the rule finds in a change."""
        for one in self.find(transition):
            place = transition.place(one.address, one.path) if one.address else None
            yield Danger(self.id, one.severity, one.sentence, one.address, place)


def say(template: str, /, **names: str | Sentence) -> Sentence:
    """Return a sentence from a text in which `{name}` stands for a name or for a part of a sentence."""
    parts: list[str | Name] = []
    for index, part in enumerate(_HOLE.split(template)):
        if index % 2 == 0:
            parts.append(part)
        else:
            value = names[part]
            parts += [Name(value)] if isinstance(value, str) else value
    return tuple(part for part in parts if part != "")


def list_names(names: Iterable[str], most: int = 6) -> Sentence:
    """Return `a`, `b` and 3 more."""
    every = list(dict.fromkeys(names))
    parts: list[str | Name] = []
    for index, name in enumerate(every[:most]):
        parts += [", ", Name(name)] if index else [Name(name)]
    if len(every) > most:
        parts.append(f" and {len(every) - most} more")
    return tuple(parts)


def name_text(address: Address) -> str:
    """Return an object's name as people write it: `orders-api / refund`, `/team/leads`."""
    if address.kind in ("group", "group-roles"):
        return "/" + "/".join(address.names)
    return address.name if address.kind in ("component", "sub-component") else " / ".join(address.names)
