"""The language's pages, offline: one for every kind, word, key of the files, and rule, made from what checks the files.

Must not know about: output formats, servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

from realmctl.errors import UsageProblem
from realmctl.model.reference_page import ReferencePage
from realmctl.model.suggestion import did_you_mean
from realmctl.workflow.reference import dangers, language, rules

_NEAR = "`realmctl docs` lists all."


@cache
def topics() -> Mapping[str, Callable[[], ReferencePage]]:
    """Every topic in the order of the list: words, the files' own keys, kinds, rules, dangers."""
    return {
        **{name: partial(language.word, name) for name in language.words()},
        **{name: partial(language.key, name) for name in language.own_keys()},
        **{name: partial(language.kind, name) for name in language.kind_names()},
        **{name: partial(rules.page, name) for name in rules.names()},
        **{name: partial(dangers.page, name) for name in dangers.names()},
    }


def aliases() -> Mapping[str, str]:
    """Other names of topics: the section that declares a kind, where only one kind has it."""
    return {section: name for section, name in language.sections().items() if section not in topics()}


def page(topic: str) -> ReferencePage:
    """The page of a topic, or of one field of it (`client.redirectUris`, `tokens.claims.*.prefix`).

    Raises UsageProblem with the nearest topic where there is none.
    """
    found = topics().get(aliases().get(topic, topic))
    if found:
        return found()
    name, _, field = topic.partition(".")
    whole = topics().get(aliases().get(name, name))
    if whole and field:
        return _field(whole(), field)
    for entry in language.settings():
        if entry == topic:
            return _field(language.kind("realm"), topic)
    known = [*topics(), *aliases(), *language.settings()]
    guess = did_you_mean(topic, known)
    told = f"Did you mean '{guess}'? {_NEAR}" if guess else _NEAR
    raise UsageProblem(f"there is no page about '{topic}'", advice=told)


def _field(whole: ReferencePage, field: str) -> ReferencePage:
    entries = tuple(one for one in whole.entries if one.name == field or one.name.startswith(f"{field}."))
    if not entries:
        guess = did_you_mean(field, [one.name for one in whole.entries])
        told = f"Did you mean '{whole.name}.{guess}'?" if guess else f"`realmctl docs {whole.name}` lists all."
        raise UsageProblem(f"{whole.name} has no field '{field}'", advice=told)
    return replace(whole, entries=entries, example="")
