"""The comparison of realms without a server: names for ids, order, exclusions, their page; what counts as refused."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from realmctl.errors import ApplyFailed, Broken, Conflict, NotFound, RealmctlError, ServerError, Unreachable
from realmctl.export.omission import Beyond
from realmctl.keycloak.admin import Admin, connection
from realmctl.model.address import Address
from realmctl.model.secret import MASK
from tests.live.corpus import ServerTrouble, imported, is_told, is_trouble, sort_of, tried
from tests.live.exclusions import compared, excluded, page
from tests.live.naming import by_name, leaves, matches

A, B, C = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
DOCS = Path(__file__).parents[2] / "docs" / "round-trips.md"


def _values(**sections: Any) -> dict[str, Any]:
    return {" › ".join(path): value for path, value in leaves(by_name({"realm": {}, **sections}))}


def test_a_reference_is_a_name() -> None:
    roles = [{"id": A, "name": "a", "composites": [B]}, {"id": B, "name": "b"}]
    other = [{"id": C, "name": "b"}, {"id": B, "name": "a", "composites": [C]}]
    assert _values(roles=roles) == _values(roles=other)
    assert _values(roles=roles)["roles › a › composites"] == ['"<roles › b>"']
    itself = [{"id": A, "name": "a", "composites": [A]}, {"id": B, "name": "b"}]
    assert _values(roles=roles) != _values(roles=itself)


def test_an_id_of_any_form_is_a_name_where_an_id_stands() -> None:
    one = {"id": "ldap", "name": "d", "providerId": "ldap", "providerType": "T"}
    found = _values(components=[{**one, "subComponents": [{**one, "name": "m", "parentId": "ldap", "id": A}]}])
    assert found["components › T d (ldap) › id"] == "<components › T d (ldap)>"
    assert found["components › T d (ldap) › providerId"] == "ldap"
    assert found["components › T d (ldap) › subComponents › T m (ldap) › parentId"] == "<components › T d (ldap)>"


def test_only_lists_with_an_order_are_compared_in_order() -> None:
    def profile(*names: str) -> dict[str, Any]:
        return {"attributes": [{"name": name} for name in names]}

    assert _values(userProfile=profile("a", "b")) != _values(userProfile=profile("b", "a"))
    assert _values(roles=[{"name": "a"}, {"name": "b"}]) == _values(roles=[{"name": "b"}, {"name": "a"}])
    assert _values(flows=[{"alias": "f", "executions": [{"alias": "x"}, {"alias": "y"}]}]) != _values(
        flows=[{"alias": "f", "executions": [{"alias": "y"}, {"alias": "x"}]}]
    )


def test_two_objects_of_one_name_are_both_compared() -> None:
    one = [{"name": "k", "priority": "1"}, {"name": "k", "priority": "2"}]
    assert _values(keys=one) == _values(keys=one[::-1])
    assert _values(keys=one) != _values(keys=one[:1])
    assert _values(keys=one) != _values(keys=[one[0], {**one[1], "priority": "3"}])


def test_a_text_of_json_is_what_it_says() -> None:
    one, other = ({"config": {"roles": text}} for text in ('[{"id":"a"},{"id":"b"}]', '[{"id": "b"}, {"id": "a"}]'))
    assert _values(policies=one) == _values(policies=other)
    assert _values(policies=one) != _values(policies={"config": {"roles": '[{"id":"a"}]'}})


def test_a_realm_attribute_that_repeats_a_field_is_none() -> None:
    field, attribute = "realm › clientSessionIdleTimeout", "realm › attributes › clientSessionIdleTimeout"

    def paths(text: str) -> set[str]:
        realm = {"clientSessionIdleTimeout": 0, "attributes": {"clientSessionIdleTimeout": text}}
        return {" › ".join(path) for path, _ in leaves(by_name({"realm": realm}))}

    assert paths("0") == {field}
    assert paths("1") == {field, attribute}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a › *", ("a", "b"), True),
        ("a › *", ("a", "b", "c"), False),
        ("a › ** › c", ("a", "c"), True),
        ("a › ** › c", ("a", "b", "b", "c"), True),
        ("** › c", ("a", "c", "d"), False),
        ("a › x*", ("a", "xy"), True),
        ("a › x*", ("a", "y"), False),
    ],
)
def test_a_pattern_matches(pattern: str, path: tuple[str, ...], expected: bool) -> None:
    assert matches(path, pattern) is expected


def test_an_exclusion_leaves_its_neighbours_in() -> None:
    key = ("components", "KeyProvider k (rsa-generated)", "keys", "RS256 SIG")
    assert excluded((*key, "publicKey"))
    assert not excluded((*key, "algorithm"))
    assert not excluded(("components", "KeyProvider k (rsa)", *key[2:], "publicKey"))
    assert not excluded(("clients", "api", "secret"))


def _compared(**client: Any) -> set[str]:
    found = compared(leaves(by_name({"realm": {}, "clients": [{"clientId": "a", **client}]})))
    return {path[-1] for path, _ in found} - {"clientId", "protocol", "clientAuthenticatorType"}


def test_a_value_that_says_no_more_than_its_absence_is_not_compared() -> None:
    """The same value of a client of another protocol, and another value of this one, are."""
    saml = {"saml.client.signature": "false"}
    assert _compared(protocol="openid-connect", attributes=saml) == set()
    assert _compared(protocol="saml", attributes=saml) == {"saml.client.signature"}
    key = "frontchannel.logout.session.required"
    assert _compared(protocol="openid-connect", attributes={key: "true"}) == set()
    assert _compared(protocol="openid-connect", attributes={key: "false"}) == {key}
    assert _compared(secret="x", clientAuthenticatorType="client-jwt") == set()
    assert _compared(secret="x", clientAuthenticatorType="client-secret") == {"secret"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"id.token.claim": "true", "userinfo.token.claim": "true"}, set()),
        ({"id.token.claim": "true", "userinfo.token.claim": "false"}, {"userinfo.token.claim"}),
        ({"userinfo.token.claim": "true"}, {"userinfo.token.claim"}),
    ],
)
def test_a_key_that_follows_another_one_is_not_compared(config: dict[str, str], expected: set[str]) -> None:
    found = _compared(protocolMappers=[{"name": "m", "config": config}])
    assert found & {"userinfo.token.claim"} == expected


def test_a_validation_without_settings_is_there() -> None:
    def profile(**validations: Any) -> dict[str, Any]:
        text = json.dumps({"attributes": [{"name": "email", "annotations": {}, "validations": validations}]})
        return {"components": [{"name": "p", "providerId": "x", "providerType": "P", "config": {"text": [text]}}]}

    assert _values(**profile(email={})) != _values(**profile())
    assert not any("annotations" in key for key in _values(**profile(email={})))


def test_the_object_nearest_to_the_root_gives_an_id_its_name() -> None:
    """A resource's owner has the client's id, and resources come in any order."""
    held = [{"name": name, "owner": {"id": A, "name": "api"}} for name in ("x", "y")]
    for resources in (held, held[::-1]):
        found = _values(clients=[{"id": A, "clientId": "api", "resources": resources, "roles": [{"containerId": A}]}])
        assert found["clients › api › roles › 1 › containerId"] == "<clients › api>"


OWN = Beyond(Address("client", ("realm-management",)), "bearerOnly, name: not as in a new realm, and Keycloak …")
ABSENT = Beyond(Address("client", ("account-console",)), "this client is not there: Keycloak makes it …")
ORDER = Beyond(Address("realm"), "the order of its client policies (b, a): a new realm may have another one")
KEY = Beyond(Address("component", ("keys", "enc")), "its keyUse is ENC, which the Admin API hides …")
LDAP = Beyond(Address("component", ("userFederation", "d")), "it has no krbPrincipalAttribute: Keycloak fills in …")
ALL = Beyond(Address("role", ("all",)), "the attributes of the default role: a")
EXTRA = Beyond(Address("client-role", ("realm-management", "own")), "not in a new realm, and Keycloak refuses …")
ROLE = Beyond(Address("client", ("api",)), "its service account does not have the default role all, which …")
NAMED = Beyond(Address("client", ("api",)), "of its service account's user: first name, the username robot")
MOMENT = Beyond(Address("realm"), "its notBefore: tokens from before that time are revoked")
MAPPED = "clients › api › serviceAccount › roleMappings"


@pytest.mark.parametrize(
    ("one", "key", "pair", "expected"),
    [
        (OWN, "clients › realm-management › bearerOnly", (True, False), True),
        (OWN, "clients › realm-management › enabled", (True, False), False),
        (OWN, "clients › realm-management-2 › bearerOnly", (True, False), False),
        (ABSENT, "clients › account-console › enabled", (None, True), True),
        (ORDER, "clientPolicies › policies › (order)", ("b a", "a b"), True),
        (ORDER, "clientProfiles › profiles › (order)", ("b a", "a b"), False),
        (KEY, "components › KeyProvider enc (rsa-generated) › keys › RS256 ENC › use", ("ENC", None), True),
        (KEY, "components › KeyProvider enc (rsa-generated) › config › priority", ("1", "2"), False),
        (LDAP, "components › UserStorageProvider d (ldap) › config › krbPrincipalAttribute", (None, ['"x"']), True),
        (LDAP, "components › UserStorageProvider d (ldap) › config › usersDn", (None, ['"x"']), False),
        (ALL, "roles › all › attributes › a", (['"1"'], None), True),
        (ALL, "roles › all › description", ("x", None), False),
        (EXTRA, "clients › realm-management › roles › own › name", ("own", None), True),
        (EXTRA, "clients › realm-management › roles › other › name", ("other", None), False),
        (ROLE, MAPPED, (['"<roles › a>"'], ['"<realm › defaultRole>"', '"<roles › a>"']), True),
        (ROLE, MAPPED, (['"<roles › a>"'], ['"<realm › defaultRole>"']), False),
        (ROLE, MAPPED, ([], ['"<roles › admin>"']), False),
        (NAMED, "clients › api › serviceAccount › firstName", ("a", None), True),
        (NAMED, "clients › api › serviceAccount › username", ("robot", "service-account-api"), True),
        (NAMED, "clients › api › serviceAccount › lastName", ("a", None), False),
        (MOMENT, "realm › notBefore", (1, 0), True),
        (MOMENT, "realm › enabled", (True, False), False),
    ],
)
def test_a_difference_is_told_where_the_export_names_it(
    one: Beyond, key: str, pair: tuple[Any, Any], expected: bool
) -> None:
    assert is_told(key, pair, [one]) is expected


def test_a_key_that_keycloak_hides_is_told_by_its_flow_and_name() -> None:
    remarks = ["authenticationFlows.mine.executions.config: old is there, but Keycloak hides its value (**********)"]
    key = "flows › mine › executions › 1 › settings › config › "
    assert is_told(f"{key}old", (MASK, None), [], remarks)
    assert not is_told(f"{key}older", (MASK, None), [], remarks)
    assert not is_told(f"{key}old", ("x", None), [], remarks)
    assert not is_told(f"{key}old".replace("mine", "yours"), (MASK, None), [], remarks)


def test_the_mask_of_a_secret_is_not_imported() -> None:
    class Server:
        sent: dict[str, Any]

        def send(self, method: str, path: tuple[str, ...], body: Any = None) -> None:
            self.sent = body if method == "POST" else {}

    server = Server()
    clients = [{"clientId": "a", "secret": MASK}, {"clientId": "b", "secret": "own"}, {"clientId": "c"}]
    imported(cast(Admin, server), {"realm": "r", "clients": clients})
    assert [one.get("secret") for one in server.sent["clients"]] == ["secret of a", "own", None]


def test_the_page_has_the_tables_of_the_code() -> None:
    """`python -m tests.live.exclusions` prints them."""
    assert page() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unreachable("no answer"), True),
        (ServerError("bad gateway", status=502), True),
        (ServerError("starting", status=503), True),
        (ServerError("too late", status=504), True),
        (ServerError("too often", status=429), True),
        (ServerError("not JSON"), True),
        (Conflict("exists", status=409), True),
        (Broken("Keycloak answered 400 to POST: Database operation failed", status=400), True),
        (Broken("unknown_error", status=500), False),
        (ServerError("invalid flow", status=400), False),
        (NotFound("gone", status=404), False),
        (RealmctlError("a file"), False),
    ],
)
def test_a_broken_server_is_no_refusal(error: RealmctlError, expected: bool) -> None:
    assert is_trouble(error) is expected


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("http://a gave no complete answer within 60 s: nobody can tell whether this POST was carried out.", True),
        ("A gateway before Keycloak answered 502 to POST /x: nobody can tell whether it was carried out.", True),
        ("Keycloak answered 400 to POST /x: Database operation failed", True),
        ("Keycloak answered 500 to POST /x.", False),
        ("Keycloak answered 400 to POST /x: invalid flow", False),
    ],
)
def test_an_apply_that_failed_by_a_broken_server_is_no_fault(why: str, expected: bool) -> None:
    assert is_trouble(ApplyFailed(f"client/a could not be written: {why}", report=None)) is expected


def test_a_server_that_is_not_there_judges_no_realm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.live.corpus.ATTEMPTS", 1)
    where = {"KEYCLOAK_URL": "http://127.0.0.1:1", "KEYCLOAK_USER": "a", "KEYCLOAK_PASSWORD": "b"}
    with closing(Admin(connection({"timeout": 1}, where))) as admin, pytest.raises(ServerTrouble):
        tried(admin, {"realm": "x"})


def test_refusals_of_one_cause_are_one_sort() -> None:
    assert sort_of("Unable to find group 'a' of 0000000a-0000-4000-8000-000000000000") == sort_of(
        "Unable to find group 'b' of 0000000b-0000-4000-8000-000000000000"
    )
