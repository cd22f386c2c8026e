"""A realm of which nobody will be able to tell who changed it: it keeps no admin events, and will not.

Pure. Must not know about: how plans are shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.engine.plan.comparison import Comparison
from realmctl.errors import Finding
from realmctl.model.address import Address

_REALM = Address("realm")
SETTING = "adminEventsEnabled"


def missing_events(comparison: Comparison) -> Iterator[Finding]:
    """One warning where the realm keeps no admin events, and its files do not say whether it should."""
    want, live = comparison.declared.resources.get(_REALM), comparison.as_read.objects.get(_REALM)
    kept = live.fields.get(SETTING) if live and comparison.as_read.exists else False
    # Where the account may not see the settings, nothing is known; where the files say no, it is meant.
    if kept is not False or (want and want.fields.get(SETTING) is not None):
        return
    told = "the realm keeps no admin events: who changed what on the server can't be told"
    advice = f"set {SETTING}: true (and adminEventsDetailsEnabled: true) in the realm's file, or {SETTING}: false"
    yield Finding("no-admin-events", told, want.origin.place("realm") if want else None, advice, "warning")
