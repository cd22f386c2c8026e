"""The proof of what files state: made files are loaded, and declare each stated field with its value, and no other.

Must not know about: how the files were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from realmctl.config.checks import ACCEPTABLE
from realmctl.config.loader import RealmConfig, load
from realmctl.config.yaml.data_file import read_sheets
from realmctl.engine.plan.diff import differences
from realmctl.errors import BadConfig, Finding
from realmctl.export.declaration import Declaration
from realmctl.export.foreign.documents import ExportSource
from realmctl.export.foreign.reading import Problem, Reading
from realmctl.export.foreign.substitutions import as_file_text, has_reference
from realmctl.export.layout import path_of
from realmctl.keycloak.kinds.client_attributes import MADE_UP
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model import output
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import HIDDEN

Steps = tuple[str | int, ...]

_REFUSED = frozenset({"obsolete-key", "wrong-value"})
"""Rules whose findings a realm may have, and a source may not state."""


@dataclass(slots=True)
class Work:
    """A source on its way into files.

    `dropped` is what is not declared: object, field and key of a map, "" for all of its fields and all of its keys.
    """

    source: ExportSource
    reading: Reading
    only_differences: bool
    stated: dict[Address, dict[str, Steps]]
    environ: Mapping[str, str] = field(default_factory=dict)
    dropped: set[tuple[Address, str, str]] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    accepted_here: set[str] = field(default_factory=set)
    """Rules that only an assumed value breaks: accepted in the proof alone."""
    state: list[Problem] = field(default_factory=list)
    """Keys that Keycloak writes by itself: left out without more ado than a note."""
    unknown: list[Problem] = field(default_factory=list)
    """References to what the source has not; a plan looks for it on the server."""

    def is_dropped(self, address: Address, name: str) -> bool:
        """Return whether a field is left out, or its object, or what holds that."""
        mine = path_of(address)
        if {(address, name, ""), (address, "", "")} & self.dropped:
            return True
        whole = (path_of(one) for one, inner, _ in self.dropped if not inner and not kinds()[one.kind].is_link)
        return any(mine[: len(path)] == path for path in whole)


def prove_files(work: Work, texts: Mapping[str, str], declaration: Declaration) -> Iterator[Problem]:
    """What the files say otherwise than the source, or the loader refuses; rules to accept go into `work`."""
    assumed = work.reading.assumptions
    environ = {**work.environ, **assumed.variables}
    environ |= {one.name: one.value.reveal() if one.value else "hidden" for one in declaration.variables.found}
    with TemporaryDirectory() as folder:
        for name, text in {**texts, **assumed.files}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            output.write(path, text)
        try:
            (config,) = load([folder], environ=environ)
        except BadConfig as error:
            wrong = [one for one in error.findings if one.severity == "error"]
            for finding in wrong:
                problem = _traced(work, texts, finding, folder)
                if finding.rule in ACCEPTABLE - _REFUSED:
                    of_reference = has_reference(work.reading.at(problem.path))
                    (work.accepted_here if of_reference else work.accepted).add(finding.rule)
                    continue
                if finding.rule == "server-state":
                    work.state.append(problem)
                yield problem
            return
        warnings = [one for one in config.findings if one.rule == "unknown-reference"]
        work.unknown = [_traced(work, texts, one, folder) for one in warnings]
    yield from _compared(work, config)


def _traced(work: Work, texts: Mapping[str, str], finding: Finding, folder: str) -> Problem:
    """What is wrong with the made files, at its place in the source."""
    message = f"{finding.message} [{finding.rule}]".replace(f"{folder}/", "")
    if finding.place is None:
        return Problem((), message, finding.advice)
    name = str(Path(finding.place.file).relative_to(folder))
    path = read_sheets(texts[name], name)[0].path_at(finding.place) if name in texts else ()
    return Problem(_source_path(work, path), message, finding.advice)


def _source_path(work: Work, path: Steps) -> Steps:
    """Where in the source that is which stands at a path in the made files."""
    homes = work.reading.homes()
    best: Steps = ()
    most = 0
    for address, fields in work.stated.items():
        mine = tuple(as_file_text(one) for one in path_of(address))
        if path[: len(mine)] != mine:
            continue
        rest = path[len(mine) :]
        if rest and rest[0] in fields and len(mine) + 1 > most:
            best, most = (*fields[str(rest[0])], *rest[1:]), len(mine) + 1
        elif address in homes and len(mine) > most:
            best, most = homes[address], len(mine)
    return best


def _compared(work: Work, config: RealmConfig) -> Iterator[Problem]:
    """Each stated field has to be declared with its value, and each declared one to be stated."""
    resolve = work.reading.assumptions.resolve
    live = work.reading.resolved().objects
    stated: dict[Address, dict[str, Steps]] = {}
    for address, fields in work.stated.items():
        mine = Address(address.kind, tuple(str(resolve(name)) for name in address.names))
        stated[mine] = (
            {}
            if work.is_dropped(address, "")
            else {name: path for name, path in fields.items() if not work.is_dropped(address, name)}
        )
        out = {key for one, _, key in work.dropped if one == address}
        yield from _one_compared(stated[mine], config.desired.resources.get(mine), live[mine], out)
    for address, want in config.desired.resources.items():
        for name in sorted(set(want.fields) - set(stated.get(address, ()))):
            yield Problem((), f"{address} would declare '{name}', which the source does not state")


def _one_compared(fields: Mapping[str, Steps], want: Declared | None, live: Live, out: set[str]) -> Iterator[Problem]:
    kind = kinds()[live.address.kind]
    declared = want.fields if want else {}
    for name in sorted(set(fields) - set(declared)):
        yield Problem(fields[name], f"'{name}' of {kind.title} would not be declared")
    if want is None:
        return
    own = {name: value for name, value in want.fields.items() if name in fields}
    for change in differences(kind, Declared(want.address, own, want.origin), live):
        name = change.path.partition(".")[0]
        if not _hidden(change):
            yield Problem(fields.get(name, ()), f"'{change.path}' of {kind.title} would get another value")
    for name, wanted in own.items():
        value = live.fields.get(name)
        if isinstance(value, Mapping) and isinstance(wanted, Mapping):
            for key in sorted(set(value) - set(wanted) - out - MADE_UP):
                yield Problem((*fields[name], key), f"'{key}' of {kind.title} would not be declared")


def _hidden(change: FieldChange) -> bool:
    return change.compare is Compare.SECRET and change.old == HIDDEN
