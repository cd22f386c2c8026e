"""A client scope that is to be in one list, and is in the other one that nobody declares: of clients and the realm."""

from __future__ import annotations

from realmctl.engine.apply.apply import apply
from realmctl.keycloak.admin import Admin
from realmctl.workflow.undo import choose_record, read_records, undo_of
from tests.live.scene import applied, declared, planned


def test_what_is_optional_becomes_default_and_back(admin: Admin, realm: str) -> None:
    said = {"clientId": "app", "defaultClientScopes": ["profile"], "optionalClientScopes": ["phone", "address"]}
    client = admin.send("POST", (realm, "clients"), said).id
    lists: list[tuple[str, ...]] = [
        (realm, "clients", client, f"{way}-client-scopes") for way in ("default", "optional")
    ]
    lists += [(realm, f"default-{way}-client-scopes") for way in ("default", "optional")]
    before = [_names(admin, *path) for path in lists]
    desired = declared(
        realm,
        {
            "clients": {"app": {"defaultClientScopes": ["profile", "phone"]}},
            "defaultOptionalClientScopes": [*sorted(before[3]), "email"],
        },
    )
    applied(admin, desired)
    assert planned(admin, desired).empty
    now = [_names(admin, *path) for path in lists]
    assert now == [{"profile", "phone"}, {"address"}, before[2] - {"email"}, before[3] | {"email"}]

    record = choose_record(read_records(admin, realm), None)
    assert record
    undo, plan, _ = undo_of(admin, record)
    apply(admin, undo, plan)
    assert [_names(admin, *path) for path in lists] == before


def test_a_new_realm_gets_the_lists_that_are_declared(admin: Admin, realm_name: str) -> None:
    desired = declared(realm_name, {"defaultDefaultClientScopes": ["basic", "phone"]})
    applied(admin, desired)
    assert planned(admin, desired).empty
    assert _names(admin, realm_name, "default-default-client-scopes") == {"basic", "phone"}
    assert "phone" not in _names(admin, realm_name, "default-optional-client-scopes")


def _names(admin: Admin, *path: str) -> set[str]:
    return {scope["name"] for scope in admin.get(*path)}
