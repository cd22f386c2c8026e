"""A plan for its reviewer: what changes in words, which tokens, who is concerned, what it puts at risk.

Pure, but for `people`, which asks the server. Must not know about: output formats.
"""

from __future__ import annotations

from collections.abc import Iterable

from realmctl.analysis.danger import Transition, dangers
from realmctl.analysis.review.sentences import words
from realmctl.analysis.review.tokens import tokens
from realmctl.engine.plan.comparison import Comparison
from realmctl.model.change import Plan
from realmctl.model.review import Review
from realmctl.model.sentence import Sentence


def review(plan: Plan, comparison: Comparison, people: Iterable[Sentence] = ()) -> Review:
    """The review of a plan; `people` is what the server tells of who is concerned."""
    transition = Transition.of_plan(plan, comparison)
    return Review(tuple(words(plan, transition)), tuple(tokens(plan, transition)), tuple(people), dangers(transition))
