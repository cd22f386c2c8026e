"""What a reviewer wants to know of a plan: in words, for somebody who does not know Keycloak.

Must not know about: how it is found out, output formats.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A name out of files or a server, inside a sentence: never to be read as words."""

    text: str


Sentence = tuple[str | Name, ...]
"""Words and names, in turn."""


@dataclass(frozen=True, slots=True)
class Review:
    """`words` is what changes, `tokens` whose and how, `people` who is concerned, `risks` what to look at twice."""

    words: tuple[Sentence, ...] = ()
    tokens: tuple[Sentence, ...] = ()
    people: tuple[Sentence, ...] = ()
    risks: tuple[Sentence, ...] = ()
