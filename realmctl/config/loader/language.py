"""The language as this room reads it: whose keys are whose, and what turns them into what is desired.

Must not know about: YAML. Takes kinds and words by import only when the standard language is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel

from realmctl.config.loader.management_keys import Frame
from realmctl.config.loader.validation_errors import fields_at, models_in
from realmctl.model.address import Address
from realmctl.model.fields import Child, marked_fields
from realmctl.model.objects import Declared, Desired, Origin

_DEEPER = frozenset({"userProfile", "localization", "defaultRoles", "components"})
"""Sections whose names stand one level further down."""

_LISTS = frozenset(
    {
        "defaultRoles", "defaultGroups", "defaultDefaultClientScopes", "defaultOptionalClientScopes",
        "customProviders", "prune", "ignore",
    }
)  # fmt: skip
"""Lists at the top that several files may add to."""


@dataclass(frozen=True)
class Language:
    """`file` is the model of Keycloak's own resources and the realm's settings; `words` are the platform's words.

    `expand` turns a validated file into declared objects, `desired` these into a desired realm.
    """

    file: type[BaseModel]
    expand: Callable[[Any, Origin], Mapping[Address, Declared]]
    desired: Callable[..., Desired]
    words: Mapping[str, Any] = field(default_factory=dict)

    def depth(self, key: str) -> int:
        """At how many levels below a top-level key the maps of several files are joined."""
        return 2 if key in self.words or key in _DEEPER else 1

    def lists(self, key: str) -> bool:
        """Whether several files may add to the lists below a top-level key."""
        return key in self.words or key in _LISTS

    def keys(self) -> list[str]:
        """Everything that may stand at the top of a file."""
        return [*Frame.model_fields, *self.words, *self.file.model_fields]

    def sections(self) -> Mapping[str, str]:
        """Every section whose objects can be listed, and their kind: `clients`, `clients.roles`…"""
        return _listed_sections(self.file)

    def top_sections(self) -> Mapping[str, Any]:
        """The sections at the top of a file."""
        return marked_fields(self.file, Child)

    def homes(self, field: str) -> list[str]:
        """The sections at the top whose objects have a field of that name."""
        found = self.top_sections()
        return [name for name in found if field in fields_at(self.file, (name, ""))]


@cache
def _listed_sections(file: type[BaseModel]) -> Mapping[str, str]:
    from realmctl.keycloak.kinds.registry import kinds

    return {name: kind for name, kind in _sections(file, "") if not kinds()[kind].by_name_only}


def _sections(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, child in marked_fields(model, Child).items():
        yield prefix + name, child.kind
        for inner in models_in(model, (name, "")):
            if inner is not model:
                yield from _sections(inner, f"{prefix}{name}.")


@cache
def standard() -> Language:
    """The language of realmctl."""
    from realmctl.config.macros import WORDS
    from realmctl.keycloak.kinds.expansion import desired, expand
    from realmctl.keycloak.kinds.registry import realm_file

    return Language(realm_file(), expand, desired, WORDS)
