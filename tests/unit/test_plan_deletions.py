"""What a plan says of its deletions, and of what it forgets: where a case of a kind's does not show it."""

from __future__ import annotations

from pathlib import Path

from realmctl.render.plan_text import text
from tests.kinds.case import Case

CASES = Path(__file__).parents[1] / "kinds" / "cases"


def told(case: str) -> str:
    """The plan of a kind's case, as a person reads it."""
    return text([Case.read(CASES / f"{case}.yaml").plan], verbose=True)


def test_a_deletion_names_what_is_protected_and_goes_along() -> None:
    plan = told("protected-role-of-a-client")
    assert "  - client orders [protected]\n" in plan
    assert "      takes along the client role orders / admin, which is protected\n" in plan
    assert "takes along the identity provider entra" not in told("protected-mapper")
