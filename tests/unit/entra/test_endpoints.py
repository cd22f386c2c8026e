"""`realmctl entra endpoints` against the stand-in: what the realm uses, and what the discovery document says."""

from __future__ import annotations

from tests.unit.entra.stand import REALM, Entra


def test_what_the_word_makes_of_a_tenant_is_what_entra_says(entra: Entra) -> None:
    done = entra.run("endpoints")
    assert (done.code, done.out) == (0, "platform: all five endpoints are as Entra's discovery document has them.\n")


def test_of_several_tenants_too(entra: Entra) -> None:
    tenants = f"  tenants: [{entra.standin.tenant.id}, 6f1d6d0e-0000-4000-8000-0000000000ff]\n"
    said = REALM.replace("  tenantId: $(env:ENTRA_TENANT_ID)\n", tenants)
    (entra.folder / "realm.yaml").write_text(said, encoding="utf-8")
    assert entra.run("endpoints").code == 0


def test_what_differs_is_told_as_it_would_be_pinned(entra: Entra) -> None:
    said = REALM.replace("  attributes:", "  endpoints: { token: https://elsewhere.example/token }\n  attributes:")
    (entra.folder / "realm.yaml").write_text(said, encoding="utf-8")
    done = entra.run("endpoints")
    assert done.code == 2
    token = f"{entra.standin.url}/{entra.standin.tenant.id}/oauth2/v2.0/token"
    assert done.out.endswith(f"entra:\n  endpoints:\n    token: {token}  # now https://elsewhere.example/token\n")


def test_a_tenant_that_is_none_and_an_address_where_nobody_answers(entra: Entra) -> None:
    done = entra.run("endpoints", ENTRA_TENANT_ID="99999999-0000-4000-8000-000000000001")
    assert done.code == 1
    assert "There is no tenant 99999999-0000-4000-8000-000000000001" in done.err
    done = entra.run("endpoints", ENTRA_AUTHORITY="http://127.0.0.1:9")
    assert done.code == 1
    assert "Entra" in done.err
