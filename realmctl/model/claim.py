"""The name of a claim, in steps: which claim a mapper writes.

Must not know about: mappers, tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NEVER = "(?!)"
"""The regular expression that no value matches. A broker's mapper with it gives nothing to anybody, and Keycloak takes
what the mapper names away at each login (26.7.3)."""


def claim_path(name: str) -> tuple[str, ...]:
    r"""Return a claim's name in steps: a dot nests, `\.` is a dot, and `\x` is x for any other character.

    So does Keycloak's JsonUtils.splitClaimPath (26.7.3, by experiment): `\roles` writes the claim `roles`, and `x..y`
    the claim `.y` within `x`.
    """
    found, rest = [], name
    while step := re.match(r"((?:\\.|[^\\.])+?)\.", rest):
        found.append(step[1])
        rest = rest[step.end() :]
    if rest or not found:
        found.append(rest)
    return tuple(re.sub(r"\\(.)", r"\1", part) for part in found)


def escape_claim(path: Iterable[str]) -> str:
    r"""Return a claim's name from its steps: `("a.b", "c")` is `a\.b.c`."""
    return ".".join(re.sub(r"([\\.])", r"\\\1", step) for step in path)
