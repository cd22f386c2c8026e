"""What the rules for a team's file look at: the file, the team's bounds, and the realm around it.

Must not know about: any single rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from realmctl.config.loader.language import Language
from realmctl.config.loader.management_keys import Frame
from realmctl.config.loader.origin import Files
from realmctl.config.loader.validation import validate_model
from realmctl.config.loader.validation_errors import Path
from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
from realmctl.config.teams.files import Ownership
from realmctl.config.yaml.document import Document
from realmctl.errors import BadConfig, Finding, Place
from realmctl.keycloak.kinds.registry import ROOT, kinds
from realmctl.model.address import Address
from realmctl.model.claim import claim_path
from realmctl.model.fields import Child, marked_fields
from realmctl.model.objects import Declared, Desired
from realmctl.model.team import PLATFORM, Bounds, Team, Teams

PREFIXED = frozenset({"role", "client", "client-scope", "group", "service", "audience", "app-role"})
"""Nouns of which a team makes up the names, so that another name is often the remedy."""

Name = tuple[str, str]
"""A noun of `names`, and a name."""


@dataclass(frozen=True)
class TeamRealm:
    """A realm whose files are judged: merged and compiled in `desired`, as written in `documents`."""

    owning: Ownership
    documents: tuple[Document, ...]
    desired: Desired
    frame: Frame
    files: Files
    language: Language
    gateway: OAuth2ProxySaying | None
    builtin: Mapping[Address, Mapping[str, Any]]
    claims_by_team: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """What `TeamFile.claims_of_others` found."""

    @property
    def teams(self) -> Teams:
        """Every team, the platform's too."""
        return self.owning.teams

    @cached_property
    def team_by_file(self) -> Mapping[str, str]:
        """The team of every file; "" for none."""
        return {document.file: self.owning.team_of(document.file) for document in self.documents}

    @cached_property
    def claims(self) -> Mapping[Address, str]:
        """The claim that a mapper writes, in lower case and by its first step; Keycloak's own mappers too."""
        found: dict[Address, str] = {}
        resources = self.desired.resources.items()
        for address, fields in (*self.builtin.items(), *((address, one.fields) for address, one in resources)):
            if address.kind in ("protocol-mapper", "scope-mapper"):
                claim = str((fields.get("config") or {}).get("claim.name") or "")
                if claim:
                    found[address] = claim_path(claim)[0].casefold()
        return found

    @cached_property
    def documents_by_name(self) -> Mapping[tuple[str, str], Sequence[Document]]:
        """The files that say something of a name in a section, or of a key in a high-level block."""
        found: dict[tuple[str, str], list[Document]] = {}
        for document in self.documents:
            for section, value in document.data.items():
                for name in value if isinstance(value, dict) else ():
                    found.setdefault((section, name), []).append(document)
        return found

    @cached_property
    def team_by_service(self) -> Mapping[str, str]:
        """The team of every service, by its name: one that may declare it."""
        found: dict[str, str] = {}
        for document in self.documents:
            team = self.team_by_file[document.file]
            services = document.data.get("services")
            for name in services if isinstance(services, dict) else ():
                if team == PLATFORM or (team and self.teams[team].may.includes("service", name)):
                    found.setdefault(name, team)
        return found

    @cached_property
    def made_by_blocks(self) -> frozenset[Path]:
        """The paths in the sections of every object that a high-level block makes, and of what is above it."""
        made = {path for sources in self.files.words.values() for path in sources}
        return frozenset(path[:length] for path in made for length in range(1, len(path) + 1))

    def declares(self, address: Address) -> bool:
        """Whether the files declare an object, or declare it absent."""
        return address in self.desired.resources or address in self.desired.absent


@dataclass(frozen=True)
class TeamFile:
    """One file of a team. `declared` is what the file alone declares; `own` is what all files of the team declare."""

    realm: TeamRealm
    name: str
    document: Document
    declared: Mapping[Address, Declared]
    own: frozenset[Address]
    claims: frozenset[str] = frozenset()
    """The claims of `tokens` that all files of the team declare."""
    team: Team = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "team", self.realm.teams[self.name])

    @property
    def bounds(self) -> Bounds:
        """What the team's files may declare."""
        return self.team.may

    @property
    def data(self) -> Mapping[str, Any]:
        """What the file says."""
        found: Mapping[str, Any] = self.document.data
        return found

    @property
    def claims_of_others(self) -> frozenset[str]:
        """The claims, in lower case and by their first step, that mappers write which are not the team's."""
        known = self.realm.claims_by_team  # One for all files of a team.
        if self.name not in known:
            known[self.name] = self._claims_of_others()
        return known[self.name]

    def _claims_of_others(self) -> frozenset[str]:
        realm = self.realm
        found = {realm.gateway.groupsClaim.casefold()} if realm.gateway else set()
        made = realm.files.words.get("tokens", {})
        own = {
            Address("scope-mapper", (str(path[1]), str(path[3])))
            for path, source in made.items()
            if source[:1] == ("claims",) and source[1] in self.claims and len(path) == 4
        }
        mine = self.own | own
        others = {claim for address, claim in realm.claims.items() if address not in mine}
        return frozenset({*found, *others})

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` stands in the file."""
        return self.document.locate(path)[1]

    def key_place(self, *path: str | int) -> Place:
        """Where the key at `path` stands in the file."""
        return self.document.locate(path, key=True)[1]

    def refuse(self, told: str, place: Place, *, bound: str = "", entry: str = "", owner: Name = ("", "")) -> Finding:
        """The finding for what is out of bounds: `told` continues "the team orders may not …".

        `entry` in the list `bound` of the team's bounds would allow it; "" where nothing does. `owner` is the noun and
        name by which other teams' bounds are searched for who owns it.
        """
        platform = self.realm.owning.platform.told
        where = self.realm.owning.home.locate(("teams", self.name, "may"))[1]
        noun, name = owner
        others = [
            f"It belongs to the team {other}: {team.told}. "
            for other, team in self.realm.teams.items()
            if noun and other != self.name and team.may.includes(noun, name)
        ]
        asked = f"allow it: {bound}: [{entry}] in teams.{self.name}.may ({where})" if bound else "declare it"
        advice = f"{others[0] if others else ''}Ask {platform} to {asked}."
        message = f"the team {self.name} may not {told}"
        return Finding("outside-bounds", message, place, advice)

    def refuse_name(self, told: str, place: Place, noun: str, name: str) -> Finding:
        """The finding for a name out of bounds, which `names` can allow."""
        found = self.refuse(told, place, bound="names", entry=f"{noun}/{name}", owner=(noun, name))
        prefixes = self.bounds.prefixes
        if noun not in PREFIXED or not prefixes or self.bounds.has_prefix(noun, name) or found.advice.startswith("It "):
            return found
        example = f"{prefixes[0]}-{name}" if noun != "app-role" else f"{prefixes[0].capitalize()}.{name}"
        advice = f"Begin the name with {' or '.join(prefixes)}, such as {example}. Otherwise: {found.advice}"
        return Finding(found.rule, found.message, place, advice)

    def first_place_elsewhere(self, path: Path, owner: Name = ("", "")) -> Place | None:
        """Where a file of another team, or the platform's, has a key at `path`; None where none has.

        A team whose bounds do not include `owner` (noun and name) does not count: it has an error of its own.
        """
        for document in self.realm.documents_by_name.get((str(path[0]), str(path[1])), ()) if path else ():
            name = self.realm.team_by_file[document.file]
            team = self.realm.teams.get(name)
            counts = not owner[0] or name == PLATFORM or team is None or team.may.includes(*owner)
            if name != self.name and counts:
                depth, place = document.locate(path, key=True)
                if depth == len(path):
                    return place
        return None

    def is_made_by_block(self, path: Path) -> bool:
        """Whether one of the realm's high-level blocks makes the object at `path` of the sections."""
        return path in self.realm.made_by_blocks


def noun_and_name(address: Address) -> tuple[str, str]:
    """The noun and name by which bounds speak of an object, or of a name that is no object of Keycloak."""
    known = address.kind in kinds()
    root = root_of(address) if known else address
    return root.kind, "/".join(root.names)


def root_of(address: Address) -> Address:
    """The object directly in the realm that holds an object: the client of a client role, a group's topmost group."""
    kind = kinds()[address.kind]
    while kind.owner and kind.owner != ROOT:
        kind = kinds()[kind.owner]
    return Address(kind.name, address.names[: kind.levels])


def title(address: Address) -> str:
    """An object for a message: `realm role 'orders-reader'`."""
    return f"{kinds()[address.kind].title} '{' / '.join(address.names)}'"


def expand_file(document: Document, language: Language) -> tuple[dict[Address, Declared], list[Finding]]:
    """What a file declares in Keycloak's own terms, taken alone: words aside, nothing of other files in it."""
    sections = marked_fields(language.file, Child)
    explicit = {
        key: {name: {} if item is None else item for name, item in value.items()}
        if key in sections and isinstance(value, dict)
        else value
        for key, value in document.data.items()
        if key in language.file.model_fields
    }
    places = Files([document])
    model, findings = validate_model(language.file, explicit, places)
    if model is None:
        return {}, findings
    try:
        return dict(language.expand(model, places)), []
    except BadConfig as error:
        return {}, list(error.findings)


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in a value, keys included, each with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key), key
            yield from texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
