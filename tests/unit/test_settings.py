"""What Keycloak means by its keys: the tables say all that a conversion needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from realmctl.errors import Finding, Place
from realmctl.keycloak.catalog import catalogue, map_keys
from realmctl.keycloak.catalog import key_types as places
from realmctl.keycloak.catalog.key_types import DURATION, JSON, LIST, PAIRS, KeyInfo, setting
from realmctl.keycloak.kinds.conversion import WrongValueError, as_person, data_for_wire, stored_for_wire, text_for_wire
from realmctl.keycloak.kinds.map_values import as_people_write, give_meaning
from realmctl.keycloak.kinds.moved_keys import with_moved_keys
from realmctl.model.address import Address
from realmctl.model.fields import as_duration, duration, holds_secret, wire_text
from realmctl.model.joined_list import Joined
from realmctl.model.objects import Declared, Written


def every_setting() -> Iterator[tuple[str, KeyInfo]]:
    for place, tables in map_keys.TABLES.items():
        for provider, table in tables.items():
            yield from ((f"{place} {provider} {key}", known) for key, known in table.items())
    known = catalogue()
    declared = {
        places.AUTHENTICATOR: known.authenticators,
        places.IDENTITY_PROVIDER: known.identity_providers,
        places.IDENTITY_PROVIDER_MAPPER: known.identity_provider_mappers,
        places.EXECUTOR: known.executors,
        places.CONDITION: known.conditions,
        places.PROTOCOL_MAPPER: {name: keys for one in known.protocol_mappers.values() for name, keys in one.items()},
    }
    for place, types in declared.items():
        for provider, keys in types.items():
            for key in keys:
                found = setting(place, provider, key)
                if found is not None:
                    yield f"{place} {provider} {key}", found


def test_every_duration_has_a_unit_and_nothing_else_has_one() -> None:
    wrong = [
        name for name, one in every_setting() if (one.type == DURATION) != (one.unit in ("ms", "s", "min", "h", "d"))
    ]
    assert wrong == []


def test_every_list_in_one_text_has_a_separator() -> None:
    apart = (places.EXECUTOR, places.CONDITION, places.COMPONENT, places.VALIDATION)
    wrong = [
        name for name, one in every_setting() if one.type == LIST and not one.separator and name.split()[0] not in apart
    ]
    assert wrong == []
    assert [name for name, one in every_setting() if one.separator and one.type != LIST] == []


def test_what_is_obsolete_says_what_to_write_instead() -> None:
    assert [name for name, one in every_setting() if one.obsolete and not (one.instead or one.moved)] == []


def test_every_secret_of_the_catalogue_is_one_by_its_name_too() -> None:
    """Plans, records and exports see names alone."""
    assert [name for name, one in every_setting() if one.secret and not holds_secret(name.split()[-1])] == []


def known(place: str, provider: str, key: str) -> KeyInfo:
    found = setting(place, provider, key)
    assert found is not None
    return found


def test_facts_of_several_kinds() -> None:
    assert known(places.COMPONENT, "userFederation/ldap", "bindCredential").secret
    assert known(places.AUTHENTICATOR, "registration-recaptcha-action", "secret.key").secret
    assert known(places.COMPONENT, "userFederation/ldap", "lastSync").state
    assert known(places.PROTOCOL_MAPPER, "oidc-hardcoded-role-mapper", "role").reference == "role"
    assert setting(places.COMPONENT, "keys/a-custom-one", "password") is None


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("2m", "s", 120), ("500ms", "ms", 500), ("1d12h", "h", 36), ("7d", "s", 604800), ("1s500ms", "ms", 1500)],
)
def test_durations_count_in_the_unit_of_the_key(text: str, unit: str, number: int) -> None:
    assert duration(text, unit) == number
    assert duration(as_duration(number, unit), unit) == number


def test_a_duration_that_is_no_whole_number_of_the_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        duration("500ms", "s")


def test_lists_have_the_separator_of_the_key_however_they_are_written() -> None:
    blanks = KeyInfo(LIST, separator=" ")
    for said in (["openid", "profile"], "openid profile"):
        made = text_for_wire(wire_text(said), blanks)
        assert (made, made.items) == ("openid profile", ("openid", "profile"))
    commas = stored_for_wire(["acme", "person"], KeyInfo(LIST, separator=","))
    assert commas == ["acme,person"]
    assert isinstance(commas[0], Joined)


def test_what_is_exported_reads_back_as_the_same_text() -> None:
    for text, known in (
        ("300", KeyInfo(DURATION, unit="s")),
        ("-1", KeyInfo(DURATION, unit="s")),
        ("a,b", KeyInfo(LIST, separator=",")),
        ("a, b", KeyInfo(LIST, separator=",")),
    ):
        assert text_for_wire(wire_text(as_person(text, known)), known) == text


def test_a_list_where_keycloak_reads_one_value_is_refused() -> None:
    with pytest.raises(WrongValueError, match="takes one value"):
        text_for_wire(wire_text(["a", "b"]), KeyInfo())


def test_an_attribute_that_is_a_field_is_put_there_unless_the_field_is_declared_otherwise() -> None:
    findings: list[Finding] = []
    attributes = {
        "failureFactor": "9",
        "clientSessionIdleTimeout": "60",
        "mine": "x",
        "webAuthnPolicyRpIdPasswordless": "h",
    }
    fields = {"attributes": attributes, "clientSessionIdleTimeout": 5}
    moved = with_moved_keys(Declared(Address("realm"), fields, Written(Place("realm.yaml"))), findings)
    assert moved.fields == {
        "attributes": {"mine": "x"},
        "clientSessionIdleTimeout": 5,
        "failureFactor": 9,
        "webAuthnPolicyPasswordlessRpId": "h",
    }
    assert [one.rule for one in findings if one.severity == "error"] == ["wrong-value"]
    assert {one.rule for one in findings} == {"moved-key", "wrong-value"}


def test_a_map_becomes_the_pairs_that_keycloak_reads() -> None:
    pairs = '[{"key":"department","value":"sales"}]'
    assert text_for_wire(wire_text({"department": "sales"}), KeyInfo(PAIRS)) == pairs
    assert data_for_wire({"department": "sales"}, KeyInfo(PAIRS)) == pairs
    assert text_for_wire(pairs, KeyInfo(PAIRS)) == pairs


def test_a_list_becomes_the_list_in_json_that_keycloak_reads() -> None:
    """Such as the contexts that a SAML broker asks for (SAMLIdentityProvider reads a JSON array, 26.7.3)."""
    assert text_for_wire(wire_text(["urn:a", "ü"]), KeyInfo(JSON)) == '["urn:a","ü"]'
    assert text_for_wire(wire_text(["urn:a"]), KeyInfo(JSON)) == '["urn:a"]'
    assert text_for_wire('["urn:a"]', KeyInfo(JSON)) == '["urn:a"]'
    with pytest.raises(WrongValueError, match="is JSON"):
        text_for_wire("urn:a", KeyInfo(JSON))


def test_a_number_of_a_key_that_holds_a_text_is_written_without_quotes() -> None:
    live = {"providerId": "rsa-generated", "config": {"priority": ["52"]}}
    said = {"priority": 52}
    assert as_people_write(Address("component", ("keys", "k")), live, "config", said) == {"priority": 52}


def test_an_attribute_of_the_other_protocol_is_warned_of_and_converted() -> None:
    attributes = {"saml.assertion.lifespan": "1m", "access.token.lifespan": "1m", "mine": "1m"}
    client = Declared(Address("client", ("a",)), {"attributes": attributes}, Written(Place("realm.yaml")))
    made, findings = give_meaning({client.address: client}, lambda _address, _field: "openid-connect")
    assert made[client.address].fields["attributes"] == {
        "saml.assertion.lifespan": "60",
        "access.token.lifespan": "60",
        "mine": "1m",
    }
    assert [(one.rule, one.severity) for one in findings] == [("other-protocol", "warning")]
