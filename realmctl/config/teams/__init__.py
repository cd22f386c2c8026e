"""Teams: each file of a realm belongs to somebody, and declares what its owner may declare.

Judged is what each file says, taken alone, so that it counts whatever the merge makes of it. Everything that is not
allowed is refused. Must not know about: terminals, servers.
"""

from __future__ import annotations

from collections.abc import Sequence

from realmctl.config.teams.files import Ownership, wrong_files, wrong_teams
from realmctl.config.teams.objects import check_objects
from realmctl.config.teams.sections import check_blocks, check_interpolations, check_sections, check_tests, own_claims
from realmctl.config.teams.services import check_services
from realmctl.config.teams.subject import TeamFile, TeamRealm, expand_file
from realmctl.config.yaml.document import Document
from realmctl.errors import Finding
from realmctl.model.address import Address
from realmctl.model.objects import Declared
from realmctl.model.team import PLATFORM

__all__ = ["Ownership", "TeamRealm", "check_teams", "misplaced"]

_CHECKS = (check_sections, check_objects, check_blocks, check_services, check_tests, check_interpolations)


def misplaced(documents: Sequence[Document]) -> list[Finding]:
    """`teams` in a file that is not the realm's own, or in more than one."""
    saying = [one for one in documents if isinstance(one.data, dict) and "teams" in one.data]
    homes = [one for one in saying if "realm" in one.data]
    named = homes or [one for one in documents if isinstance(one.data, dict) and "realm" in one.data]
    findings = []
    for document in saying:
        if document not in homes[:1]:
            first = named[0].locate(("realm",), key=True)[1] if named else None
            message = f"teams belongs to the realm's own file{f', at {first}' if first else ''}"
            place = document.locate(("teams",), key=True)[1]
            findings.append(Finding("teams-place", message, place, "move it beside `realm:`"))
    return findings


def check_teams(realm: TeamRealm) -> list[Finding]:
    """What is wrong with the teams, their files, and what these declare."""
    owning = realm.owning
    found = list(wrong_teams(owning))
    if found:
        return found
    found += wrong_files(owning, realm.documents)
    looks, wrong = _looks(realm)
    return found + wrong + [finding for look in looks for check in _CHECKS for finding in check(look)]


def _looks(realm: TeamRealm) -> tuple[list[TeamFile], list[Finding]]:
    """Return every file of a team but the platform, and a finding for each file that can't be judged alone."""
    looks: list[TeamFile] = []
    findings: list[Finding] = []
    by_team: dict[str, list[tuple[Document, dict[Address, Declared]]]] = {}
    for document in realm.documents:
        team = realm.owning.team_of(document.file)
        if team and team in realm.teams and team != PLATFORM:
            declared, wrong = expand_file(document, realm.language)
            findings += wrong
            by_team.setdefault(team, []).append((document, declared))
    for team, parts in by_team.items():
        own = frozenset(address for _, declared in parts for address in declared)
        claims = frozenset(claim for document, _ in parts for claim in own_claims(document.data))
        looks += [TeamFile(realm, team, document, declared, own, claims) for document, declared in parts]
    return looks, findings
