"""Takes over into a realm's files what is live: object by object, each proven by planning the files again.

Must not know about: terminals, servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from realmctl.config.loader import RealmConfig
from realmctl.config.loader.rewrite import rewriting
from realmctl.config.yaml.edits import CannotEditError
from realmctl.drift.adopt import adoption
from realmctl.drift.deviations import deviations
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, RealmctlError, Refused
from realmctl.model.change import FieldChange
from realmctl.model.drift import Adopted, Deviation, Edit, RealmDrift, What
from realmctl.model.fields import Compare
from realmctl.model.objects import Snapshot

Reload = Callable[[Mapping[str, str]], RealmConfig]
"""Reads the realm's files again, with these environment variables on top."""


def take_over(config: RealmConfig, found: RealmDrift, wanted: Sequence[str], reload: Reload) -> RealmDrift:
    """Writes what of the drift is wanted (patterns of addresses) into the files; what is left of the drift.

    An object is taken over whole or not at all; where the files would then be wrong, or still not as live, they stay
    as they are. Raises RealmctlError where a file can't be written.
    """
    if found.error or found.snapshot is None:
        return found
    live = found.snapshot
    what = adoption(found.deviations, wanted, compare(config.desired, live))
    environ = {one.name: one.value.reveal() if one.value else "hidden" for one in what.variables}
    told = [Adopted(address, why_not=why) for address, why in what.left]
    left = _known(config, live)
    for address, group in groupby(what.edits, key=lambda edit: edit.address):
        edits = list(group)
        fields = tuple(edit.field for edit in edits if edit.field)
        done = _taken(config, edits, live, left, lambda: reload(environ))
        if isinstance(done, str):
            told.append(Adopted(address, fields, why_not=done))
        else:
            config, left, files = done
            told.append(Adopted(address, fields, files))
    still = tuple(kept for one in found.deviations if (kept := _kept(one, left)) is not None)
    done_for = {one.address for one in told if not one.why_not}
    said = "".join(repr(edit.value) for edit in what.edits if edit.address in done_for)
    to_set = tuple(one.name for one in what.variables if one.reference in said)
    return replace(found, deviations=still, adopted=tuple(told), to_set=to_set)


Left = Mapping[tuple[What, str], Deviation]


def _known(config: RealmConfig, live: Snapshot) -> Left:
    comparison = compare(config.desired, live)
    found = deviations(make_plan(comparison), comparison)
    return {(one.what, str(one.address)): one for one in found}


def _open(left: Left) -> Left:
    """Without what only a hidden secret makes different: nobody can tell whether it does."""
    return {key: one for key, one in left.items() if not one.fields or not all(map(_hidden, one.fields))}


def _hidden(field: FieldChange) -> bool:
    return field.compare is Compare.SECRET


def _taken(
    config: RealmConfig, edits: Sequence[Edit], live: Snapshot, before: Left, reload: Callable[[], RealmConfig]
) -> tuple[RealmConfig, Left, str] | str:
    """The realm and its drift with the edits, and the files written; or why that can't be, with nothing written."""
    try:
        files = rewriting(config, edits)
        files.write()
    except CannotEditError as error:
        return str(error)
    except OSError as error:
        raise RealmctlError(f"cannot write {error.filename}: {error.strerror}") from error
    proven = False
    try:
        now = reload()
        left = _known(now, live)
        wrong = _not_taken(edits, _open(before), _open(left))
        proven = not wrong
    except BadConfig as error:
        wrong = f"the files would be wrong: {error.findings[0].message} [{error.findings[0].rule}]"
    except Refused as error:
        wrong = error.message
    finally:
        if not proven:
            files.undo()
    return wrong or (now, left, files.files)


def _not_taken(edits: Sequence[Edit], before: Left, after: Left) -> str:
    """What the edits left undone, or did beside; "" for nothing."""
    for edit in edits:
        for (_, address), one in after.items():
            same = address == str(edit.address) or (not edit.field and address.startswith(f"{edit.address}/"))
            if same and (not edit.field or any(field.path == edit.field for field in one.fields)):
                return f"the files would still say something else of {edit.field or address}"
    more = next((address for what, address in after if (what, address) not in before), "")
    return f"the files would then differ in {more}" if more else ""


def _kept(one: Deviation, left: Left) -> Deviation | None:
    """What of a deviation is still one."""
    now = left.get((one.what, str(one.address)))
    if now is None:
        return None
    paths = {field.path for field in now.fields}
    fields = tuple(field for field in one.fields if field.path in paths)
    return replace(one, fields=fields) if fields or not one.fields else None
