"""Dangers of a change of a realm: one rule set, for plans and for drift. A rule fires for what the change brings.

Pure. One file per subject in `rules/`. Must not know about: output formats, servers, files.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from realmctl.analysis.danger.redaction import conceal_names
from realmctl.analysis.danger.transition import Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realmctl.analysis.danger.rule import DangerRule
    from realmctl.model.danger import Danger

__all__ = ["Transition", "dangers", "rule_set"]


@cache
def rule_set() -> Mapping[str, DangerRule]:
    """Return every rule by its id, in the order of the page about them."""
    import realmctl.analysis.danger.rules as folder

    found: dict[str, DangerRule] = {}
    for module in sorted(iter_modules(folder.__path__), key=lambda one: one.name):
        for rule in import_module(f"{folder.__name__}.{module.name}").RULES:
            found[rule.id] = rule
    return found


def dangers(transition: Transition) -> tuple[Danger, ...]:
    """Return what a change puts at risk, the worst first, and for the same severity in the order of the plan."""
    if not transition.changed:
        return ()
    order = {address: index for index, address in enumerate(transition.changed)}

    def rank(one: Danger) -> tuple[int, int]:
        return one.severity.rank, order.get(one.address, len(order)) if one.address else len(order)

    every = (danger for rule in rule_set().values() for danger in rule.dangers(transition))
    found = dict.fromkeys(conceal_names(every, transition.desired))
    return tuple(sorted(found, key=rank))
