"""Hides what is secret from the sentences of dangers, wherever a rule took it from.

Rules compare secrets by value and never mean to say one. This is what holds it: a name that contains a secret of the
files, or that is a part of one, is replaced. A secret or a name that the files say themselves hides nothing: an author
could make any danger vanish. Must not know about: rules, output formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from realmctl.model.danger import Danger
from realmctl.model.objects import Desired
from realmctl.model.redaction import is_published
from realmctl.model.secret import HIDDEN
from realmctl.model.secret_values import secrets_in
from realmctl.model.sentence import Name

_SHORTEST, _PART = 4, 8
"""Characters: shorter secrets are parts of many words, and shorter names are parts of many secrets."""


def conceal_names(dangers: Iterable[Danger], desired: Desired | None) -> list[Danger]:
    """Return the dangers with every name hidden that shows a secret of the files, or a part of one."""
    found = list(dangers)
    secrets = frozenset(_secrets(desired)) if desired and found else frozenset()
    return [replace(one, sentence=tuple(_safe(part, secrets) for part in one.sentence)) for one in found]


def _safe(part: str | Name, secrets: frozenset[str]) -> str | Name:
    if not isinstance(part, Name):
        return part
    shows = any(
        one in part.text or (len(part.text) >= _PART and part.text in one and not is_published(part.text))
        for one in secrets
    )
    return Name(HIDDEN) if shows else part


def _secrets(desired: Desired) -> Iterator[str]:
    for want in desired.resources.values():
        for _, secret in secrets_in(want.fields):
            text = secret.reveal()
            if secret.registered and not secret.vault and len(text) >= _SHORTEST and not is_published(text):
                yield text
