"""Each key of the language does something: another value of it gives other requests, another desired realm or plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.config.loader import load
from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Place, RealmctlError
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import kinds, model_of, realm_file
from realmctl.model.fields import Owned, plain_fields
from realmctl.model.objects import Desired, Inventory, Snapshot, Written
from tests.cases.kinds.case import told_request
from tests.live.full import BESIDE, FIXED, FULL, SETTINGS, joined, placed, single, values

PROFILE: dict[str, Any] = {"attributes": [], "groups": [{"name": "user-metadata"}]}
WHOLE: dict[str, Any] = dict(BESIDE)
for _path, _pairs in FULL.items():
    WHOLE = joined(WHOLE, placed(_path, values(_pairs, 0)))


def wanted(said: Mapping[str, Any]) -> Desired:
    return desired("fresh", expand(realm_file().model_validate(said), Written(Place("realm.yaml"))))


def requests(said: Mapping[str, Any]) -> str:
    """What an apply to an untouched realm sends."""
    want = wanted(said)
    snapshot = Snapshot("fresh", True, objects({**fresh_realm(), "users/profile": PROFILE}, builtin("")), Inventory())
    comparison = compare(want, snapshot)
    steps = make_steps(make_plan(comparison), comparison)
    return "\n".join(repr(told_request(request)) for step in steps for request in step.requests)


def test_each_field_changes_the_requests() -> None:
    before = requests(WHOLE)
    changed = {
        (*path, *field): value for path, pairs in FULL.items() for field, value in single(pairs) if value is not None
    }
    same = [at for at, value in changed.items() if requests(joined(WHOLE, placed(at, value))) == before]
    same += [(name,) for name, (first, then) in SETTINGS.items() if requests({name: first}) == requests({name: then})]
    assert same == []


def test_each_field_of_each_kind_is_tried() -> None:
    """`FULL` has an object of each kind, with each field that the kind compares."""
    tried: dict[str, set[str]] = {}
    for address, want in wanted(WHOLE).resources.items():
        tried.setdefault(address.kind, set()).update(want.fields)
    assert set(SETTINGS) | FIXED >= set(plain_fields(kinds()["realm"].model))
    missing = {
        f"{kind.name}.{name}"
        for kind in kinds().values()
        if not kind.is_link and kind.name != "realm"
        for name in plain_fields(kind.model)
        if name not in tried.get(kind.name, ())
    }
    assert missing == set(APART)


_NOT_READ = "Keycloak keeps it for consent screens that it no longer has"
_OF_ITS_TYPE = "follows from the type; another one is refused or makes another object"
APART = {
    "authorization-policy.decisionStrategy": "only permissions have one: test_more_kinds",
    "client.bearerOnly": "excludes every login",
    "client.publicClient": "excludes a service account and a secret",
    "client.secret": "compared with the server's: test_engine",
    "component.name": "of several with one name: test_more_kinds",
    "flow.providerId": _OF_ITS_TYPE,
    "flow.steps": "written out as executions: test_export_reads_well and tests/cases/kinds/cases",
    "protocol-mapper.consentRequired": _NOT_READ,
    "protocol-mapper.consentText": _NOT_READ,
    "protocol-mapper.protocol": _OF_ITS_TYPE,
    "required-action.providerId": _OF_ITS_TYPE,
    "scope-mapper.consentRequired": _NOT_READ,
    "scope-mapper.consentText": _NOT_READ,
    "scope-mapper.protocol": _OF_ITS_TYPE,
    "sub-component.name": "of several with one name: test_more_kinds",
    "user-profile.attributeOrder": "names attributes: tests/cases/kinds/cases/user-profile-order.yaml",
    "user-profile.groups": "as attributes: tests/cases/kinds/cases/user-profile.yaml",
    "user.requiredActions": "of a new user alone: test_users",
    "workflow.concurrency": "excludes a schedule: test_more_kinds",
    "workflow.schedule": "excludes other fields: test_more_kinds",
}
"""Fields that are not tried here, with the reason."""


def owned_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if not kind.is_link and issubclass(kind.model, Owned)]


@pytest.mark.parametrize("kind", owned_kinds(), ids=lambda kind: kind.name)
def test_own_keys_work_on_each_kind(kind: Kind) -> None:
    """`protected`, `renamedFrom` and `absent` reach the declaration, or are refused."""
    model = model_of(kind.name)
    assert {"protected", "renamedFrom", "absent"} <= set(model.model_fields)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owner", "another"),
        ("deletions", {"limit": 1}),
        ("deletions", {"share": "1%"}),
        ("prune", ["roles"]),
        ("customProviders", ["of-ours"]),
        ("accept", ["unknown-type"]),
        ("variables", ["OTHER_*"]),
    ],
)
def test_realmctls_own_keys_do_something(tmp_path: Path, key: str, value: Any) -> None:
    base: dict[str, Any] = {"realm": "r", "roles": {"a": None}}
    if key in ("customProviders", "accept"):
        base["clients"] = {"a": {"protocolMappers": {"m": {"protocolMapper": "of-ours"}}}}
    told = [_loaded(tmp_path, base), _loaded(tmp_path, {**base, key: value})]
    assert told[0] != told[1]


def _loaded(folder: Path, said: Mapping[str, Any]) -> str:
    (folder / "realm.yaml").write_text(yaml.safe_dump(dict(said)))
    try:
        (config,) = load([folder], environ={})
    except RealmctlError as error:
        return repr(error)
    return repr((config.desired, config.findings, config.frame.variables))
