"""What is asked again, how often, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from realmctl.errors import ServerError
from realmctl.keycloak.admin import retries
from realmctl.keycloak.admin.retries import PassingError, asked_wait, patiently


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were made, none of which takes time."""
    made: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", made.append)
    return made


def failing(times: int, *, sent: bool, wait: float | None = None) -> tuple[Callable[[], str], list[int]]:
    tries: list[int] = []

    def once() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise PassingError(ServerError("no"), sent=sent, wait=wait)
        return "done"

    return once, tries


def run(once: Callable[[], str], *, repeatable: bool = True, known: bool = True) -> str:
    return patiently(once, repeatable=repeatable, timeout=1, known=lambda: known)


def test_what_is_repeatable_is_repeated_with_growing_waits(waits: list[float]) -> None:
    once, tries = failing(6, sent=True)
    assert run(once) == "done"
    assert len(tries) == 7
    assert len(waits) == 6
    assert waits == sorted(waits)
    assert max(waits) <= retries.LONGEST_WAIT_SECONDS


def test_it_ends(waits: list[float]) -> None:
    once, tries = failing(100, sent=True)
    with pytest.raises(PassingError):
        run(once)
    assert len(tries) == retries.ATTEMPTS


def test_what_may_have_been_carried_out_is_not_repeated() -> None:
    once, tries = failing(1, sent=True)
    with pytest.raises(PassingError):
        run(once, repeatable=False)
    assert len(tries) == 1


def test_what_was_never_carried_out_is_repeated() -> None:
    once, tries = failing(2, sent=False)
    assert run(once, repeatable=False) == "done"
    assert len(tries) == 3


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    once, tries = failing(100, sent=False)
    with pytest.raises(PassingError):
        run(once, known=False)
    assert len(tries) == retries.FIRST_CONTACT_ATTEMPTS


def test_the_servers_own_wait_is_kept_within_bounds(waits: list[float]) -> None:
    run(failing(1, sent=False, wait=3)[0])
    run(failing(1, sent=False, wait=0)[0])
    run(failing(1, sent=False, wait=3600)[0])
    assert waits == [3, 0, retries.LONGEST_WAIT_SECONDS]


def test_other_errors_pass_at_once() -> None:
    tries: list[int] = []

    def once() -> str:
        tries.append(1)
        raise ServerError("final")

    with pytest.raises(ServerError, match="final"):
        run(once)
    assert len(tries) == 1


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1e400"])
def test_a_header_that_says_nothing(header: str | None) -> None:
    assert asked_wait(header) is None


def test_a_header_with_seconds_or_a_date() -> None:
    assert asked_wait("0") == 0
    assert asked_wait(" 7 ") == 7
    assert asked_wait(format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)) == 0
    later = asked_wait(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert later is not None
    assert later > 3000
