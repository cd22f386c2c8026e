"""How long each phase of a command took, and how many requests it sent: told with -v.

Must not know about: what is done in a phase.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

PHASES = {
    "Loading": "load",
    "Reading": "read",
    "reading": "read",
    "Planning": "plan",
    "Applying": "lock",
    "Asking": "test",
    "verifying": "verify",
}
"""What is being said, by its first word → the phase that begins with it. `write` begins with the first change; `log in`
goes on beside `load`, and is what had to be waited for after that."""


class Timings:
    """The phases of one command, in the order in which each first came."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._begun = self._at = clock()
        self._phase = ""
        self._sent: Callable[[], int] = lambda: 0
        self._before = 0
        self._told: dict[str, tuple[float, int]] = {}

    def count(self, sent: Callable[[], int]) -> None:
        """From now on `sent` tells how many requests there were so far."""
        self._sent = sent

    def said(self, text: str) -> None:
        """Something is being done now; where that begins a phase, the one before it ends."""
        phase = PHASES.get(text.partition(" ")[0])
        if phase:
            self.begin(phase)

    def begin(self, phase: str) -> None:
        """A phase begins, and the one before it ends."""
        if phase != self._phase:
            self.end()
            self._phase = phase

    def end(self) -> None:
        """The phase that is on ends; what comes until the next one is nobody's, such as waiting for an answer."""
        now, sent = self._clock(), self._sent()
        if self._phase:
            seconds, requests = self._told.get(self._phase, (0.0, 0))
            self._told[self._phase] = seconds + now - self._at, requests + sent - self._before
        self._phase, self._at, self._before = "", now, sent

    def text(self) -> str:
        """The phases, one a line, with the sum first."""
        self.end()
        lines = [f"Took {self._at - self._begun:.2f} s{_requests(self._before)}:"]
        lines += [f"  {name:<7} {took:7.2f} s{_requests(sent)}" for name, (took, sent) in self._told.items()]
        return "\n".join(lines)


def _requests(count: int) -> str:
    return f", {count:,} request{'' if count == 1 else 's'}" if count else ""
