"""A saved plan in its file: written, read, and compared with the files and the plans of now.

Must not know about: how plans are made or shown, printing.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realmctl import __version__
from realmctl.engine.plan.fingerprint import PlanFingerprint, change_values, fingerprint, recorded_fingerprint
from realmctl.errors import BadConfig, Finding, Place, Refused, UsageProblem
from realmctl.model import output
from realmctl.model.redaction import SHORTEST, redact
from realmctl.workflow.saved_plan.digests import digests_of
from realmctl.workflow.saved_plan.document import (
    FORMAT,
    LARGEST,
    NAMED,
    Damaged,
    OtherFormat,
    PlanDocument,
    RealmRecord,
    parse,
)
from realmctl.workflow.saved_plan.sources import Sources, recorded_paths, repository

if TYPE_CHECKING:
    from realmctl.model.change import Plan
    from realmctl.model.objects import Desired
    from realmctl.workflow import Planned

_MARK = f'{{"realmctl": "{NAMED}"'.encode()
_AGAIN = "Plan again, review it, and apply that. Nothing was changed."


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a file says that a reviewer saw. Nothing of it reaches the server: it is only compared."""

    file: Path
    document: PlanDocument

    def paths(self) -> tuple[str, ...]:
        """The paths of the files that the plan was made of, from here. Raises Refused where they are not here."""
        return recorded_paths(self.document.paths, self.file)

    def check_files(self, now: Sources, realms: Iterable[Desired]) -> None:
        """Raises Refused unless the files, and what they declare, are as they were when the plan was saved.

        Names the first file that differs; where none does, the first object.
        """
        then = {one.path: one.sha256 for one in self.document.files}
        for path in sorted({*then, *now.files}):
            if path not in now.files:
                raise self._refused(f"was made of {path} as well, which is not among the files that are applied")
            if path not in then:
                raise self._refused(f"was made without {path}, which is among the files that are applied")
            if then[path] != now.files[path]:
                raise self._refused(f"was made of another version of {path}")
        declared = {one.realm: one for one in realms}
        for name in sorted({*declared, *(one.realm for one in self.document.realms)}):
            saved = next((one for one in self.document.realms if one.realm == name), None)
            if saved is None:
                raise self._refused(f"does not plan the realm {name}, which the files declare")
            if name not in declared:
                raise self._refused(f"plans the realm {name}, which the files do not declare")
            self._check_realm(saved, declared[name])

    def _check_realm(self, saved: RealmRecord, desired: Desired) -> None:
        if saved.owner != desired.owner:
            raise self._refused(f"names the owner {saved.owner} in the realm {saved.realm}, the files {desired.owner}")
        root = repository(Path.cwd())
        for then, now in (
            (saved.declared, digests_of(desired.resources, root)),
            (saved.absent, digests_of(desired.absent, root)),
        ):
            address = next((one for one in sorted({*then, *now}) if then.get(one) != now.get(one)), None)
            if address:
                raise self._refused(
                    f"declares {address} in the realm {saved.realm} otherwise than the files do now",
                    "If the files are the same, their variables or the version of realmctl are not.",
                )

    def check(self, plans: Sequence[Plan]) -> None:
        """Raises Refused unless these plans, made just now, are what was saved."""
        then = {one.realm: _fingerprint(one) for one in self.document.realms}
        for plan in plans:
            before, now = then.get(plan.realm, PlanFingerprint(False, ())), fingerprint(plan)
            if plan.realm in then and now == before:
                continue
            moved = now.differing(before)
            named = ", ".join(moved[:5]) + (f" and {len(moved) - 5:,} more" if len(moved) > 5 else "")
            raise Refused(
                f"the realm {plan.realm} has moved on since {self.file} was saved"
                + (f": other changes are due to {named}" if named else ""),
                advice=_AGAIN,
            )

    def _refused(self, told: str, why: str = "") -> Refused:
        return Refused(f"{self.file} {told}", advice=f"{why} {_AGAIN}".lstrip())


def is_saved(path: Path) -> bool:
    """Whether the file begins as a saved plan does, or was cut off in its first bytes.

    Opens regular files only: others may never answer. An empty file is one, too, unless it is named like a YAML file.
    """
    try:
        begins = _read(path, len(_MARK))
    except (OSError, ValueError):
        return False
    return _MARK.startswith(begins) and (bool(begins) or path.suffix not in (".yaml", ".yml"))


def save(path: Path, planned: Sequence[Planned], sources: Sources) -> None:
    """Writes the plans to a file that only its owner can read.

    Raises Refused where a secret stands in the files in clear text, or in a field that is not a secret's; UsageProblem
    where the file can't be written.
    """
    root = repository(Path.cwd())
    realms = [_realm_data(one, root) for one in planned]
    body = {
        "format": FORMAT,
        "version": __version__,
        "paths": list(sources.paths),
        "files": [{"path": name, "sha256": digest} for name, digest in sorted(sources.files.items())],
        "realms": realms,
    }
    for realm in realms:
        _refuse_secrets(realm, str(realm["realm"]))
    text = json.dumps(body, ensure_ascii=True)
    try:
        output.write(path, f"{_MARK.decode()}, {text[1:]}\n", private=True)
    except OSError as error:
        raise UsageProblem(f"cannot write the plan to {path}: {error.strerror}") from error


def _refuse_secrets(value: Any, where: str) -> None:
    """Raise Refused where a text in the plan holds a secret's value: hidden, it could not be compared."""
    if isinstance(value, Mapping):
        where = str(value.get("address") or where)
        for key, item in value.items():
            _refuse_secrets(str(key), where)
            _refuse_secrets(item, where)
    elif isinstance(value, list):
        for item in value:
            _refuse_secrets(item, where)
    elif isinstance(value, str) and len(value) >= SHORTEST and redact(value) != value:
        raise Refused(
            f"the plan cannot be saved: {where} holds the value of a secret in a field that is not a secret's",
            advice="Write another value there, or plan and apply in one go: realmctl apply",
        )


def load(path: Path) -> SavedPlan:
    """The saved plan. Raises BadConfig where it is damaged, Refused where it is of another format."""
    try:
        return SavedPlan(path, parse(_read(path, LARGEST + 1)))
    except Damaged as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise _damaged(path, f"it cannot be read: {error.strerror or error}") from error
    except OtherFormat as error:
        raise Refused(
            f"{path} was saved by realmctl {error.version}, in another format than this version's",
            advice="Plan again with this version.",
        ) from error


def _read(path: Path, most: int) -> bytes:
    """The beginning of a regular file. Raises OSError for anything else, at once: a FIFO would never answer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a regular file")
        return stream.read(most)


def _damaged(path: Path, why: str) -> BadConfig:
    return BadConfig([Finding("saved-plan", f"the saved plan is damaged: {why}", Place(str(path)), "plan again")])


def _realm_data(one: Planned, root: Path) -> dict[str, Any]:
    return {
        "realm": one.desired.realm,
        "owner": one.desired.owner,
        "declared": digests_of(one.desired.resources, root),
        "absent": digests_of(one.desired.absent, root),
        "createsRealm": one.plan.creates_realm,
        "changes": [change_values(change) for change in one.plan.changes],
    }


def _fingerprint(realm: RealmRecord) -> PlanFingerprint:
    return recorded_fingerprint(
        realm.createsRealm, (one.model_dump(mode="json", exclude_unset=True) for one in realm.changes)
    )
