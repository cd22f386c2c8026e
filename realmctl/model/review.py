"""What a reviewer wants to know of a plan: in words, for somebody who does not know Keycloak.

Must not know about: how it is found out, output formats.
"""

from __future__ import annotations

from dataclasses import dataclass

from realmctl.errors import Finding
from realmctl.model.danger import Danger
from realmctl.model.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Review:
    """A plan as its reviewer reads it. Each part is a list of sentences unless noted."""

    words: tuple[Sentence, ...] = ()
    """What changes."""
    tokens: tuple[Sentence, ...] = ()
    """Which tokens change, and how."""
    people: tuple[Sentence, ...] = ()
    """How many people and groups have the roles that change."""
    dangers: tuple[Danger, ...] = ()
    """What the change puts at risk, the worst first."""
    policy: tuple[Sentence, ...] = ()
    """What changes outside Keycloak, compared with the base branch: gateway rules, guards, teams."""
    new_findings: tuple[Finding, ...] = ()
    """What `validate` reports about these files and did not report about the base branch's."""
    base: str = ""
    """What the files were compared with, as the user named it; "" where with nothing."""
