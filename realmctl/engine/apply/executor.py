"""Runs steps side by side, each as soon as what it waits for is done; a failure stops what depends on it.

Must not know about: what the steps are, where they come from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

from realmctl.engine.apply.journal import Journal
from realmctl.engine.apply.progress import Event
from realmctl.engine.apply.writer import Writer
from realmctl.engine.read.view import THREADS
from realmctl.errors import Conflict, Locked, ServerError, Unreachable
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Step
from realmctl.model.interruption import interruptions

Failures = dict[Address, ServerError]


@dataclass(slots=True)
class Outcome:
    """What became of every change."""

    applied: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    skipped: list[Change] = field(default_factory=list)
    interrupted: bool = False
    in_doubt: set[Address] = field(default_factory=set)
    """Of what failed: what the server may have carried out all the same, or a part of it."""

    def never_made(self) -> set[Address]:
        """Return the objects whose creation was refused, or never begun: they are not on the server."""
        ended = (*(change for change, _ in self.failed), *self.skipped)
        return {one.address for one in ended if one.action is Action.CREATE} - self.in_doubt


Explain = Callable[[ServerError, Sequence[Change]], str]
"""Says where in the files the value stands that an error is about; "" where it is about none."""


def run(
    steps: Sequence[Step],
    writer: Writer,
    check: Callable[[], None],
    watch: Callable[[Event], None],
    diary: Journal,
    explain: Explain = lambda _error, _changes: "",
) -> Outcome:
    """Carries out all steps, deletions after everything else. `check` raises when nothing more may be written."""
    return _Run(steps, writer, check, watch, diary, explain).whole()


class _Run:
    """One run: which steps are done, and what that lets start."""

    def __init__(
        self,
        steps: Sequence[Step],
        writer: Writer,
        check: Callable[[], None],
        watch: Callable[[Event], None],
        diary: Journal,
        explain: Explain,
    ) -> None:
        self._explain = explain
        self._steps, self._writer, self._check, self._watch, self._diary = steps, writer, check, watch, diary
        self._total = sum(len(step.changes) for step in steps)
        self._outcome = Outcome()
        self._left = [len(step.after) for step in steps]
        self._then: dict[int, list[int]] = {}
        for index, step in enumerate(steps):
            for before in step.after:
                self._then.setdefault(before, []).append(index)
        self._broken = False

    def whole(self) -> Outcome:
        """Everything but the deletions, then these."""
        with ThreadPoolExecutor(THREADS) as pool:
            for wave in (False, True):
                waiting = {index for index, step in enumerate(self._steps) if _deletes(step) is wave}
                self._wave(pool, waiting)
                self._outcome.skipped += [change for index in sorted(waiting) for change in self._steps[index].changes]
        self._outcome.interrupted = bool(interruptions())
        return self._outcome

    @property
    def _halted(self) -> bool:
        """Whether nothing new is begun. What is under way when somebody asks for a stop comes to its end: a request cut
        in half is what nobody could tell about.
        """
        return self._broken or bool(interruptions())

    def _wave(self, pool: ThreadPoolExecutor, waiting: set[int]) -> None:
        """Runs what it can of `waiting`, which afterwards holds what could not be started."""
        running: dict[Future[Failures | None], int] = {}
        # Asking all of them which has ended costs more than the requests themselves.
        ended: SimpleQueue[Future[Failures | None]] = SimpleQueue()
        ready = deque(sorted(index for index in waiting if not self._left[index]))
        while (ready and not self._halted) or running:
            # A few more than can run are handed over, so that no thread waits for this one to find it work.
            while ready and not self._halted and len(running) < 3 * THREADS:
                index = ready.popleft()
                waiting.discard(index)
                for change in self._steps[index].changes:
                    self._tell("start", change)
                future = pool.submit(self._carry_out, self._steps[index])
                running[future] = index
                future.add_done_callback(ended.put)
            index = running.pop(future := ended.get())
            failures = future.result()
            if failures is None:
                waiting.add(index)
            else:
                ready += [then for then in self._finished(index, failures) if then in waiting]

    def _carry_out(self, step: Step) -> Failures | None:
        """What failed of the step, by address; None where it was not begun: once halted, nothing new is."""
        if self._halted:
            return None
        self._check()
        done = 0
        try:
            for request in step.requests:
                self._writer.carry_out(request)
                done += 1
        except ServerError as error:
            if not step.instead or isinstance(error, Unreachable):
                failures = dict.fromkeys((change.address for change in step.changes), error)
                self._outcome.in_doubt |= failures.keys() if done or not _is_refusal(error) else set()
                return failures
            return self._one_by_one(step)
        return {}

    def _one_by_one(self, step: Step) -> Failures:
        failures: Failures = {}
        for change, request in zip(step.changes, step.instead, strict=True):
            try:
                self._writer.carry_out(request)
            except ServerError as error:
                failures[change.address] = error
                self._outcome.in_doubt |= set() if _is_refusal(error) else {change.address}
        return failures

    def _finished(self, index: int, failures: Failures) -> list[int]:
        """Notes how a step ended; the steps that nothing holds back any more."""
        for change in self._steps[index].changes:
            error = failures.get(change.address)
            if error is None:
                self._outcome.applied.append(change)
                self._diary.change("done", change)
                self._tell("done", change)
            else:
                # Where a body is refused by itself, it is this change's alone; else that of the whole step.
                about = (change,) if self._steps[index].instead else self._steps[index].changes
                why = " ".join(filter(None, (str(error), self._explain(error, about), error.advice)))
                self._outcome.failed.append((change, why))
                self._diary.change("failed", change, why=why)
                self._tell("failed", change, why)
                # Without a server, or without the lock, every further step would fail in the same way.
                self._broken = self._broken or isinstance(error, (Unreachable, Locked))
        if failures:
            return []
        freed = []
        for then in self._then.get(index, ()):
            self._left[then] -= 1
            if not self._left[then]:
                freed.append(then)
        return freed

    def _tell(self, kind: str, change: Change, text: str = "") -> None:
        self._watch(Event(kind, change, text, len(self._outcome.applied), self._total))


def _is_refusal(error: ServerError) -> bool:
    """Whether nothing was made: the server said so, and not that an object of the name is there."""
    return not isinstance(error, (Unreachable, Conflict, Locked))


def _deletes(step: Step) -> bool:
    return all(change.action is Action.DELETE for change in step.changes)
