"""What the files of another tool state, as realmctl's files that declare exactly that, and nothing else.

The result is proven: the files are loaded, and each field that they declare is one that the source states, with its
value; and the other way round. Must not know about: terminals, where the files go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realmctl import edge
from realmctl.checks import ACCEPTABLE
from realmctl.diff import differences
from realmctl.errors import BadConfig, Exit, Finding
from realmctl.export import Exported, export
from realmctl.export.baseline import Baseline
from realmctl.export.declare import Declaration, is_copy, readable
from realmctl.export.filled import unused
from realmctl.export.folder import ENVIRONMENT, REALM_FILE, environment, files, filled_environment
from realmctl.export.foreign.documents import Source
from realmctl.export.foreign.reading import Problem, Reading
from realmctl.export.foreign.representation import read_representation
from realmctl.export.foreign.substitutions import as_file_text, has_reference
from realmctl.export.layout import path_of, put
from realmctl.export.minimal import NOTHING, minimal
from realmctl.export.source import is_whole
from realmctl.export.written import CannotBeSaidError, written
from realmctl.kinds.base import Kind
from realmctl.kinds.fitted import MADE_UP, fitted, types
from realmctl.kinds.registry import kinds
from realmctl.load import RealmConfig, load
from realmctl.load.sheets import read_sheets
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import HIDDEN

Steps = tuple[str | int, ...]
_ROUNDS = 8
"""How often what the loader refuses is taken out, and the rest is proven again."""
_REFUSED = frozenset({"obsolete-key", "wrong-value"})
"""Rules whose findings a realm may have, and a source may not state."""


class Untranslatable(BadConfig):
    """The source states what realmctl cannot declare. Nothing was written. Carries every finding."""

    exit_code = Exit.FAILED


@dataclass(slots=True)
class _Work:
    """A source on its way into files.

    `dropped` is what is not declared: object, field and key of a map, "" for all of its fields and all of its keys.
    """

    source: Source
    reading: Reading
    only_differences: bool
    stated: dict[Address, dict[str, Steps]]
    dropped: set[tuple[Address, str, str]] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    state: list[Problem] = field(default_factory=list)
    """Keys that Keycloak writes by itself: left out without more ado than a note."""
    unknown: list[Problem] = field(default_factory=list)
    """References to what the source has not; a plan looks for it on the server."""

    def is_dropped(self, address: Address, name: str) -> bool:
        """Return whether a field is left out, or its object, or what holds that."""
        mine = path_of(address)
        if {(address, name, ""), (address, "", "")} & self.dropped:
            return True
        whole = (path_of(one) for one, inner, _ in self.dropped if not inner and kinds()[one.kind].model is not None)
        return any(mine[: len(path)] == path for path in whole)


def export_stated(source: Source, *, only_differences: bool = False, skip: bool = False) -> Exported:
    """Return the files that declare what a source states.

    `only_differences`: without what Keycloak does by default. `skip`: what cannot be declared is left out, with a
    remark. Raises Untranslatable without that.
    """
    reading = read_representation(source.realm, source.data, people=source.people)
    if only_differences and is_whole(source.data):
        return _differing(source, reading, skip=skip)
    work = _Work(source, reading, only_differences, reading.stated())
    problems = [*reading.problems, *_unwritable(work), *_kept_by_keycloak(work)]
    for problem in problems:
        _drop(work, problem.path)
    texts, declaration = _texts(work, problems)
    for _ in range(_ROUNDS):
        found = list(_proven(work, texts, declaration))
        fresh = [one for one in found if one not in problems]
        if not fresh and not (work.accepted - set(_accepted(texts))):
            break
        problems += [one for one in fresh if one not in work.state]
        for problem in fresh:
            _drop(work, problem.path)
        texts, declaration = _texts(work, problems)
    findings = _findings(source, problems)
    if findings and not skip:
        raise Untranslatable(findings)
    return _exported(work, texts, declaration, findings)


def _differing(source: Source, reading: Reading, *, skip: bool) -> Exported:
    """A whole export as a server's realm: what it has not is not there."""
    work = _Work(source, reading, True, reading.stated())
    for problem in reading.problems:
        _drop(work, problem.path)
    findings = _findings(source, reading.problems)
    if findings and not skip:
        raise Untranslatable(findings)
    snapshot, resolved = reading.snapshot(), reading.resolved()
    gone = {address for address in snapshot.objects if work.is_dropped(address, "")}
    kept, lived = (
        replace(one, objects={address: live for address, live in one.objects.items() if address not in gone})
        for one in (snapshot, resolved)
    )
    found = export(kept, resolved=lived, assumed=reading.assumptions)
    left_out = tuple(f"left out: {one.place}: {one.message}" for one in findings)
    return replace(found, remarks=(*reading.notes, *found.remarks, *left_out))


def _findings(source: Source, problems: list[Problem]) -> list[Finding]:
    found = list(source.findings)
    for one in problems:
        found.append(Finding("not-translated", one.message, source.place(one.path), one.advice))
    return sorted(dict.fromkeys(found), key=lambda one: (one.place is None, one.place or "", one.message))


def _exported(
    work: _Work, texts: dict[str, str], declaration: Declaration, findings: list[Finding]
) -> Exported:
    remarks = [f"{'.'.join(map(str, path)) or work.reading.realm}: {text}"
               for path, found in declaration.remarks.items() for text in found]  # fmt: skip
    left_out = [f"left out: {one.place}: {one.message}" for one in findings]
    said = {**texts, ENVIRONMENT: environment(declaration)} if declaration.variables.found else texts
    needed = [f"files: put {name} into the folder; the files refer to it." for name in work.reading.assumptions.files]
    notes = [*work.reading.notes, *needed, *remarks]
    if work.state:
        keys = sorted({str(one.path[-1]) for one in work.state if one.path})
        notes.append(f"Left out, since Keycloak writes it by itself: {', '.join(keys)}.")
    notes += [f"{work.source.place(one.path)}: {one.message}" for one in work.unknown]
    return Exported(
        said, tuple(declaration.variables.found), filled_environment(declaration), (*notes, *left_out)
    )


def _texts(work: _Work, problems: list[Problem]) -> tuple[dict[str, str], Declaration]:
    declaration = _declare(work)
    frame: dict[str, Any] = {"realm": work.reading.realm}
    if work.accepted:
        frame["accept"] = sorted(work.accepted)
    what = "what differs from Keycloak's own defaults" if work.only_differences else "what the file states"
    name = as_file_text(work.reading.realm)
    head = [f"The realm {name}: {what}.", *work.reading.notes]
    head += [f"Left out: {one.place}: {one.message}" for one in _findings(work.source, problems)]
    return files(declaration, frame, {REALM_FILE: head}), declaration


def _accepted(texts: Mapping[str, str]) -> list[str]:
    data = read_sheets(texts[REALM_FILE], REALM_FILE)[0].data
    return list(data.get("accept") or ())


def _declare(work: _Work) -> Declaration:
    snapshot = work.reading.snapshot()
    declaration = Declaration(snapshot.realm)
    base = Baseline(snapshot.realm, snapshot.version, snapshot.objects)
    order = {name: index for index, name in enumerate(kinds())}
    for address in sorted(work.stated, key=lambda one: order[one.kind]):
        if work.is_dropped(address, ""):
            continue
        kind, live = kinds()[address.kind], snapshot.objects[address]
        idle = unused(live, base.objects, builtin=base.builtin(address)) - {"attributeOrder"}
        if address.names and idle >= set(kind.fields()) & set(live.fields):
            work.dropped.add((address, "", ""))
            continue
        fields: dict[str, Any] = {}
        for name in work.stated[address]:
            if name in idle:
                if live.fields.get(name) is not None and name == "secret":
                    declaration.remark(path_of(address), f"its {name} is left out: nobody uses it")
                work.dropped.add((address, name, ""))
            elif not work.is_dropped(address, name):
                _field(work, declaration, base, live, name, fields)
        if fields or (kind.model is not None and not kind.single and address.names):
            put(declaration.sections, path_of(address), fields)
    return declaration


def _field(
    work: _Work, declaration: Declaration, base: Baseline, live: Live, name: str, fields: dict[str, Any]
) -> None:
    kind = kinds()[live.address.kind]
    value = _known(work, kind, name, live)
    if work.only_differences:
        default = fitted(types(kind)[name], (base.of(live) or {}).get(name))
        value = minimal(value, default, kind.fields()[name], whole=False)
        if value is NOTHING:
            work.dropped.add((live.address, name, ""))
            return
    told = readable(declaration, (*path_of(live.address), name), value, kind, name)
    if isinstance(value, Mapping):
        gone = set(live.fields.get(name) or ()) - set(told if isinstance(told, Mapping) else ())
        work.dropped |= {(live.address, name, key) for key in gone}
    if told is NOTHING:
        return
    try:
        said = told if has_reference(told) and not _is_text(kind, name) else written(kind, name, told)
    except CannotBeSaidError as error:
        work.dropped.add((live.address, name, ""))
        declaration.remark(path_of(live.address), f"{name}: {error}")
        return
    fields[name] = declaration.variables.referring(live.address, (name,), said)


def _is_text(kind: Kind, name: str) -> bool:
    from realmctl.export.foreign.values import TEXT, shape_of

    return shape_of(kind, name) == TEXT


def _known(work: _Work, kind: Kind, name: str, live: Live) -> Any:
    value = fitted(types(kind)[name], live.fields.get(name), empties=True)
    if not isinstance(value, Mapping):
        return value
    value = {key: item for key, item in value.items() if (live.address, name, key) not in work.dropped}
    if name != "attributes":
        return value
    value = {key: item for key, item in value.items() if key not in MADE_UP}
    return {k: v for k, v in value.items() if kind.name != "realm" or not is_copy(k, v, live)}


def _unwritable(work: _Work) -> Iterator[Problem]:
    """What the model of a field refuses in every way of writing it."""
    snapshot = work.reading.snapshot()
    for address, fields in work.stated.items():
        kind, live = kinds()[address.kind], snapshot.objects[address]
        for name, path in fields.items():
            value = _known(work, kind, name, live)
            if has_reference(value):
                continue
            try:
                written(kind, name, value)
            except CannotBeSaidError as error:
                yield Problem(path, f"'{name}' of {kind.title}: {error}", "")


def _kept_by_keycloak(work: _Work) -> Iterator[Problem]:
    """What differs from a new realm, and Keycloak refuses to change: the client that administers the realm."""
    snapshot = work.reading.snapshot()
    base = Baseline(snapshot.realm, snapshot.version, snapshot.objects)
    for address, fields in work.stated.items():
        kind, live = kinds()[address.kind], snapshot.objects[address]
        if address.names[:1] != ("realm-management",) or not unused(live, base.objects, builtin=True):
            continue
        known = base.fresh.get(address)
        defaults = {name: fitted(types(kind)[name], known.fields.get(name)) if known else None for name in fields}
        values = {name: fitted(types(kind)[name], live.fields.get(name)) for name in fields}
        compare = kind.fields()
        differing = [
            path
            for name, path in fields.items()
            if known is None or minimal(values[name], defaults[name], compare[name], whole=False) is not NOTHING
        ]
        if differing:
            message = f"realmctl cannot declare the {kind.title} '{' / '.join(address.names)}' so"
            yield Problem(differing[0], message, "Keycloak refuses changes to the client realm-management")


def _drop(work: _Work, path: Steps) -> None:
    """Leave out what stands at a path in the source: a key of a map, else the field of an object, else the object."""
    homes = work.reading.homes()
    best: tuple[int, Address, str] | None = None
    for address, fields in work.stated.items():
        candidates = [(home, name) for name, home in fields.items()]
        if homes.get(address):
            candidates.append((homes[address], ""))
        for home, name in candidates:
            if path[: len(home)] == home and (best is None or len(home) > best[0]):
                best = (len(home), address, name)
    if best:
        length, address, name = best
        value = work.reading.snapshot().objects[address].fields.get(name)
        key = path[length] if len(path) > length and isinstance(value, Mapping) and path[length] in value else ""
        work.dropped.add((address, name, str(key)))


def _proven(work: _Work, texts: Mapping[str, str], declaration: Declaration) -> Iterator[Problem]:
    """What the files say otherwise than the source, or the loader refuses; rules to accept go into `work`."""
    assumed = work.reading.assumptions
    environ = {**assumed.variables}
    environ |= {one.name: one.value.reveal() if one.value else "hidden" for one in declaration.variables.found}
    with TemporaryDirectory() as folder:
        for name, text in {**texts, **assumed.files}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            edge.write(path, text)
        try:
            (config,) = load([folder], environ=environ)
        except BadConfig as error:
            wrong = [one for one in error.findings if one.severity == "error"]
            for finding in wrong:
                if finding.rule in ACCEPTABLE - _REFUSED:
                    work.accepted.add(finding.rule)
                    continue
                problem = _traced(work, texts, finding, folder)
                if finding.rule == "server-state":
                    work.state.append(problem)
                yield problem
            return
        warnings = [one for one in config.findings if one.rule == "unknown-reference"]
        work.unknown = [_traced(work, texts, one, folder) for one in warnings]
    yield from _compared(work, config)


def _traced(work: _Work, texts: Mapping[str, str], finding: Finding, folder: str) -> Problem:
    """What is wrong with the made files, at its place in the source."""
    message = f"{finding.message} [{finding.rule}]".replace(f"{folder}/", "")
    if finding.place is None:
        return Problem((), message, finding.advice)
    name = str(Path(finding.place.file).relative_to(folder))
    path = read_sheets(texts[name], name)[0].path_at(finding.place) if name in texts else ()
    return Problem(_source_path(work, path), message, finding.advice)


def _source_path(work: _Work, path: Steps) -> Steps:
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


def _compared(work: _Work, config: RealmConfig) -> Iterator[Problem]:
    """Each stated field has to be declared with its value, and each declared one to be stated."""
    resolve = work.reading.assumptions.resolve
    live = work.reading.resolved().objects
    stated: dict[Address, dict[str, Steps]] = {}
    for address, fields in work.stated.items():
        mine = Address(address.kind, tuple(str(resolve(name)) for name in address.names))
        stated[mine] = {} if work.is_dropped(address, "") else {
            name: path
            for name, path in fields.items()
            if not work.is_dropped(address, name)
        }
        out = {key for one, _, key in work.dropped if one == address}
        yield from _one_compared(stated[mine], config.desired.resources.get(mine), live[mine], out)
    for address, want in config.desired.resources.items():
        for name in sorted(set(want.fields) - set(stated.get(address, ()))):
            yield Problem((), f"{address} would declare '{name}', which the source does not state")


def _one_compared(
    fields: Mapping[str, Steps], want: Declared | None, live: Live, out: set[str]
) -> Iterator[Problem]:
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
    for name in own:
        value = live.fields.get(name)
        if isinstance(value, Mapping) and isinstance(own[name], Mapping):
            for key in sorted(set(value) - set(own[name]) - out - MADE_UP):
                yield Problem((*fields[name], key), f"'{key}' of {kind.title} would not be declared")


def _hidden(change: FieldChange) -> bool:
    return change.compare is Compare.SECRET and change.old == HIDDEN
