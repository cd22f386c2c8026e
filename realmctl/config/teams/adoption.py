"""Objects on the server that no file declared: a team does not take them over with the roles that they hold there.

Must not know about: how a server is read.
"""

from __future__ import annotations

from collections.abc import Callable

from realmctl.config.teams.subject import TeamRealm, root_of, title
from realmctl.errors import Finding
from realmctl.model.objects import Declared
from realmctl.model.team import PLATFORM

_HOLD_ROLES = frozenset({"role", "client-role", "client", "client-scope", "group", "user"})
"""Kinds of objects that hold roles, or let roles into tokens."""


def adoption_rule(realm: TeamRealm) -> Callable[[Declared], Finding | None]:
    """Return the function that refuses a declaration whose object is already on the server, and not owned."""

    def refused(declared: Declared) -> Finding | None:
        if declared.address.kind not in _HOLD_ROLES:
            return None
        was = declared.renamed_from or declared.address
        place, root = declared.origin.place(), root_of(was)
        name = realm.team_by_file.get(place.file, "")
        if name in ("", PLATFORM) or name not in realm.teams:
            return None
        if realm.teams[name].may.adopts_object(root.kind, root.names[0]):
            return None
        told = f"take over the {title(was)}, which is on the server and which no file declared before"
        where = realm.owning.home.locate(("teams", name, "may"))[1]
        advice = (
            f"Ask {realm.owning.platform.told} to look at the roles that it holds there, and to allow it: "
            f"adopts: [{root.kind}/{root.names[0]}] in teams.{name}.may ({where})."
        )
        return Finding("outside-bounds", f"the team {name} may not {told}", place, advice)

    return refused
