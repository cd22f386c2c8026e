"""Whether there is a registration at all, and what of it the account may not read.

Must not know about: single settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.integrations.entra.finding import EntraRemark
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("registration", "not-seen")

_WORDS = {
    "assignments": "who is assigned",
    "grants": "what administrators have consented to",
    "federated": "federated credentials",
    "groups": "groups",
}


def check(want: Want, found: Registration) -> Iterator[EntraRemark]:
    """registration, not-seen."""
    if found.application is None:
        yield EntraRemark(
            "registration",
            "fail",
            f"the tenant {want.word.home} has no app registration with the client id {want.client_id}",
            want.place("clientId"),
            "Check the client id (the application id, not the object id) and the tenant.",
        )
    for part in found.unseen:
        if part.what not in _WORDS:
            continue
        yield EntraRemark(
            "not-seen",
            "warn",
            f"{_WORDS[part.what]} can't be read with these rights, and was not checked",
            want.place(),
            f"Give the checker the application permission {part.right}, with admin consent.",
        )
