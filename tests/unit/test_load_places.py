"""Where a reader is sent for what nobody wrote: to the word that made it, in the file that says what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig
from realmctl.model.address import Address
from realmctl.model.objects import Snapshot

ENVIRON = {
    "ENTRA_TENANT_ID": "00000000-0000-0000-0000-000000000001",
    "ENTRA_CLIENT_ID": "x",
    "ENTRA_CLIENT_SECRET": "one",
    "OAUTH2_PROXY_CLIENT_SECRET": "two",
    "ORDERS_BATCH_CLIENT_SECRET": "three",
}


@pytest.mark.parametrize(
    ("address", "word"),
    [
        (Address("client", ("oauth2-proxy",)), "oauth2Proxy:"),
        (Address("identity-provider", ("entra",)), "entra:"),
        (Address("identity-provider-mapper", ("entra", "attribute oid")), "entra:"),
        (Address("client-scope", ("platform",)), "tokens:"),
        (Address("flow", ("entra first login",)), "entra:"),
        (Address("flow", ("entra sign-in",)), "  signInDirectly:"),
        (Address("scope-mapper", ("platform", "claim roles")), "    roles:"),
        (Address("user-profile"), "entra:"),
    ],
    ids=str,
)
def test_what_a_word_made_is_at_the_word_in_its_main_file(address: Address, word: str) -> None:
    (realm,) = load(["realms/platform"], environ=ENVIRON)
    place = realm.desired.resources[address].origin.place()
    assert Path(place.file).name == "realm.yaml"
    line = Path(place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert line.startswith(word), line


def test_what_a_file_says_of_an_object_that_a_word_made_is_where_it_says_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("clients:\n  other: {}\n  gate: { consentRequired: true }\n")
    (tmp_path / "b.yaml").write_text("realm: p\noauth2Proxy: { hosts: [a.example], clientId: gate, clientSecret: x }\n")
    (realm,) = load([tmp_path], environ={})
    origin = realm.desired.resources[Address("client", ("gate",))].origin
    assert str(origin.place()) == f"{tmp_path}/a.yaml:3:3"
    assert str(origin.place("enabled")).startswith(f"{tmp_path}/b.yaml:2:")


def test_a_key_that_a_merged_word_lacks_is_missed_in_its_main_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("realm: p\nentra: { appRoles: { A: a } }\n")
    (tmp_path / "b.yaml").write_text("entra: { tenantId: 00000000-0000-0000-0000-000000000001, clientSecret: x }\n")
    with pytest.raises(BadConfig) as caught:
        load([tmp_path], environ={})
    assert str(caught.value.findings[0].place) == f"{tmp_path}/b.yaml:1:1"


def test_a_plan_points_at_the_reference_itself(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "realm: p\n"
        "groups:\n  g: { realmRoles: [offline_access, gone], clientRoles: { account: [view-profile, none] } }\n"
        "clients:\n  c: { defaultClientScopes: [email, emial] }\n"
        "roles:\n  r: { composites: { realm: [nobody], client: { account: [nothing] } } }\n"
    )
    (realm,) = load([tmp_path], environ={})
    with pytest.raises(BadConfig) as caught:
        make_plan(compare(realm.desired, Snapshot.absent("p")))
    found = [f"{one.place.line}:{one.place.column}" for one in caught.value.findings if one.place]
    assert found == ["3:37", "3:83", "5:37", "7:30", "7:59"]
