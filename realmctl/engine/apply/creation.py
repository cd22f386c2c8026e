"""Creates an object once, whatever becomes of the answers: looks for it before it asks again, and waits in between.

Must not know about: requests, kinds, what is created.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from realmctl.errors import Broken, ServerError, Unreachable
from realmctl.model.interruption import interruptions

PAUSE_SECONDS = 0.3
PAUSES = (1, 3, 9)
"""How long what may be under way is waited for before it is sent again, as multiples of a pause."""
PATIENCE_SECONDS = 60.0
"""How long a creation is sent again after nobody could say whether it was carried out."""
SECOND_TRIES = 2
"""How often a write is sent again that the server failed at, as a busy one does now and then (26.7.3)."""

Answer = TypeVar("Answer")


def pause(times: int = 1) -> None:
    """Waits before something is tried again."""
    time.sleep(times * PAUSE_SECONDS)


def created(
    create: Callable[[], Answer], there: Callable[[], bool], tries: int = SECOND_TRIES, busy: float = 0
) -> Answer | None:
    """What `create` is answered; None where no answer said so, and `there` says that it was carried out.

    An attempt whose answer was lost may be still under way, so that it is there only later; and until then it may be
    what the next attempt fails at, as may somebody else's. `tries` is how often that is tried again, and for `busy`
    seconds in any case. Raises what `create` raised last.
    """
    begun, lost = monotonic(), 0.0
    pauses = iter(PAUSES[:tries])
    while True:
        try:
            return create()
        except Unreachable as error:
            if not error.ambiguous:
                raise
            lost = lost or monotonic()
            if appears(there):
                return None
            if monotonic() - lost > PATIENCE_SECONDS or interruptions():
                raise
        except Broken:
            now = monotonic()
            longest = PAUSES[-1] if now - begun < busy or (lost and now - lost < PATIENCE_SECONDS) else 0
            times = next(pauses, longest)
            if not times:
                raise
            pause(times)
            if there():
                return None
        except ServerError:
            if lost and there():
                return None
            raise


def appears(there: Callable[[], bool]) -> bool:
    """Return whether `there()` becomes true, now or within the pauses."""
    for times in PAUSES:
        if there():
            return True
        pause(times)
    return there()
