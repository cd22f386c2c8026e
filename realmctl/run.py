"""Runs steps side by side, each as soon as what it waits for is done; a failure stops what depends on it.

Must not know about: what the steps are, where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realmctl.errors import Locked, ServerError, Unreachable
from realmctl.journal import Journal
from realmctl.model.change import Action, Change, Step
from realmctl.view import THREADS
from realmctl.writer import Writer

if TYPE_CHECKING:
    from realmctl.apply import Event


@dataclass(slots=True)
class Outcome:
    """What became of every change."""

    applied: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, str]] = field(default_factory=list)
    skipped: list[Change] = field(default_factory=list)


def run(
    steps: Sequence[Step], writer: Writer, check: Callable[[], None], watch: Callable[[Event], None], diary: Journal
) -> Outcome:
    """Carries out all steps, deletions after everything else. `check` raises when nothing more may be written."""
    from realmctl.apply import Event

    total = sum(len(step.changes) for step in steps)
    outcome = Outcome()
    done: set[int] = set()
    broken: set[int] = set()
    halted = False

    def carry_out(step: Step) -> None:
        check()
        for request in step.requests:
            writer.carry_out(request)

    def finished(index: int, error: BaseException | None) -> None:
        nonlocal halted
        for change in steps[index].changes:
            facts = {"action": change.action.value, "address": str(change.address)}
            if error is None:
                outcome.applied.append(change)
                diary.write("done", **facts)
                watch(Event("done", change, done=len(outcome.applied), total=total))
            else:
                outcome.failed.append((change, _told(error)))
                diary.write("failed", **facts, why=_told(error))
                watch(Event("failed", change, _told(error), len(outcome.applied), total))
        (done if error is None else broken).add(index)
        # Without a server, or without the lock, every further step would fail in the same way.
        halted = halted or isinstance(error, (Unreachable, Locked))

    with ThreadPoolExecutor(THREADS) as pool:
        for wave in (False, True):
            waiting = {i for i, step in enumerate(steps) if _deletes(step) is wave}
            running: dict[Future[None], int] = {}
            while waiting or running:
                ready = [] if halted else sorted(i for i in waiting if steps[i].after <= done)
                for index in ready:
                    waiting.discard(index)
                    for change in steps[index].changes:
                        watch(Event("start", change, done=len(outcome.applied), total=total))
                    running[pool.submit(carry_out, steps[index])] = index
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    index = running.pop(future)
                    error = future.exception()
                    if error is not None and not isinstance(error, ServerError):
                        raise error
                    finished(index, error)
            outcome.skipped += [change for index in sorted(waiting) for change in steps[index].changes]
    return outcome


def _deletes(step: Step) -> bool:
    return all(change.action is Action.DELETE for change in step.changes)


def _told(error: BaseException) -> str:
    advice = getattr(error, "advice", "")
    return f"{error} {advice}".strip()
