"""What a word of the platform is: a model of what may be said, and a pure way from there to Keycloak's own resources.

Must not know about: any single word, YAML, how fragments are merged with what the files say themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

Path = tuple[str | int, ...]


class Saying(BaseModel):
    """Base of every model in a word: unknown keys are errors, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True)

    main: ClassVar[frozenset[str]] = frozenset()
    """Keys that stand in the main one of several files that say the word, beside those it can't do without."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a word may look at beside itself.

    `sections` is what the files declare explicitly (layer two, as plain data); `words` are all words of the realm.
    """

    realm: str
    sections: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, BaseModel] = field(default_factory=dict)

    def declares(self, section: str, name: str) -> bool:
        """Whether the files themselves declare an object of that name."""
        found = self.sections.get(section)
        return isinstance(found, Mapping) and name in found


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a word compiles to: `sections` is layer two as plain data.

    `sources` says for paths in `sections` which path inside the word they come from; what is not listed comes from
    where the nearest listed path above it does, or from the word as a whole.
    """

    sections: dict[str, Any] = field(default_factory=dict)
    sources: dict[Path, Path] = field(default_factory=dict)

    def put(self, path: Path, value: Any, *said: str | int) -> None:
        """Set `value` at `path` below `sections`; `said` is the path inside the word that wanted it."""
        here = self.sections
        for name in path[:-1]:
            here = here.setdefault(str(name), {})
        here[str(path[-1])] = value
        self.sources[path] = said


class Word(Protocol):
    """One word of the platform."""

    @property
    def name(self) -> str:
        """The key in a realm's file."""
        ...

    @property
    def model(self) -> type[BaseModel]:
        """What may be said under that key."""
        ...

    def compile(self, value: Any, context: Context, /) -> Fragment:
        """A validated value of `model` → what it means in Keycloak's own terms."""
        ...


def managed_attribute(title: str) -> dict[str, Any]:
    """A user-profile attribute that brokers and administrators set, and users only see.

    An undeclared attribute lasts until somebody saves the account: Keycloak then drops it, silently.
    """
    return {"displayName": title, "permissions": {"view": ["admin", "user"], "edit": ["admin"]}}
