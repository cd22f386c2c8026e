"""Drift of realms on several servers, side by side, and what of it the files take over.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.errors import RealmctlError, Unreachable
from realmctl.model.interruption import check, finishing, reading
from realmctl.workflow.plan import Say, plan_realm

if TYPE_CHECKING:
    from datetime import datetime

    from realmctl.config.loader import RealmConfig
    from realmctl.keycloak.admin import Admin
    from realmctl.model.drift import RealmDrift
    from realmctl.model.explanation import Explanation

SIDE_BY_SIDE = 8
"""Servers of a fleet that are asked at a time."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A server whose realms are looked at for drift: its name in a fleet ("" outside of one), and how it is reached."""

    name: str
    connect: Callable[[], Admin]
    configs: Sequence[RealmConfig]


def drift_of(
    servers: Sequence[Watched], *, now: datetime, since: datetime | None = None, say: Say
) -> tuple[RealmDrift, ...]:
    """The drift of every realm of every server, the servers side by side.

    What goes wrong with a server or a realm is that realm's `error`, and hides nothing of the others.
    """
    if len(servers) == 1:
        return tuple(_drift_of_server(servers[0], now, since, say))
    with reading(max(1, min(SIDE_BY_SIDE, len(servers)))) as pool:
        found = pool.map(lambda server: list(_drift_of_server(server, now, since, say)), servers)
        return tuple(one for of_server in found for one in of_server)


def _drift_of_server(server: Watched, now: datetime, since: datetime | None, say: Say) -> Iterator[RealmDrift]:
    from contextlib import ExitStack, closing
    from time import monotonic

    from realmctl.drift.detection import find
    from realmctl.model.drift import RealmDrift

    gone: RealmctlError | None = None
    with ExitStack() as leaving:
        try:
            admin = leaving.enter_context(closing(server.connect()))
        except RealmctlError as error:
            yield from (RealmDrift(config.name, server.name, error=error) for config in server.configs)
            return
        for config in server.configs:
            begun = monotonic()
            found = RealmDrift(config.name, error=gone)
            if gone is None:
                try:
                    one, comparison = plan_realm(admin, config.desired, (), say)
                    found = find(admin, one.plan, comparison, config.ignored, today=now.date(), since=since)
                except RealmctlError as error:
                    found = RealmDrift(config.name, error=error)
                    # Who does not answer is not waited for once more with each realm.
                    gone = error if isinstance(error, Unreachable) else None
            yield replace(found, server=server.name, seconds=monotonic() - begun)


def drift_explained(
    servers: Sequence[Watched], found: Sequence[RealmDrift], wanted: Sequence[str]
) -> tuple[tuple[Explanation, ...], ...]:
    """For every realm looked at, why the objects `wanted` (addresses, patterns) are as they are, from an apply's side.

    Raises UsageProblem where no realm has such an object.
    """
    from realmctl.analysis.explain import demand, explained
    from realmctl.engine.plan.comparison import compare
    from realmctl.engine.plan.plan import make_plan

    declared = {(server.name, config.name): config.desired for server in servers for config in server.configs}
    told: list[tuple[Explanation, ...]] = []
    plans = []
    for one in found:
        desired = declared[one.server, one.realm]
        if one.snapshot is None:
            told.append(())
            continue
        comparison = compare(desired, one.snapshot)
        plan = make_plan(comparison)
        told.append(explained(plan, comparison, wanted))
        plans.append((plan, desired))
    demand(wanted, [each for of in told for each in of], plans)
    return tuple(told)


@dataclass(frozen=True, slots=True)
class RealmFiles:
    """Files of realms, and what they are read with."""

    paths: Sequence[str | Path]
    environ: Mapping[str, str]
    variables: Mapping[str, str]

    def realm(self, name: str, more: Mapping[str, str]) -> RealmConfig:
        """Read the files again, with the environment variables in `more` beneath the others, and return one realm."""
        from realmctl.config.loader import load

        read = load(self.paths, environ={**more, **self.environ}, variables=self.variables)
        return next(config for config in read if config.name == name)


def taken_over(
    configs: Sequence[RealmConfig],
    found: Sequence[RealmDrift],
    wanted: Sequence[str],
    files: RealmFiles,
    *,
    say: Say,
) -> tuple[RealmDrift, ...]:
    """Write what is live into the realms' files, of the objects `wanted` (patterns of addresses); return what is left.

    `files` are those that `configs` were read from. Raises UsageProblem where a pattern fits nothing that has drifted,
    and RealmctlError where a file can't be written.
    """
    from realmctl.drift.import_changes import take_over
    from realmctl.errors import UsageProblem
    from realmctl.model.ignore_rule import pattern

    known = [str(one.address) for realm in found for one in realm.deviations]
    for text in wanted:
        if not any(pattern(text).fullmatch(address) for address in known):
            told = ", ".join(known[:10]) or "nothing has drifted"
            raise UsageProblem(
                f"--adopt {text}: nothing that has drifted has such an address", advice=f"There is: {told}."
            )
    by_name = {config.name: config for config in configs}
    done: list[RealmDrift] = []
    for one in found:
        say(f"Taking over into the files of {one.realm}")
        with finishing(f"Files of {one.realm} may be half edited: look at them with git diff."):
            done.append(take_over(by_name[one.realm], one, wanted, partial(files.realm, one.realm)))
        check()
    return tuple(done)
