"""The fingerprint of a plan: what makes two plans the same, for an apply under its lock and for a saved plan.

Pure. Must not know about: files, what is done when two plans are not the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.engine.plan.value_text import is_secret, plain
from realmctl.model.change import Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN


@dataclass(frozen=True, slots=True)
class PlanFingerprint:
    """Whether the realm is to be created, and every change: its address, and its values as canonical text."""

    creates_realm: bool
    changes: tuple[tuple[str, str], ...]

    def differing(self, other: PlanFingerprint) -> list[str]:
        """Return the sorted addresses of the changes that one of the two has, and the other has not."""
        return sorted({address for address, _ in set(self.changes) ^ set(other.changes)})

    def beyond(self, shown: PlanFingerprint) -> list[str]:
        """Return the sorted addresses of this plan's changes that are not among those of `shown`.

        A part of what was shown may have been made meanwhile, by the requests of an apply that was killed.
        """
        return sorted({address for address, _ in set(self.changes) - set(shown.changes)})


def fingerprint(plan: Plan, *, around_secrets: bool = False) -> PlanFingerprint:
    """Return the fingerprint of a plan: neither places nor notes, nor what is only told beside the changes.

    `around_secrets`: whether that counts, too, what stands beside a secret in one field. It is known to the process
    that planned, and is in no file: a saved plan has nothing of a field that holds a secret.
    """
    return PlanFingerprint(plan.creates_realm, tuple(_change_print(one, around_secrets) for one in plan.changes))


def recorded_fingerprint(creates_realm: bool, changes: Iterable[Mapping[str, Any]]) -> PlanFingerprint:
    """Return the fingerprint of a plan of which the changes were kept, as `change_values` gives them."""
    return PlanFingerprint(creates_realm, tuple((str(one["address"]), _canonical(one)) for one in changes))


def change_values(change: Change) -> dict[str, Any]:
    """Return as plain data what makes a change the same."""
    return {**change_head(change), "fields": [field_values(field) for field in change.fields]}


def change_head(change: Change) -> dict[str, Any]:
    """Return what a change says beside its fields; `address` can be parsed, `kind` and `names` are its parts."""
    return {
        "action": change.action.value,
        "address": str(change.address),
        "kind": change.address.kind,
        "names": list(change.address.names),
        "renamedFrom": str(change.renamed_from) if change.renamed_from else None,
        "protected": change.protected,
    }


def field_values(field: FieldChange) -> dict[str, Any]:
    """Return one field as plain data: `old` and `new`, for a set `added` and `removed`, too; a secret is hidden."""
    data: dict[str, Any] = {"path": field.path, "compare": field.compare.value, "secret": is_secret(field)}
    if data["secret"]:
        return {**data, "old": None if field.old is None else HIDDEN, "new": None if field.new is None else HIDDEN}
    data |= {"old": plain(field.old), "new": plain(field.new)}
    if field.compare is Compare.SET:
        added, removed = field.moved()
        data |= {"added": plain(added), "removed": plain(removed)}
    return data


def _change_print(change: Change, around_secrets: bool) -> tuple[str, str]:
    values = change_values(change)
    text = _canonical(values)
    if around_secrets:
        text += repr([(plain(one.old), plain(one.new)) for one in change.fields if is_secret(one)])
    return str(values["address"]), text


def _canonical(change: Mapping[str, Any]) -> str:
    """Return the change as text: as JSON, since to Python 1 and true are equal; a set has no order."""
    return json.dumps({**change, "fields": [_unordered(field) for field in change["fields"]]}, sort_keys=True)


def _unordered(field: Mapping[str, Any]) -> dict[str, Any]:
    if field["compare"] != Compare.SET.value:
        return dict(field)
    return {
        key: sorted(value, key=lambda item: json.dumps(item, sort_keys=True)) if isinstance(value, list) else value
        for key, value in field.items()
    }
