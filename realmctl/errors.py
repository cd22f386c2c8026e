"""Every error a user can meet, in one tree; each carries its exit code and, where it has one, its place in a file.

Lower rooms raise these and nothing else on purpose; `cli` alone turns them into text and an exit.
Must not know about: HTTP, YAML, printing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """What the process answers; pipelines rely on these numbers."""

    OK = 0
    FAILED = 1
    DIFFERENT = 2
    REFUSED = 3
    BAD_CONFIG = 4
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file. Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (or doubtful) in the configuration, told to a person.

    `message` says what is wrong, `advice` what to write or do instead; `rule` is a stable id such as
    `unknown-key`, which a user may search for.
    """

    rule: str
    message: str
    place: Place | None = None
    advice: str = ""
    severity: str = "error"  # "error" | "warning"

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f"\n    {self.advice}" if self.advice else ""
        return f"{where}{self.severity}: {self.message} [{self.rule}]{then}"


class Lines(str):
    """A message or an advice of several lines. Elsewhere a line break is part of a name, and is escaped."""

    __slots__ = ()

    @classmethod
    def of(cls, *parts: str) -> Lines:
        """Each part on a line of its own; a part that is `Lines` itself keeps its lines, an empty one is left out."""
        plain = (part if isinstance(part, Lines) else " ".join(part.splitlines()) for part in parts if part)
        return cls("\n".join(plain))


class RealmctlError(Exception):
    """The root. `str(error)` is one sentence for a person; `advice` is what to do next."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, message: str, *, advice: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.place = place


class BadConfig(RealmctlError):
    """The files are wrong: nothing was sent to the server. Carries every finding, not only the first."""

    exit_code = Exit.BAD_CONFIG

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(first.message, advice=first.advice, place=first.place)


class Refused(RealmctlError):
    """The request is understood and unsafe: deletions over the limit, a protected object, a stale plan, two owners."""

    exit_code = Exit.REFUSED


class ServerError(RealmctlError):
    """The server, the network or a permission failed. `status` is the HTTP status where there was one.

    `says` are Keycloak's own words, `fields` those that it names in its answer.
    """

    says: str = ""
    fields: tuple[str, ...] = ()

    def __init__(self, message: str, *, advice: str = "", status: int | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status

    @property
    def refuses_values(self) -> bool:
        """Whether the answer may be about a value that was sent: 400, 409, or 500 of a server that failed at it."""
        return self.status in (400, 409, 422, 500)


class NotFound(ServerError):
    """404 on an object that was expected."""


class Conflict(ServerError):
    """409: an object of that name exists."""


class Broken(ServerError):
    """The server failed at the request and undid what it had done of it: 500, or a 400 that tells of its database."""


class Forbidden(ServerError):
    """403: the account lacks a role; `advice` names it."""


class Unreachable(ServerError):
    """No answer: name, port, TLS or time-out. `ambiguous` is True when a write may have been committed."""

    def __init__(self, message: str, *, advice: str = "", ambiguous: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.ambiguous = ambiguous


class Locked(ServerError):
    """Another apply holds the realm; the message names the holder and since when."""


class ApplyFailed(RealmctlError):
    """Some changes failed; the report (what was done, what was not) is the exception's `report`."""

    def __init__(self, message: str, *, report: object, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.report = report


class Interrupted(ApplyFailed):
    """Somebody stopped the apply: what was begun was finished, and nothing else begun."""

    exit_code = Exit.INTERRUPTED  # `cli` answers Exit.TERMINATED where it was SIGTERM that asked for it


class UsageProblem(RealmctlError):
    """The command line itself makes no sense."""

    exit_code = Exit.USAGE
