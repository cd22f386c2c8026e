"""What a pull request changes outside Keycloak: who reaches what at the gateway, and which guard gets weaker.

Pure: two policies in, sentences and dangers out. Must not know about: git, servers, output formats.
"""

from __future__ import annotations

from dataclasses import replace

from realmctl.analysis.access import declarations, gateway, guards, services, token_tests
from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.value import Policy
from realmctl.model.danger import Danger
from realmctl.model.sentence import Sentence

RULES: dict[str, PolicyRule] = {
    rule.id: rule for part in (services, gateway, guards, token_tests, declarations) for rule in part.RULES
}
"""Every rule by its id."""


def compare(before: Policy, after: Policy) -> tuple[tuple[Sentence, ...], tuple[Danger, ...]]:
    """What changes, in sentences; and what of it is dangerous, the worst first."""
    remarks: list[PolicyRemark] = [
        *services.services(before, after),
        *gateway.gateway(before, after),
        *guards.guards(before, after),
        *declarations.declarations(before, after),
    ]
    dangers = dict.fromkeys(one.danger for one in remarks if one.danger)
    sentences = dict.fromkeys(one.sentence for one in remarks if not one.danger)
    return tuple(sentences), tuple(sorted(dangers, key=lambda one: one.severity.rank))


def nothing_of(after: Policy) -> Policy:
    """The same realm without services, guards, tests and comments: what a realm that is new is compared with."""
    frame = after.config.frame
    empty = type(frame)(realm=frame.realm, owner=frame.owner)
    return Policy(replace(after.config, frame=empty))


__all__ = ["RULES", "Policy", "compare", "nothing_of"]
