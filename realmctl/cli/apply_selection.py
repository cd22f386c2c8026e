"""Whose applies a command is about: those of the files' realms, of realms by name, or of a journal.

Must not know about: what is done with them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from realmctl.cli.terminal import Progress
    from realmctl.keycloak.admin import Admin
    from realmctl.model.history import History
    from realmctl.model.record import Record


@dataclass(frozen=True, slots=True)
class ApplySelection:
    """Realms with the owner whose applies are meant (None for everybody's), or what a journal tells."""

    owners: Mapping[str, str | None] = field(default_factory=dict)
    told: Mapping[str, Sequence[Record]] | None = None

    def applies(self, admin: Admin, progress: Progress) -> dict[str, Sequence[Record]]:
        """The applies of each realm, the newest first. Raises NotFound, ServerError."""
        from realmctl.workflow.undo import read_records

        if self.told is not None:
            return dict(self.told)
        found: dict[str, Sequence[Record]] = {}
        for realm, owner in self.owners.items():
            progress.say(f"Reading what the realm {realm} knows of its applies")
            found[realm] = read_records(admin, realm, owner)
        return found


def asked_for(
    paths: Sequence[str],
    var: Sequence[str],
    var_file: Sequence[str],
    realm: Sequence[str],
    journal: str | None,
    progress: Progress,
) -> ApplySelection:
    """What is meant. Raises BadConfig for the files, UsageProblem for the journal, click's UsageError for two ways."""
    given = [name for name, value in (("PATH", paths), ("--realm", realm), ("--journal", journal)) if value]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} exclude each other.")
    if journal:
        from realmctl.engine.apply.journal import recorded

        told: dict[str, list[Record]] = {}
        for one in recorded(Path(journal)):
            told.setdefault(one.realm, []).append(one)
        return ApplySelection(told=told)
    if realm:
        return ApplySelection(dict.fromkeys(realm))
    from realmctl.cli.variables import variables
    from realmctl.workflow import load_realms

    configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
    return ApplySelection({config.name: config.desired.owner for config in configs})


def show_histories(found: Sequence[History], output: str) -> str:
    """The histories in the format asked for."""
    import sys

    from realmctl.cli.terminal import has_color
    from realmctl.render import history

    if output == "json":
        return history.json_(found)
    if output == "markdown":
        return history.markdown(found)
    return history.text(found, color=has_color(sys.stdout))
