"""What a plan says of its deletions, and of what it forgets: where a case of a kind's does not show it."""

from __future__ import annotations

from pathlib import Path

from realmctl.render.plan_text import text
from tests.cases.kinds.case import Case

CASES = Path(__file__).parents[1] / "cases" / "kinds" / "cases"


def told(case: str) -> str:
    """The plan of a kind's case, as a person reads it."""
    return text([Case.read(CASES / f"{case}.yaml").plan], verbose=True)


def test_a_deletion_names_what_is_protected_and_goes_along() -> None:
    plan = told("protected-role-of-a-client")
    assert "  - client orders [protected]\n" in plan
    assert "      takes along the client role orders / admin, which is protected\n" in plan
    assert "takes along the identity provider entra" not in told("protected-mapper")


def test_what_cannot_be_seen_is_not_forgotten() -> None:
    case = Case.read(CASES / "owned-and-not-seen.yaml")
    assert [str(address) for address in case.plan.released] == ["role/gone"]
    later = "until an account that does see it applies."
    can_not = "owned and no longer declared. This account can't see whether"
    assert case.plan.unseen == (
        f"identity provider mapper: entra / admins: {can_not} it is still there, so it stays owned, {later}",
        f"workflow: disable-leavers, warn: {can_not} they are still there, so they stay owned, {later}",
    )


def test_what_goes_along_is_not_told_as_gone_already() -> None:
    assert Case.read(CASES / "protected-role-of-a-client.yaml").plan.released == ()


def test_organizations_that_are_switched_off_are_not_forgotten() -> None:
    plan = Case.read(CASES / "organizations-out-of-reach.yaml").plan
    assert plan.released == ()
    off = "out of reach while organizationsEnabled is false"
    assert plan.unseen == (
        f"organization: acme: owned, declared, and {off}: not compared.",
        f"organization: dropped: owned and no longer declared. It is {off}, and stays owned.",
    )
