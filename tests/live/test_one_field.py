"""Each field of each kind by itself: a change of one changes no other, and so does null, which takes it away.

Every object has a value for every field (`full.py`). In each round one field of each object gets another value, then
null. What a plan does not name stays; afterwards nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.apply.writer import Writer
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Snapshot
from tests.live.full import BESIDE, FULL, NEEDED, REALM, joined, placed, single, values
from tests.live.scene import applied, declared

Change = tuple[tuple[str, ...], tuple[str, ...], Any]
"""The object's path in a file, the path of the field below it, and the value."""
_REALM = Address("realm")
State = dict[tuple[str, ...], Any]
_OTHERS = frozenset({"id", "_id", "subComponents", "users/looked-up", "introspection.token.claim", "attributeOrder"})
"""Ids, objects within objects, what Keycloak fills in by itself when a mapper is saved for the first time, and the
order of attributes that are no longer there."""
_ALONG = {"client-scopes-of-client/app": "serviceAccountsEnabled"}
"""Keycloak takes the scope `service_account` away with the service account."""


_OTHER_NAMES = {
    "otpSupportedApplications": "otpPolicyType",
    "attributes.realmReusableOtpCode": "otpPolicyCodeReusable",
    "attributes.webAuthnPolicyExtraOriginsPasswordless": "webAuthnPolicyPasswordlessExtraOrigins",
}
"""What follows from a setting: the authenticator apps that can do it, and the same setting among the attributes."""


def below(value: Any, path: tuple[str, ...]) -> State:
    """Every value in a map, with its path; empty ones are left out, since Keycloak drops them."""
    if isinstance(value, Mapping):
        return {at: one for key, item in value.items() for at, one in below(item, (*path, str(key))).items()}
    shown = sorted(map(str, value)) if isinstance(value, list) else value
    return {} if shown in (None, "", [], False) else {path: shown}


def state(snapshot: Snapshot) -> State:
    """All fields of all objects, without what realmctl keeps for itself."""
    found: State = {}
    for address, live in snapshot.objects.items():
        found |= below(dict(live.fields), (str(address),))
    return {
        at: one for at, one in found.items() if not _OTHERS & set(at) and not any("realmctl" in part for part in at)
    }


def declaration(realm: str, changes: Iterable[Change]) -> Desired:
    """All objects, each with nothing said of it but its change."""
    whole: Any = dict(BESIDE)
    for path in FULL:
        whole = joined(whole, placed(path, {}))
    for path, field, value in changes:
        whole = joined(whole, placed(path, placed(field, value)))
    return declared(realm, whole)


def refused(realm: str, change: Change) -> bool:
    """Whether `validate` refuses the change: null where Keycloak has no way to take the field away."""
    found = declaration(realm, [change]).resources.values()
    return any(
        value is None and kinds()[want.address.kind].ignores_null(name)
        for want in found
        for name, value in want.fields.items()
    )


def differing(before: State, after: State) -> Iterator[tuple[str, str]]:
    """The address and path of every field that differs."""
    for at in sorted(before.keys() | after.keys()):
        if before.get(at) != after.get(at):
            yield at[0], ".".join(at[1:])


def carried_out(admin: Admin, desired: Desired, snapshot: Snapshot) -> dict[str, list[str]]:
    """Writes what the plan says, without its lock and inventory. Returns the planned paths by address."""
    comparison = compare(desired, snapshot)
    plan, live = make_plan(comparison), comparison.live
    writer = Writer(admin, desired.realm, {address: one.id for address, one in live.objects.items() if one.id})
    for step in make_steps(plan, comparison):
        for request in step.requests:
            writer.carry_out(request)
    return {str(change.address): [field.path for field in change.fields] for change in plan.changes}


def is_named(path: str, planned_paths: Sequence[str]) -> bool:
    """Whether the plan names the path, something in it, or what it is in."""
    return any(path == one or path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in planned_paths)


def rounds(nulls: bool) -> Iterator[list[Change]]:
    """In each round one field of each object."""
    rows: list[list[Change]] = []
    for path, pairs in FULL.items():
        fields = [(field, None if nulls else value) for field, value in single(pairs) if nulls or value is not None]
        maps = [((name,), None) for name, pair in pairs.items() if nulls and isinstance(pair, dict)]
        rows.append(
            [(path, field, value) for field, value in (*fields, *maps) if not nulls or (*path, *field) not in NEEDED]
        )
    for row in zip_longest(*rows):
        yield [change for change in row if change]


def test_a_field_by_itself(admin: Admin, realm_name: str) -> None:
    whole: Any = dict(BESIDE)
    for path, pairs in FULL.items():
        whole = joined(whole, placed(path, values(pairs, 0)))
    applied(admin, declared(realm_name, whole))
    everything = declared(realm_name, whole)
    snapshot = read(admin, scope_of(everything))
    wrong: list[str] = []
    for nulls in (False, True):
        for changes in rounds(nulls):
            desired = declaration(realm_name, [change for change in changes if not refused(realm_name, change)])
            before = state(snapshot)
            named = carried_out(admin, desired, snapshot)
            snapshot = read(admin, scope_of(everything))
            left = make_plan(compare(desired, snapshot)).changes
            wrong += [f"{one.address}: {[field.path for field in one.fields]} did not stick" for one in left]
            for address, at in differing(before, state(snapshot)):
                follows = _ALONG.get(address) in named.get("client/app", ())
                if not follows and not is_named(at, named.get(address, [])):
                    wrong.append(f"{address}: {at} changed along with {named.get(address)}")
    assert wrong == []
    off = declared(realm_name, {"userProfile": {"unmanagedAttributePolicy": "DISABLED"}}, owner="another")
    applied(admin, off)
    assert "unmanagedAttributePolicy" not in admin.get(realm_name, "users", "profile")


def test_a_setting_of_the_realm_by_itself(admin: Admin, realm: str) -> None:
    first = {name: pair[0] for name, pair in REALM.items()}
    applied(admin, declared(realm, first))
    wrong: list[str] = []
    now = read(admin, scope_of(declared(realm, first)))
    for name, pair in REALM.items():
        for value in (pair[1], None):
            if value is None and kinds()["realm"].ignores_null(name):
                continue
            desired = declared(realm, {name: value})
            before = below(dict(now.objects[_REALM].fields), ())
            named = carried_out(admin, desired, now)
            now = read(admin, scope_of(desired))
            after = below(dict(now.objects[_REALM].fields), ())
            if make_plan(compare(desired, now)).changes:
                wrong.append(f"{name}: {value!r} did not stick")
            for keys in before.keys() | after.keys():
                path = ".".join(keys)
                setting = _OTHER_NAMES.get(path, path.removeprefix("attributes."))
                known = is_named(path, named.get("realm", [])) or setting in named.get("realm", [])
                if before.get(keys) != after.get(keys) and not known:
                    wrong.append(f"{path} changed along with {name}: {value!r}")
    assert wrong == []
