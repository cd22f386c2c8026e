"""Secrets that Keycloak hides and no apply has written: a plan tells of them once, not as a change of each object."""

from __future__ import annotations

from realmctl.engine.plan.diff import differences
from realmctl.errors import Place
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Live, Written
from realmctl.model.secret import HIDDEN, MASK, Secret
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text

HIDES = FieldChange("config.clientSecret", HIDDEN, HIDDEN, Compare.SECRET, unread=True)
PLAN = Plan(
    "shop",
    (
        Change(Action.UPDATE, Address("identity-provider", ("corp",)), (HIDES,)),
        Change(Action.UPDATE, Address("identity-provider", ("other",)), (HIDES,)),
        Change(Action.UPDATE, Address("role", ("a",)), (FieldChange("description", "x", "y"),)),
    ),
)


def test_the_text_names_them_together() -> None:
    told = text([PLAN])
    assert told.count("(secret)") == 0
    assert "~ 2 secrets cannot be compared: Keycloak hides them" in told
    assert "identity provider corp: config.clientSecret" in told
    assert "gets another secret" not in told


def test_a_comment_names_them_together() -> None:
    told = markdown([PLAN])
    assert told.count("cannot be compared") == 1
    assert told.count("corp") == 1


def test_a_secret_with_a_fingerprint_that_differs_is_a_change() -> None:
    known = FieldChange("config.clientSecret", HIDDEN, HIDDEN, Compare.SECRET)
    plan = Plan("shop", (Change(Action.UPDATE, Address("identity-provider", ("corp",)), (known,)),))
    assert "cannot be compared" not in text([plan])
    assert "gets another secret" in text([plan])


def test_the_differ_knows_which_secrets_it_could_not_compare() -> None:
    address = Address("identity-provider", ("corp",))
    want = Declared(address, {"config": {"clientSecret": Secret("canary-one")}}, Written(Place("")))
    hidden = {"config": {"clientSecret": MASK}}
    (unread,) = differences(kinds()["identity-provider"], want, Live(address, hidden))
    assert unread.unread
    marks = {"config.clientSecret": Secret("canary-two").fingerprint()}
    (changed,) = differences(kinds()["identity-provider"], want, Live(address, hidden, fingerprints=marks))
    assert not changed.unread
