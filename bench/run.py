"""`make bench`: realmctl's commands as whole processes, each beside its limit, in one run on one real Keycloak."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import realmctl
from bench import measure, parts, report, writers
from bench.counting import Counter, counting
from bench.raw import WRITERS
from bench.report import Figure
from bench.shapes import SECRET_VARIABLE, SHAPES, Shape, write
from realmctl.keycloak import local

RESULTS = Path(__file__).with_name("results.md")
REALMCTL = [sys.executable, "-m", "realmctl"]
MEGABYTES = 200.0
SLACK = 1.5  # seconds a plan may take above its export request

RAW = [sys.executable, "-m", "bench.raw"]


@dataclass
class Bench:
    """One Keycloak, one scratch folder, and how often everything is repeated."""

    raw: writers.Raw
    counter: Counter | None
    folder: Path
    repeat: int
    secret: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a measured command."""
        return {
            "KEYCLOAK_URL": self.raw.url,
            "KEYCLOAK_USER": self.raw.user,
            "KEYCLOAK_PASSWORD": self.raw.password,
            SECRET_VARIABLE: self.secret,
        }

    def run(self, *words: str) -> measure.Run:
        """A realmctl command, once."""
        return measure.process([*REALMCTL, *words], self.environ)

    def count(self, *words: str) -> int:
        """How many requests a realmctl command sends."""
        if self.counter is None:
            raise ValueError("this bench has no counter")
        self.counter.take()
        measure.process([*REALMCTL, *words], {**self.environ, "KEYCLOAK_URL": self.counter.url})
        return self.counter.take()

    def delete(self, realm: str) -> None:
        """Removes the realm where there is one."""
        self.raw.send("DELETE", f"/{realm}", missing_ok=True)

    def written_by(self, writer: str, shape: Shape, realm: str) -> tuple[float, float]:
        """Seconds that a raw writer, a process too, takes from empty; and with reading back what it wrote."""
        self.delete(realm)
        whole = measure.process([*RAW, writer, shape.name, realm], self.environ)
        return whole.seconds - float(json.loads(whole.output)["read"]), whole.seconds


def measured(bench: Bench, shape: Shape) -> Iterator[Figure]:
    """All figures of one size. Limits hold for the large realm; the smaller ones are told."""
    held = shape.name == "large"
    realm, files = f"bench-{shape.name}", bench.folder / shape.name
    write(shape, realm, files)
    _say(f"{shape.name}: {shape.objects} objects")

    yield from _apply_from_empty(bench, shape, realm, files, held=held)
    yield from _plan_nothing(bench, shape, realm, files, held=held)
    bench.delete(realm)


def _apply_from_empty(bench: Bench, shape: Shape, realm: str, files: Path, *, held: bool) -> Iterator[Figure]:
    by_hand = {}
    for name in WRITERS:
        _say(f"  raw writer: {name}")
        by_hand[name], _ = bench.written_by(name, shape, realm)
    quickest = min(by_hand, key=lambda name: by_hand[name])
    runs, written, verified = [], [], []
    for turn in range(max(2, bench.repeat // 2)):
        _say(f"  apply from empty, turn {turn + 1}")
        wrote, whole = bench.written_by(quickest, shape, realm)
        written.append(wrote)
        verified.append(whole)
        bench.delete(realm)
        runs.append(bench.run("apply", str(files), "--auto-approve", "-o", "json"))
    run = sorted(runs, key=lambda one: one.seconds)[len(runs) // 2]
    bench.delete(realm)
    requests = bench.count("apply", str(files), "--auto-approve", "-o", "json")
    others = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in by_hand.items())
    note = f"{requests} requests, {run.megabytes:.0f} MB; {others}"
    yield from _beside_raw(f"{shape.name}: apply from empty", run.seconds, quickest, written, verified, held, note)


def _beside_raw(
    what: str,
    seconds: float,
    writer: str,
    written: Sequence[float],
    verified: Sequence[float],
    held: bool,
    note: str = "",
) -> Iterator[Figure]:
    """An apply has verified what it wrote when it ends: it is told beside a writer that does not, and one that does."""
    allowed = 1.2 if held else None
    yield Figure(what, seconds, f"raw writer ({writer})", statistics.median(written), allowed, note=note)
    yield Figure(f"{what}, verified", seconds, "the same, read back", statistics.median(verified), allowed)


def on_a_new_server(options: argparse.Namespace, shape: Shape, folder: Path) -> Iterator[Figure]:
    """The same where nothing was written before, as pipelines and a first apply have it: a server for every run."""
    realm, files, writer = "bench-new", folder / "new", next(iter(WRITERS))
    write(shape, realm, files)
    runs, written, verified = [], [], []
    for turn in range(options.new_servers):
        for what in ("raw writer", "apply"):
            _say(f"{shape.name}: {what} on a new server, turn {turn + 1}")
            server = local.up(
                options.keycloak, instance="bench-new", progress=lambda _: None, runtime=local.Runtime(quick=False)
            )
            try:
                bench = Bench(writers.Raw(server.url, server.user, server.password), None, folder, 1)
                if what == "apply":
                    runs.append(bench.run("apply", str(files), "--auto-approve", "-o", "json").seconds)
                else:
                    wrote, whole = bench.written_by(writer, shape, realm)
                    written.append(wrote)
                    verified.append(whole)
            finally:
                local.down(instance="bench-new", forget_data=True)
    yield from _beside_raw(
        f"{shape.name}: the same, new server", statistics.median(runs), writer, written, verified, held=True
    )


def _plan_nothing(bench: Bench, shape: Shape, realm: str, files: Path, *, held: bool) -> Iterator[Figure]:
    words = ("plan", str(files), "-o", "json", "--detailed-exitcode")
    _say("  plan, nothing to do")
    run = measure.processes([*REALMCTL, *words], bench.environ, bench.repeat)
    names = parts.libraries(words, bench.environ)
    export, imports = parts.export_request(bench.raw, realm), parts.importing(names, bench.repeat)
    parsing = parts.parsing(files)
    yield Figure(
        f"{shape.name}: plan, nothing to do",
        run.seconds,
        "its unavoidable parts",
        export + imports + parsing,
        1.5 if held else None,
        note=f"{bench.count(*words)} requests; export {export:.3f} + imports {imports:.3f} + parsing {parsing:.3f} s",
    )
    yield Figure(
        f"{shape.name}: plan, above its export",
        run.seconds - export,
        "allowed above it",
        SLACK,
        1.0 if held else None,
    )
    yield Figure(f"{shape.name}: memory of plan", run.megabytes, "allowed", MEGABYTES, 1.0 if held else None, unit="MB")
    yield _one_more_role(bench, shape, files, run.seconds, held=held)


def _one_more_role(bench: Bench, shape: Shape, files: Path, plan: float, *, held: bool) -> Figure:
    _say("  one more role")
    more, declared = files / "more.yaml", "roles:\n"
    taken: list[float] = []
    requests = 0
    for turn in range(max(3, bench.repeat // 2) + 1):
        declared += f"  one-more-{turn}: {{description: Added later}}\n"
        more.write_text(declared, encoding="utf-8")
        if turn == 0:  # counted, and not timed
            requests = bench.count("plan", str(files)) + bench.count("apply", str(files), "--auto-approve")
            continue
        planned, applied = bench.run("plan", str(files)), bench.run("apply", str(files), "--auto-approve", "-o", "json")
        taken.append(planned.seconds + applied.seconds)
    return Figure(
        f"{shape.name}: one more role, plan and apply",
        statistics.median(taken),
        "plan, nothing to do",
        plan,
        3.0 if held else None,
        note=f"{requests} requests",
    )


def start_up(repeat: int) -> Iterator[Figure]:
    """The commands that read nothing."""
    _say("start-up")
    limit = measure.processes([sys.executable, "-c", "import click"], {}, repeat * 3).seconds
    for word in ("--version", "--help"):
        run = measure.processes([*REALMCTL, word], {}, repeat * 3)
        yield Figure(f"realmctl {word}", run.seconds, "python -c 'import click'", limit, 2.0)


def main() -> int:
    """Measures, prints the table, and answers 1 with --check where a limit is missed."""
    options = _options()
    compileall.compile_dir(Path(realmctl.__file__).parent, quiet=1)  # as an installed one is
    begun = time.monotonic()
    if url := os.environ.get("KEYCLOAK_URL"):
        raw = writers.Raw(url, os.environ["KEYCLOAK_USER"], os.environ["KEYCLOAK_PASSWORD"])
    else:
        server = local.up(options.keycloak, instance="bench", progress=_say, runtime=local.Runtime(quick=False))
        raw = writers.Raw(server.url, server.user, server.password)
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory() as folder, counting(raw.url) as counter:
            bench = Bench(raw, counter, Path(folder), options.repeat)
            figures += start_up(options.repeat)
            # A JVM compiles what it has run often: until it has, every turn is quicker than the one before it.
            for _ in range(options.warm_up):
                bench.written_by(next(iter(WRITERS)), SHAPES["large"], "bench-warm-up")
            bench.delete("bench-warm-up")
            for size in options.sizes:
                figures += measured(bench, SHAPES[size])
    finally:
        if not url:
            local.down(instance="bench", forget_data=True)
    if not url and "large" in options.sizes and options.new_servers:
        with tempfile.TemporaryDirectory() as folder:
            figures += on_a_new_server(options, SHAPES["large"], Path(folder))
    head = f"{report.machine(options.keycloak)}; {time.monotonic() - begun:.0f} s"
    text = f"{head}\n\n{report.table(figures)}\n\n{report.notes(figures)}\n"
    print(text)
    if options.write:
        RESULTS.write_text(f"# Measured\n\n{text}", encoding="utf-8")
    missed = [figure.what for figure in figures if figure.missed]
    print(json.dumps({"missed": missed}))
    return 1 if options.check and missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--repeat", type=int, default=7, help="how often a plan is timed; the median counts")
    parser.add_argument("--warm-up", type=int, default=6, help="how often a large realm is written before all else")
    parser.add_argument(
        "--new-servers", type=int, default=3, help="how often an apply is timed on a server just started"
    )
    parser.add_argument("--keycloak", default=local.KEYCLOAK, help="Keycloak's version")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}, too")
    parser.add_argument("--check", action="store_true", help="end with 1 where a limit is missed")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
