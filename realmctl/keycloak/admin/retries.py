"""Which failures are met by waiting and asking again, for how long, and how that wait is spaced.

Must not know about: tokens, paths, the texts of errors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from realmctl.errors import ServerError
from realmctl.keycloak.admin.deadline import GRACE_SECONDS
from realmctl.keycloak.admin.listener import Listener
from realmctl.model import interruption

ATTEMPTS = 7
PATIENCE_SECONDS = 60.0
"""No attempt begins later than this and a time-out after the end of the first."""
LONGEST_WAIT_SECONDS = 15.0

FIRST_CONTACT_ATTEMPTS = 3
"""While the server has never answered, a wrong address is likelier than a restart."""

Result = TypeVar("Result")

_current = threading.local()
"""The listener of the thread's own request: stamina's hook is one for all of the process."""


class PassingError(Exception):
    """One attempt failed in a way that may pass. `error` is what to raise if it doesn't.

    `sent` is whether the server may have got and carried out the request; `wait` is how many seconds it asked for;
    `most` is how many attempts are worth while, if not `ATTEMPTS`.
    """

    def __init__(self, error: ServerError, *, sent: bool, wait: float | None = None, most: int | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.sent = sent
        self.wait = wait
        self.most = most


def patiently(
    once: Callable[[], Result],
    *,
    repeatable: bool,
    timeout: float,
    known: Callable[[], bool],
    listener: Listener | None = None,
) -> Result:
    """What `once` gives, called again with growing waits as long as it raises `PassingError`; finally raises that.

    What is not `repeatable` is tried again only after a failure that can't have reached the server's hands.
    `timeout` is how long one attempt may take, in seconds. `known` tells whether the server has ever answered.
    `listener` hears of each wait. After a request to stop, nothing is tried again for longer than `GRACE_SECONDS`.
    """
    try:
        return once()
    except PassingError as error:
        # Most requests need no more than that; what a second attempt takes is set up for those that do.
        failed: PassingError | None = error
    tried = 0
    _current.listener = listener

    def again(error: Exception) -> bool | float:
        nonlocal tried
        tried += 1
        if not isinstance(error, PassingError) or (error.sent and not repeatable):
            return False
        if error.most is not None and tried >= error.most:
            return False
        if not known() and tried >= FIRST_CONTACT_ATTEMPTS:
            return False
        if (interruption.seconds_since() or 0) > GRACE_SECONDS:
            return False
        return True if error.wait is None else min(error.wait, LONGEST_WAIT_SECONDS)

    for attempt in stamina.retry_context(
        on=again,
        attempts=ATTEMPTS,
        timeout=PATIENCE_SECONDS + timeout,
        wait_initial=0.1,
        wait_max=LONGEST_WAIT_SECONDS,
        wait_jitter=0.2,
        wait_exp_base=3,
    ):
        with attempt:
            if failed is not None:
                first, failed = failed, None
                raise first
            return once()
    raise AssertionError("the last attempt returns or raises")


def asked_wait(header: str | None) -> float | None:
    """The seconds a Retry-After header asks for (a number or a date); None where it says nothing usable."""
    if not header:
        return None
    try:
        if header.strip().isdigit():
            return float(header)
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _tell(details: RetryDetails) -> None:
    listener = getattr(_current, "listener", None)
    if listener is not None:
        listener.waits(str(details.caused_by), details.wait_for)


# stamina's own hook would log the call's arguments as a warning, which Python prints when nobody configured logging.
set_on_retry_hooks([_tell])
