"""What a comment says before its details: dangers first, the worst first, then what changes in words.

Whatever an author adds to a change, this part stays: it is told shorter until it fits, and says what it leaves out.
Must not know about: plans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from realmctl.engine.plan.value_text import clean, shorten
from realmctl.model.danger import Danger, Severity
from realmctl.model.review import Review
from realmctl.model.sentence import Sentence
from realmctl.render.change_lines import many
from realmctl.render.markdown_page import code
from realmctl.render.sentence_groups import NAME, group_sentences, group_text, tally

ROOM = 54_000
"""Characters that dangers and sentences may take of a comment."""

_REST = "`realmctl plan -o text` shows all of them"


@dataclass(frozen=True, slots=True)
class _Level:
    """How much is told: names of a group, groups of a rule or a section, places of a danger."""

    names: int
    groups: int
    places: int


_LEVELS = (
    _Level(10_000, 10_000, 10_000),
    _Level(100, 500, 20),
    _Level(30, 100, 5),
    _Level(10, 30, 2),
    _Level(4, 8, 1),
    _Level(1, 2, 1),
)

_SECTIONS = (
    ("In words", "words"),
    ("Tokens", "tokens"),
    ("Who is concerned", "people"),
    ("Gateway and guards", "policy"),
)


def essentials(reviews: Mapping[str, Review]) -> tuple[list[str], list[str]]:
    """Blocks of Markdown for the reviews of all realms: dangers, and sentences. Together at most about `ROOM`."""
    dangers: list[str] = []
    sentences: list[str] = []
    for level in _LEVELS:
        dangers, sentences = list(_dangers(reviews, level)), list(_sections(reviews, level))
        if sum(len(block) + 1 for block in (*dangers, *sentences)) <= ROOM:
            break
    return dangers, sentences


def _sections(reviews: Mapping[str, Review], level: _Level) -> Iterator[str]:
    for heading, part in _SECTIONS:
        yield from _section(heading, {realm: getattr(review, part, ()) for realm, review in reviews.items()}, level)


def _dangers(reviews: Mapping[str, Review], level: _Level) -> Iterator[str]:
    """Every rule that found something, the worst first; a rule with very many dangers has a limit of its own."""
    found = [(realm, danger) for realm, review in reviews.items() for danger in review.dangers]
    if not found:
        return
    several = len(reviews) > 1
    dangers = [danger for _, danger in found]
    worst = min(danger.severity.rank for danger in dangers) <= Severity.HIGH.rank
    yield f"> [!{'CAUTION' if worst else 'WARNING'}]\n> **Dangers: {tally(dangers)}**\n"
    by_rule: dict[tuple[Severity, str], list[tuple[str, Danger]]] = {}
    for realm, danger in sorted(found, key=lambda one: one[1].severity.rank):
        by_rule.setdefault((danger.severity, danger.rule), []).append((realm, danger))
    lines: list[str] = []
    for (severity, rule), ones in by_rule.items():
        groups = group_sentences(_by_sentence(ones))
        for group in groups[: level.groups]:
            where = _where([one for items in group.items for one in items], level, several=several)
            lines.append(f"- **{severity.value}** {code(rule)}: {group_text(group, _shown, level.names)}{where}")
        left = groups[level.groups :]
        if left:
            count = sum(len(items) for group in left for items in group.items)
            lines.append(f"- **{severity.value}** {code(rule)}: and {many(count, 'danger')} more; {_REST}")
    yield "\n".join([*lines, ""])


_Found = tuple[tuple[str, Danger], ...]


def _by_sentence(ones: Sequence[tuple[str, Danger]]) -> list[tuple[_Found, Sentence]]:
    """The same sentence of several realms or places, once."""
    found: dict[Sentence, list[tuple[str, Danger]]] = {}
    for one in ones:
        found.setdefault(one[1].sentence, []).append(one)
    return [(tuple(same), sentence) for sentence, same in found.items()]


def _where(found: Sequence[tuple[str, Danger]], level: _Level, *, several: bool) -> str:
    places = list(dict.fromkeys(f"{clean(one.place.file)}:{one.place.line}" for _, one in found if one.place))
    realms = list(dict.fromkeys(realm for realm, _ in found)) if several else []
    parts = [("in ", realms)] * bool(realms) + [("", places)] * bool(places)
    shown = [lead + _some(names, level.places) for lead, names in parts]
    return f" ({'; '.join(shown)})" if shown else ""


def _some(names: Sequence[str], most: int) -> str:
    left = len(names) - most
    more = f" and {left:,} more" if left > 0 else ""
    return ", ".join(code(shorten(name, NAME)) for name in names[:most]) + more


def _section(heading: str, found: Mapping[str, Sequence[Sentence]], level: _Level) -> Iterator[str]:
    """A section over all realms: sentences that several realms share are told once."""
    realms: dict[Sentence, list[str]] = {}
    for realm, sentences in found.items():
        for sentence in dict.fromkeys(sentences):
            realms.setdefault(sentence, []).append(realm)
    if not realms:
        return
    groups = group_sentences((tuple(where), sentence) for sentence, where in realms.items())
    lines = []
    for group in groups[: level.groups]:
        names = list(dict.fromkeys(realm for where in group.items for realm in where))
        of = f" (in {_some(names, level.places)})" if len(found) > 1 else ""
        lines.append(f"- {group_text(group, _shown, level.names)}{of}")
    left = sum(len(group.items) for group in groups[level.groups :])
    more = [f"- … and {many(left, 'sentence')} more; {_REST}"] if left else []
    yield "\n".join([f"**{heading}**", "", *lines, *more, ""])


def _shown(name: str) -> str:
    return code(shorten(name, NAME))
