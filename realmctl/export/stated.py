"""What the files of another tool state, as realmctl's files that declare exactly that, and nothing else.

The result is proven: the files are loaded, and each field that they declare is one that the source states, with its
value; and the other way round. Must not know about: terminals, where the files go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.errors import BadConfig, Exit, Finding
from realmctl.export import Exported, export
from realmctl.export.baseline import Baseline
from realmctl.export.declaration import Declaration, is_copy, readable
from realmctl.export.folder import ENVIRONMENT, REALM_FILE, environment, files, filled_environment
from realmctl.export.foreign.documents import ExportSource
from realmctl.export.foreign.reading import Problem, Reading
from realmctl.export.foreign.representation import read_representation
from realmctl.export.foreign.substitutions import as_file_text, has_reference
from realmctl.export.layout import path_of, put
from realmctl.export.minimal import NOTHING, minimal
from realmctl.export.stated_proof import Work, prove_files
from realmctl.export.yaml_values import CannotBeSaidError, yaml_value
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.client_attributes import MADE_UP
from realmctl.keycloak.kinds.model_values import fitted, types
from realmctl.keycloak.kinds.registry import is_fixed, kinds
from realmctl.model.address import Address
from realmctl.model.objects import Live

Steps = tuple[str | int, ...]
_WHOLE = ("clients", "roles", "clientScopes", "authenticationFlows", "requiredActions")
"""What an export of Keycloak's own has; a file without one of these is somebody's part of a realm."""
_ROUNDS = 8
"""How often what the loader refuses is taken out, and the rest is proven again."""


class Untranslatable(BadConfig):
    """The source states what realmctl cannot declare. Nothing was written. Carries every finding."""

    exit_code = Exit.FAILED


def export_stated(
    source: ExportSource,
    *,
    only_differences: bool = False,
    skip: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Exported:
    """Return the files that declare what a source states.

    `only_differences`: without what Keycloak does by default. `skip`: what cannot be declared is left out, with a
    remark. Raises Untranslatable without that. Of `environ` count realmctl's own variables, such as the list of public
    ones.
    """
    reading = read_representation(source.realm, source.data, people=source.people)
    if only_differences and _is_whole(source.data):
        return _differing(source, reading, skip=skip, environ=environ)
    own = {name: value for name, value in (environ or {}).items() if name.startswith("REALMCTL_")}
    work = Work(source, reading, only_differences, reading.stated(), own)
    problems = [*reading.problems, *_unwritable(work), *_kept_by_keycloak(work)]
    for problem in problems:
        _drop(work, problem.path)
    texts, declaration = _texts(work, problems)
    for _ in range(_ROUNDS):
        accepted = work.accepted | work.accepted_here
        found = list(prove_files(work, _texts(work, problems, accepted)[0], declaration))
        fresh = [one for one in found if one not in problems]
        if not fresh and accepted == work.accepted | work.accepted_here:
            break
        problems += [one for one in fresh if one not in work.state]
        for problem in fresh:
            _drop(work, problem.path)
        texts, declaration = _texts(work, problems)
    findings = _findings(source, problems)
    if findings and not skip:
        raise Untranslatable(findings)
    return _exported(work, texts, declaration, findings)


def _differing(source: ExportSource, reading: Reading, *, skip: bool, environ: Mapping[str, str] | None) -> Exported:
    """A whole export as a server's realm: what it has not is not there."""
    work = Work(source, reading, True, reading.stated())
    for problem in reading.problems:
        _drop(work, problem.path)
    findings = _findings(source, reading.problems)
    if findings and not skip:
        raise Untranslatable(findings)
    snapshot, resolved = reading.snapshot(), reading.resolved()
    gone = {address for address in snapshot.objects if work.is_dropped(address, "")}
    notes = tuple(reading.notes)
    kept, lived = (
        replace(one, objects={a: live for a, live in one.objects.items() if a not in gone}, unseen=notes)
        for one in (snapshot, resolved)
    )
    found = export(kept, environ=environ, resolved=lived, assumed=reading.assumptions)
    left_out = tuple(f"left out: {one.place}: {one.message}" for one in findings)
    return replace(found, remarks=(*found.remarks, *left_out))


def _findings(source: ExportSource, problems: list[Problem]) -> list[Finding]:
    untranslated = [Finding("not-translated", one.message, source.place(one.path), one.advice) for one in problems]
    found = [*source.findings, *untranslated]
    return sorted(dict.fromkeys(found), key=lambda one: (one.place is None, one.place or "", one.message))


def _exported(work: Work, texts: dict[str, str], declaration: Declaration, findings: list[Finding]) -> Exported:
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
    return Exported(said, tuple(declaration.variables.found), filled_environment(declaration), (*notes, *left_out))


def _texts(
    work: Work, problems: list[Problem], accepted: Collection[str] | None = None
) -> tuple[dict[str, str], Declaration]:
    """The files, and what they declare; they accept findings of the `accepted` rules."""
    declaration = _declare(work)
    frame: dict[str, Any] = {"realm": work.reading.realm}
    if rules := sorted(work.accepted if accepted is None else accepted):
        frame["accept"] = rules
    what = "what differs from Keycloak's own defaults" if work.only_differences else "what the file states"
    name = as_file_text(work.reading.realm)
    head = [f"The realm {name}: {what}.", *work.reading.notes]
    head += [f"Left out: {one.place}: {one.message}" for one in _findings(work.source, problems)]
    return files(declaration, frame, {REALM_FILE: head}), declaration


def _declare(work: Work) -> Declaration:
    snapshot = work.reading.snapshot()
    declaration = Declaration(snapshot.realm)
    base = Baseline(snapshot.realm, snapshot.version, snapshot.objects)
    order = {name: index for index, name in enumerate(kinds())}
    for address in sorted(work.stated, key=lambda one: order[one.kind]):
        if work.is_dropped(address, ""):
            continue
        kind, live = kinds()[address.kind], snapshot.objects[address]
        idle = base.undecided(live) - {"attributeOrder"}
        said = set(kind.fields()) & set(live.fields)
        if said and idle >= said:
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
        if fields or (not kind.is_link and not kind.single and address.names):
            put(declaration.sections, path_of(address), fields)
    return declaration


def _field(work: Work, declaration: Declaration, base: Baseline, live: Live, name: str, fields: dict[str, Any]) -> None:
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
        said = told if has_reference(told) and not _is_text(kind, name) else yaml_value(kind, name, told)
    except CannotBeSaidError as error:
        work.dropped.add((live.address, name, ""))
        declaration.remark(path_of(live.address), f"{name}: {error}")
        return
    fields[name] = declaration.variables.referring(live.address, (name,), said)


def _is_text(kind: Kind, name: str) -> bool:
    from realmctl.export.foreign.values import TEXT, shape_of

    return shape_of(kind, name) == TEXT


def _known(work: Work, kind: Kind, name: str, live: Live) -> Any:
    value = fitted(types(kind)[name], live.fields.get(name), empties=True)
    if not isinstance(value, Mapping):
        return value
    value = {key: item for key, item in value.items() if (live.address, name, key) not in work.dropped}
    if name != "attributes":
        return value
    value = {key: item for key, item in value.items() if key not in MADE_UP}
    return {k: v for k, v in value.items() if kind.name != "realm" or not is_copy(k, v, live)}


def _unwritable(work: Work) -> Iterator[Problem]:
    """What the model of a field refuses in every way of writing it."""
    snapshot = work.reading.snapshot()
    for address, fields in work.stated.items():
        kind, live = kinds()[address.kind], snapshot.objects[address]
        for name, path in fields.items():
            value = _known(work, kind, name, live)
            if has_reference(value):
                continue
            try:
                yaml_value(kind, name, value)
            except CannotBeSaidError as error:
                yield Problem(path, f"'{name}' of {kind.title}: {error}", "")


def _kept_by_keycloak(work: Work) -> Iterator[Problem]:
    """What differs from a new realm, and Keycloak refuses to change: the client that administers the realm."""
    snapshot = work.reading.snapshot()
    base = Baseline(snapshot.realm, snapshot.version, snapshot.objects)
    for address, fields in work.stated.items():
        kind, live = kinds()[address.kind], snapshot.objects[address]
        if not (is_fixed(address) and live.fields):
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
            message = f"the {kind.title} '{' / '.join(address.names)}' is not as in a new realm"
            yield Problem(differing[0], message, "Keycloak refuses changes to the client realm-management")


def _drop(work: Work, path: Steps) -> None:
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


def _is_whole(realm: Mapping[str, Any]) -> bool:
    """Return whether the files tell all of a realm, so that what is not in them is not there."""
    return all(section in realm for section in _WHOLE) and bool(realm.get("keycloakVersion"))
