"""A page of the guide, as a value. Must not know about: where its texts come from, how it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """One field. `name` leads to it, with `*` for names that somebody chooses (`claims.*.prefix`)."""

    name: str
    type: str
    default: str = ""
    """As YAML has it; "" where there is none: of Keycloak's own fields, what nobody declares stays as it is."""
    meaning: str = ""
    compared: str = ""
    """How declared and live values are compared; "" for what is not compared by itself."""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """One topic. `sort` is kind, word, key, rule or danger."""

    name: str
    sort: str
    summary: str
    where: str = ""
    """Where in a file it stands, such as `clients.*`."""
    entries: tuple[ReferenceEntry, ...] = ()
    paragraphs: tuple[tuple[str, str], ...] = ()
    """Further texts, each with its heading."""
    example: str = ""
    """YAML."""
    see: tuple[str, ...] = ()
    """Other topics."""
