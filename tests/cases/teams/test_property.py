"""Whatever a team's file says: the compiled realm differs within the team's bounds only, or there is an error.

The oracle reads nothing of the rules: it compares two realms, and knows two names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from realmctl.config.loader import RealmConfig
from realmctl.model.address import Address
from tests.cases.teams.conftest import lay, read
from tests.support.examples import examples

NAMES = [
    "orders", "orders-a", "orders-b", "orders.c", "orders-api", "orders-reader", "orders-legacy", "ordersx", "Orders-a",
    "platform-admin", "platform-admins", "billing-clerk", "billing-api", "shop-api", "oauth2-proxy", "platform",
    "basic", "realm-management", "realm-admin", "roles", "department", "account", "uma_authorization",
]  # fmt: skip
AUDIENCE = {"tokens": {"audiences": ["orders-api"]}}
SETTINGS_VALUES: dict[str, Any] = {
    "accessTokenLifespan": "30d",
    "defaultRoles": ["orders-reader"],
    "deletions": {"limit": 1000},
    "prune": {"roles": "all"},
    "owner": "somebody",
    "displayName": "x",
}
SETTINGS = list(SETTINGS_VALUES)
GROUP = "6f1d6d0e-0000-4000-8000-0000000000ff"

OWN = ["orders-a", "orders-b", "orders-api", "orders-new", "orders-reader"]
PATHS = ["/orders", "/orders-a", "/orders/archive/x", "/billing/x", "/", "/shop"]
ADDRESSES = [
    "https://apps.acme.example/orders/cb", "http://localhost:8400/cb", "https://apps.acme.example/billing/cb",
    "https://evil.example/cb", "https://apps.acme.example/*", "//evil.example",
]  # fmt: skip
MAPPERS = ["oidc-hardcoded-claim-mapper", "oidc-hardcoded-role-mapper", "oidc-audience-mapper", "oidc-role-name-mapper"]
APP: dict[str, Any] = {"publicClient": True, "fullScopeAllowed": False}
JOB: dict[str, Any] = {
    "publicClient": False,
    "standardFlowEnabled": False,
    "serviceAccountsEnabled": True,
    "fullScopeAllowed": False,
}

Slot = tuple[list[str], Callable[[str], dict[str, Any]]]
"""What can stand somewhere, and a file with that there and nothing else that is out of bounds."""


def mapper(kind: str, **config: str) -> dict[str, Any]:
    told = {key.replace("_", "."): value for key, value in config.items()}
    return {"m": {"protocolMapper": kind, "config": {"claim.name": "orders-claim", **told}}}


SLOTS: list[Slot] = [
    (NAMES, lambda one: {"roles": {one: {}}}),
    (NAMES, lambda one: {"roles": {one: {"absent": True}}}),
    (NAMES, lambda one: {"roles": {one: {"composites": ["orders-reader"]}}}),
    (NAMES, lambda one: {"roles": {"orders-a": {"composites": [one]}}}),
    (NAMES, lambda one: {"roles": {"orders-a": {"composites": {"client": {"realm-management": [one]}}}}}),
    (NAMES, lambda one: {"roles": {"orders-b": {"renamedFrom": one}}}),
    (NAMES, lambda one: {"groups": {one: {}}}),
    (NAMES, lambda one: {"groups": {"orders-g": {"realmRoles": [one]}}}),
    (NAMES, lambda one: {"groups": {"orders-g": {"attributes": {one: "x"}}}}),
    (NAMES, lambda one: {"clients": {one: APP}}),
    (NAMES, lambda one: {"clients": {"orders-x": {**APP, "scopeMappings": [one]}}}),
    (NAMES, lambda one: {"clients": {"orders-x": {**APP, "defaultClientScopes": [one]}}}),
    (NAMES, lambda one: {"clients": {"orders-x": {**JOB, "serviceAccountRoles": [one]}}}),
    (NAMES, lambda one: {"clients": {"orders-x": {**JOB, "serviceAccountGroups": [f"/{one}"]}}}),
    (ADDRESSES, lambda one: {"clients": {"orders-x": {**APP, "redirectUris": [one]}}}),
    (["y", "n"], lambda one: {"clients": {"orders-x": {**APP, "fullScopeAllowed": one == "y"}}}),
    (MAPPERS, lambda one: {"clients": {"orders-x": {**APP, "protocolMappers": mapper(one, role="orders-reader")}}}),
    (NAMES, lambda one: {"clientScopes": {one: {}}}),
    (NAMES, lambda one: {"clientScopes": {"orders-s": {"scopeMappings": [one]}}}),
    (NAMES, lambda one: {"clientScopes": {"orders-s": {"protocolMappers": mapper(MAPPERS[0], claim_name=one)}}}),
    (
        NAMES,
        lambda one: {
            "clientScopes": {"orders-s": {"protocolMappers": mapper(MAPPERS[2], included_custom_audience=one)}}
        },
    ),
    (NAMES, lambda one: {"entra": {"appRoles": {"Orders.A": one}}}),
    (NAMES, lambda one: {"entra": {"appRoles": {"Orders.A": f"realm-management.{one}"}}}),
    (NAMES, lambda one: {"entra": {"appRoles": {one: "orders-reader"}}}),
    (NAMES, lambda one: {"entra": {"groups": {GROUP: one}}}),
    (NAMES, lambda one: {"entra": {"groups": {GROUP: f"/{one}"}}}),
    (NAMES, lambda one: {"tokens": {"audiences": [one]}}),
    (NAMES, lambda one: {"tokens": {"claims": {one: {"value": "x"}}}}),
    (NAMES, lambda one: {"tokens": {"claims": {"orders-c": {"clientRoles": one}}}}),
    (NAMES, lambda one: {"tokens": {"claims": {"orders-c": {"userAttribute": one}}}}),
    (PATHS, lambda one: {**AUDIENCE, "services": {"orders-s": {"paths": [one], "audience": "orders-api"}}}),
    (NAMES, lambda one: {**AUDIENCE, "services": {one: {"paths": ["/orders-p"], "audience": "orders-api"}}}),
    (NAMES, lambda one: {**AUDIENCE, "services": {"orders-s": {"paths": ["/orders-p"], "audience": one}}}),
    (SETTINGS, lambda one: {one: SETTINGS_VALUES[one]}),
]
parts = st.sampled_from(SLOTS).flatmap(
    lambda slot: st.sampled_from([*slot[0], *(4 * OWN if slot[0] is NAMES else [])]).map(slot[1])
)


def joined(found: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for one in found:
        whole = merged(whole, one)
    return whole


files = st.lists(parts, min_size=1, max_size=2).map(joined)


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        key: merged(one[key], other[key])
        if isinstance(one.get(key), dict) and isinstance(other.get(key), dict)
        else other.get(key, one.get(key))
        for key in {**one, **other}
    }


@settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck))
@given(said=files)
def test_a_file_changes_nothing_out_of_bounds(said: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lay(Path(folder), {"orders/new.yaml": yaml.safe_dump(said)})
        after, errors = read(Path(folder))
    if after is None:
        event("refused")
        assert errors
        return
    event("accepted")
    before = base()
    told = json.dumps(said)
    wrong = [f"{address} {field}" for address, field in changed(before, after) if not is_own(address)]
    assert not wrong, told
    assert set(reached(after)) <= set(reached(before)), told
    assert not list(doubts(after)), told
    kept = {"services", "tests"}
    assert after.frame.model_dump(exclude=kept) == before.frame.model_dump(exclude=kept), told


@cache
def base() -> RealmConfig:
    with tempfile.TemporaryDirectory() as folder:
        lay(Path(folder), {})
        config, _ = read(Path(folder))
    assert config
    return config


def changed(before: RealmConfig, after: RealmConfig) -> Iterator[tuple[Address, str]]:
    """What differs between two realms, object by object and field by field."""
    old, new = {**before.desired.resources}, {**after.desired.resources}
    for address in {*old, *new, *after.desired.absent}:
        was = {**old[address].fields, "": True} if address in old else {}
        now = {**new[address].fields, "": True} if address in new else {}
        for field in {*was, *now}:
            first, then = was.get(field), now.get(field)
            if address.kind == "user-profile" and isinstance(first, dict) and isinstance(then, dict):
                # One object holds the attributes of everybody.
                yield from ((Address(address.kind, (key,)), field) for key in then if then[key] != first.get(key))
            elif first != then:
                yield address, field


def is_of_the_team(name: str) -> bool:
    return name == "orders" or name.startswith(("orders-", "orders."))


def is_own(address: Address) -> bool:
    first = address.names[0] if address.names else ""
    if address.kind == "scope-mapper" and first == "platform":
        what, _, name = address.name.partition(" ")
        return what in ("audience", "claim") and is_of_the_team(name)
    if address.kind == "identity-provider-mapper" and first == "entra":
        return address.name in ("app role Orders.A", "app role orders", f"group {GROUP}") or (
            address.name.startswith(("app role orders-", "app role Orders-", "app role orders."))
        )
    return is_of_the_team(first) and address != Address("role", ("orders-legacy",))


def reached(config: RealmConfig) -> Iterator[str]:
    """Every role and group of others that anything of the team leads to, at any depth."""
    seen: set[str] = set()
    todo = []
    for address, declared in config.desired.resources.items():
        if is_own(address) or address.kind == "identity-provider-mapper":
            todo += [str(one) for one in roles_in(declared.fields)]
    while todo:
        role = todo.pop()
        if role in seen:
            continue
        seen.add(role)
        kind, names = Address.parse(role)
        link = config.desired.resources.get(Address(f"{kind}-composites", names))
        todo += list(link.fields.get("composites") or ()) if link else []
        if not is_of_the_team(names[0]) or names == ("orders-legacy",):
            yield role


def roles_in(fields: Mapping[str, Any]) -> Iterator[Address]:
    for value in fields.values():
        for text in value if isinstance(value, list) else ():
            if str(text).startswith(("role/", "client-role/", "group/")):
                yield Address.parse(text)
    config = fields.get("config")
    for key in ("role", "group") if isinstance(config, dict) else ():
        text = str((config or {}).get(key) or "").strip("/")
        if text:
            client, dot, name = text.rpartition(".")
            yield Address("group", (text,)) if key == "group" else Address("role", (text,))
            if dot:
                yield Address("client-role", (client, name))


def doubts(config: RealmConfig) -> Iterator[str]:
    """What no client, scope or service of the team may have, whatever its names are."""
    for address, declared in config.desired.resources.items():
        if address.names and is_of_the_team(address.names[0]):
            yield from (f"{address}: {told}" for told in of_object(address.kind, declared.fields))
    for name, service in config.frame.services.items():
        if is_of_the_team(name):
            yield from (
                f"{name} at {path}" for path in service.paths if path not in ("/orders", "/orders-a", "/orders-p")
            )
            yield from () if is_of_the_team(service.audience) else (f"{name} looks for {service.audience}",)
        elif name not in ("shop", "billing"):
            yield f"the service {name}"


def of_object(kind: str, fields: Mapping[str, Any]) -> Iterator[str]:
    config = fields.get("config") or {}
    scopes = fields.get("defaultClientScopes") or ()
    mapper = str(fields.get("protocolMapper") or "")
    if kind == "client" and fields.get("standardFlowEnabled") is not False and fields["fullScopeAllowed"] is not False:
        yield "every role"
    for uri in fields.get("redirectUris") or ():
        if not uri.startswith(("https://apps.acme.example/orders/", "http://localhost:")):
            yield uri
    if "client-scope/platform" in scopes:
        yield "everybody's audience"
    if "role" in mapper or config.get("claim.name") in ("roles", "department"):
        yield "a claim of others"
    if not is_of_the_team(str(config.get("included.custom.audience") or "orders")):
        yield "an audience of others"
