"""Many sentences in few lines: those that differ in one name are told together, so that none hides among its like.

Must not know about: output formats; a caller says how a name is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from realmctl.engine.plan.value_text import clean, inline, shorten
from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Name, Sentence

NAME = 120
"""Characters of one name in a sentence."""
_FEW = 4
"""Sentences alike up to which each has a line of its own."""

Item = TypeVar("Item", bound=Hashable)
Show = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SentenceGroup(Generic[Item]):
    """Items whose sentences are alike: the first one is told in full, of the others only what differs."""

    sentence: Sentence
    items: tuple[Item, ...]
    others: tuple[tuple[str, ...], ...] = ()
    """Of every item but the first: the names that differ."""


def group_sentences(items: Iterable[tuple[Item, Sentence]]) -> list[SentenceGroup[Item]]:
    """The items in groups, single ones first, both in their order.

    Alike are sentences with the same words and the same names but for the first one; where there are very many of the
    same words, those whose other names differ, too.
    """
    known = list(dict.fromkeys(items))
    by_first = _by([(one, (_template(one[1]), _names(one[1])[1:])) for one in known])
    single = [one for ones in by_first if len(ones) < _FEW for one in ones]
    by_words = _by([(one, _template(one[1])) for one in single])
    groups = [ones for ones in by_words if len(ones) >= 2 * _FEW] + [ones for ones in by_first if len(ones) >= _FEW]
    together = {one for ones in groups for one in ones}
    alone = [SentenceGroup(sentence, (item,)) for item, sentence in known if (item, sentence) not in together]
    return [*alone, *(_group(ones) for ones in groups)]


def _by(
    pairs: Sequence[tuple[tuple[Item, Sentence], Hashable]],
) -> list[list[tuple[Item, Sentence]]]:
    found: dict[Hashable, list[tuple[Item, Sentence]]] = {}
    for one, key in pairs:
        found.setdefault(key, []).append(one)
    return list(found.values())


def _group(ones: Sequence[tuple[Item, Sentence]]) -> SentenceGroup[Item]:
    names = [_names(sentence) for _, sentence in ones]
    differing = [at for at in range(len(names[0])) if len({one[at] for one in names}) > 1]
    others = tuple(tuple(one[at] for at in differing) for one in names[1:])
    return SentenceGroup(ones[0][1], tuple(item for item, _ in ones), others)


def _template(sentence: Sentence) -> tuple[str | None, ...]:
    return tuple(None if isinstance(part, Name) else part for part in sentence)


def _names(sentence: Sentence) -> tuple[str, ...]:
    return tuple(part.text for part in sentence if isinstance(part, Name))


def group_text(group: SentenceGroup[Item], show: Show, most: int) -> str:
    """A group as a text: its first sentence, and up to `most` of what differs in the others."""
    text = sentence_text(group.sentence, show)
    if not group.others:
        return text
    named = [" / ".join(show(name) for name in names) or "the same" for names in group.others[:most]]
    left = len(group.others) - len(named)
    more = f" and {left:,} more" if left else ""
    return f"{text} The same holds for {len(group.others):,} more: {', '.join(named)}{more}."


def sentence_text(sentence: Sentence, show: Show) -> str:
    """A sentence as a text."""
    return "".join(show(part.text) if isinstance(part, Name) else part for part in sentence)


def in_quotes(name: str) -> str:
    """A name for a terminal or a program: in quotes that it cannot leave."""
    return shorten(inline(name) if '"' in name or "\\" in name else f'"{clean(name)}"', NAME)


def plain(sentence: Sentence) -> str:
    """A sentence as plain text."""
    return sentence_text(sentence, in_quotes)


def rank_dangers(dangers: Iterable[Danger]) -> list[Danger]:
    """The dangers, the worst first."""
    return sorted(dict.fromkeys(dangers), key=lambda one: one.severity.rank)


def tally(dangers: Iterable[Danger]) -> str:
    """`1 critical, 3 high`; "" where there are none."""
    found = Counter(one.severity for one in dangers)
    return ", ".join(f"{found[severity]:,} {severity.value}" for severity in Severity if found[severity])
