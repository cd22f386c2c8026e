"""A type and its config against what Keycloak ships: shared by the rules on mappers, providers and steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from realmctl.errors import Finding
from realmctl.model.objects import Declared
from realmctl.model.suggestion import did_you_mean

Path = tuple[str | int, ...]


def unknown_type(
    declared: Declared, path: Path, what: str, name: str, known: Collection[str], hint: str = ""
) -> Finding:
    """The finding for a type that Keycloak does not have."""
    guess = did_you_mean(name, known)
    message = f"Keycloak has no {what} '{name}'" + (f"; did you mean '{guess}'?" if guess else "")
    advice = hint or f"if someone deployed it, list it: customProviders: [{name}]"
    return Finding("unknown-type", message, declared.origin.place(*path), advice)


def unknown_keys(
    declared: Declared, path: Path, name: str, config: Mapping[str, Any] | None, known: Collection[str]
) -> Iterator[Finding]:
    """A finding for each config key that the type does not know."""
    for key in config or ():
        if key not in known:
            guess = did_you_mean(key, known)
            message = f"'{name}' has no config key '{key}'" + (f"; did you mean '{guess}'?" if guess else "")
            advice = f"known: {', '.join(sorted(known)[:12])}" if known and not guess else ""
            yield Finding("unknown-config-key", message, declared.origin.place(*path, key), advice)
