"""A plan in a file: what is desired, with secrets as references only, and the changes that were planned.

Applying it reads and plans again; anything but the same changes means that the realm has moved on.
Must not know about: how plans are made or shown, printing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realmctl import __version__, edge
from realmctl.errors import BadConfig, Finding, Place, Refused, UsageProblem
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Limits, Written
from realmctl.model.redaction import SHORTEST, is_vault, redact
from realmctl.model.secret import Secret
from realmctl.render.plan_json import change_data

if TYPE_CHECKING:
    from realmctl.model.change import Plan
    from realmctl.workflow import Planned

FORMAT = 2
_MARK = '{"realmctl": "saved plan"'
_SECRET, _MAP = "$secret", "$map"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a file holds: the desired realms, and by realm what was planned, as plain data."""

    file: Path
    desired: tuple[Desired, ...]
    planned: Mapping[str, Any]

    def check(self, plans: Sequence[Plan]) -> None:
        """Raises Refused unless these plans, made just now, are what was saved."""
        for plan in plans:
            now, then = _plan_data(plan), self.planned.get(plan.realm, {})
            if now == then:
                continue
            moved = sorted(_differing(then.get("changes", []), now["changes"]))
            named = ", ".join(moved[:5]) + (f" and {len(moved) - 5:,} more" if len(moved) > 5 else "")
            raise Refused(
                f"the realm {plan.realm} has moved on since {self.file} was saved"
                + (f": other changes are due to {named}" if named else ""),
                advice="Plan again, look at it, and apply that. Nothing was changed.",
            )


def is_saved(path: Path) -> bool:
    """Whether the file is a saved plan."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_MARK)) == _MARK.encode()
    except OSError:
        return False


def save(path: Path, planned: Sequence[Planned]) -> None:
    """Writes the plans to a file that only its owner can read.

    Raises Refused where a secret stands in the files in clear text, or in a place that is no secret's: it would have
    to stand here, too.
    """
    realms = [{**_desired_data(one.desired), **_plan_data(one.plan)} for one in planned]
    for realm in realms:
        _refuse_secrets(realm, str(realm["realm"]))
    body = json.dumps({"format": FORMAT, "version": __version__, "realms": realms}, ensure_ascii=True)
    try:
        edge.write(path, f"{_MARK}, {body[1:]}\n", private=True)
    except OSError as error:
        raise UsageProblem(f"cannot write the plan to {path}: {error.strerror}") from error


def _refuse_secrets(value: Any, realm: str) -> None:
    """Raises Refused where a text in the plan holds a secret's value: hidden, it could not be carried out."""
    if isinstance(value, Mapping):
        where = value.get("address")
        for key, item in value.items():
            _refuse_secrets(str(key), str(where or realm))
            _refuse_secrets(item, str(where or realm))
    elif isinstance(value, list):
        for item in value:
            _refuse_secrets(item, realm)
    elif isinstance(value, str) and len(value) >= SHORTEST and redact(value) != value:
        raise Refused(
            f"the plan can't be saved: the value of a secret stands in {realm}, in a field that is not a secret's",
            advice="Write another value there, or plan and apply in one go: realmctl apply",
        )


def load(path: Path, *, environ: Mapping[str, str], variables: Mapping[str, str]) -> SavedPlan:
    """The saved plan, its secrets resolved anew.

    Raises BadConfig where the file is damaged or a reference leads nowhere, Refused where it is of another format.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if document.get("format") != FORMAT:
        raise Refused(
            f"{path} was saved by realmctl {document.get('version')}, in another format than this version's",
            advice="Plan again with this version.",
        )
    from realmctl.load import resolve

    def secret(reference: str) -> Secret:
        if is_vault(reference):
            return Secret(reference)
        return Secret(resolve(reference, environ=environ, variables=variables), reference)

    try:
        desired = tuple(_desired(realm, secret) for realm in document["realms"])
        planned = {one["realm"]: {key: one[key] for key in ("createsRealm", "changes")} for one in document["realms"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path) from error
    return SavedPlan(path, desired, planned)


def _damaged(path: Path) -> BadConfig:
    return BadConfig([Finding("saved-plan", "the saved plan is damaged", Place(str(path)), "plan again")])


def _plan_data(plan: Plan) -> dict[str, Any]:
    """What has to be the same again: the changes, without where they were written and what they would cost."""
    changes = [{k: v for k, v in change_data(one).items() if k not in ("place", "notes")} for one in plan.changes]
    data: dict[str, Any] = json.loads(json.dumps({"createsRealm": plan.creates_realm, "changes": changes}))
    return data


def _differing(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> set[str]:
    before, after = ({change["address"]: change for change in changes} for changes in (then, now))
    return {address for address in {**before, **after} if before.get(address) != after.get(address)}


def _desired_data(desired: Desired) -> dict[str, Any]:
    return {
        "realm": desired.realm,
        "owner": desired.owner,
        "limits": {"count": desired.limits.count, "share": desired.limits.share},
        "prune": sorted(desired.prune),
        "resources": [_declared_data(declared) for declared in desired.resources.values()],
        "absent": [_declared_data(declared) for declared in desired.absent.values()],
    }


def _declared_data(declared: Declared) -> dict[str, Any]:
    place = declared.origin.place()
    return {
        "address": str(declared.address),
        "fields": {name: _packed(value, declared, (name,)) for name, value in declared.fields.items()},
        "place": [place.file, place.line, place.column],
        "renamedFrom": str(declared.renamed_from) if declared.renamed_from else None,
        "protected": declared.protected,
    }


def _packed(value: Any, declared: Declared, path: tuple[str | int, ...]) -> Any:
    if isinstance(value, Secret):
        if not (value.reference or value.vault):
            raise Refused(
                f"{declared.origin.place(*path)}: a secret in clear text cannot be saved with a plan",
                advice="Write a reference such as $(env:NAME) instead, or apply without saving.",
            )
        return {_SECRET: value.reference or value.reveal()}
    if isinstance(value, Mapping):
        packed = {str(key): _packed(item, declared, (*path, str(key))) for key, item in value.items()}
        return {_MAP: packed} if any(key.startswith("$") for key in packed) else packed
    if isinstance(value, (list, tuple)):
        return [_packed(item, declared, (*path, index)) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{declared.address}: {'.'.join(map(str, path))} cannot be saved")


def _desired(data: Mapping[str, Any], secret: Callable[[str], Secret]) -> Desired:
    resources = [_declared(one, secret) for one in data["resources"]]
    return Desired(
        realm=data["realm"],
        resources={one.address: one for one in resources},
        owner=data["owner"],
        limits=Limits(data["limits"]["count"], data["limits"]["share"]),
        prune=frozenset(data["prune"]),
        absent={one.address: replace(one, absent=True) for one in (_declared(one, secret) for one in data["absent"])},
    )


def _declared(data: Mapping[str, Any], secret: Callable[[str], Secret]) -> Declared:
    return Declared(
        address=Address.parse(data["address"]),
        fields=_unpacked(data["fields"], secret),
        origin=Written(Place(*data["place"])),
        renamed_from=Address.parse(data["renamedFrom"]) if data["renamedFrom"] else None,
        protected=data["protected"],
    )


def _unpacked(value: Any, secret: Callable[[str], Secret]) -> Any:
    if isinstance(value, list):
        return [_unpacked(item, secret) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_SECRET}:
        return secret(value[_SECRET])
    if set(value) == {_MAP}:
        value = value[_MAP]
    return {key: _unpacked(item, secret) for key, item in value.items()}
