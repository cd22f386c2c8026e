"""Comments that silence warnings, in files of teams: they count only for rules that the team may silence.

Must not know about: rules of the lint.
"""

from __future__ import annotations

from collections.abc import Sequence

from realmctl.config.loader.realm import RealmConfig
from realmctl.config.loader.suppressions import Allowance
from realmctl.errors import Finding
from realmctl.model.team import PLATFORM


def counting(configs: Sequence[RealmConfig], allowances: Sequence[Allowance]) -> tuple[list[Allowance], list[Finding]]:
    """The comments that count, and a warning for each of the others."""
    silencing: dict[str, tuple[str, Sequence[str], str]] = {}
    for config in configs:
        owning = config.ownership
        for file in config.files if owning else ():
            name = owning.team_of(file) if owning else ""
            if owning and name in owning.teams and name != PLATFORM:
                silencing[file] = (name, owning.teams[name].may.silence, owning.platform.told)
    counted, refused = [], []
    for one in allowances:
        name, rules, platform = silencing.get(one.place.file, ("", (), ""))
        if not name or one.rule in rules:
            counted.append(one)
        else:
            message = f"the team {name} may not silence warnings of '{one.rule}'"
            advice = f"Ask {platform} to allow it: silence: [{one.rule}] in teams.{name}.may."
            refused.append(Finding("outside-bounds", message, one.place, advice, "warning"))
    return counted, refused
