"""A realm of which nobody will be able to tell who changed it: it keeps no admin events, and will not.

Pure. Must not know about: how plans are shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.errors import Finding
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Snapshot

_REALM = Address("realm")
SETTING = "adminEventsEnabled"


def missing_events(desired: Desired, snapshot: Snapshot) -> Iterator[Finding]:
    """One warning where the realm keeps no admin events, and its files do not say whether it should."""
    want, live = desired.resources.get(_REALM), snapshot.objects.get(_REALM)
    kept = live.fields.get(SETTING) if live and snapshot.exists else False
    # Where the account may not see the settings, nothing is known; where the files say no, it is meant.
    if kept is not False or (want and want.fields.get(SETTING) is not None):
        return
    told = "the realm keeps no admin events: who changed what on the server can't be told"
    advice = f"set {SETTING}: true (and adminEventsDetailsEnabled: true) in the realm's file, or {SETTING}: false"
    yield Finding("no-admin-events", told, want.origin.place("realm") if want else None, advice, "warning")
