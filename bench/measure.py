"""Whole processes and single calls, timed: wall clock, peak memory, and how many requests went through a counter."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds of wall clock, seconds of CPU, megabytes at its peak, exit code, what it wrote.

    The kernel never reports less than the measuring process itself had when it started the other: keep that one small.
    """

    seconds: float
    cpu: float
    megabytes: float
    code: int
    output: str
    errors: str


def process(command: Sequence[str], environ: Mapping[str, str], *, codes: Sequence[int] = (0,)) -> Run:
    """Runs the command to its end. Raises RuntimeError with what it said when its exit code is none of `codes`."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begun = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env={**os.environ, **environ}
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        said, complained = output.read(), errors.read()
        if code not in codes:
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{complained[-2000:]}{said[-2000:]}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, code, said, complained)


def processes(command: Sequence[str], environ: Mapping[str, str], times: int) -> Run:
    """The run with the median wall clock of `times`, after one that warms caches."""
    process(command, environ)
    runs = sorted((process(command, environ) for _ in range(times)), key=lambda run: run.seconds)
    return runs[len(runs) // 2]


def call(what: Callable[[], object], times: int = 1) -> float:
    """Median seconds of `times` calls."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        what()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
