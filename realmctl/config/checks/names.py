"""Names of objects that Keycloak's Admin API refuses, or takes and can't reach again (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.keycloak.kinds.registry import kinds

_ADVICE = "use letters, digits, '-', '_' and '.'; rename an object that the realm has already on the server first"


def check(subject: Subject) -> Iterator[Finding]:
    """The names of all objects, and of what they are made of."""
    for declared in subject.desired.resources.values():
        for path, wrong in kinds()[declared.address.kind].wrong_names(declared):
            yield Finding("bad-name", wrong, declared.origin.place(*path), _ADVICE)
