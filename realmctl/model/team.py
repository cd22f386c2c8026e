"""Teams: which files of a realm belong to whom, and what these files may declare.

Values, and the comparison of two sections in sentences. Must not know about: YAML, Keycloak's kinds, output formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from realmctl.model.ignore_rule import pattern
from realmctl.model.sentence import Name, Sentence

PLATFORM = "platform"
"""The team whose files have no bounds, and to whom everything belongs that belongs to no other team."""

Section = Literal[
    "roles", "clients", "clientScopes", "groups", "services", "tests",
    "entra.appRoles", "entra.groups", "tokens.audiences", "tokens.claims",
    "users", "organizations", "identityProviders", "authenticationFlows",
]  # fmt: skip
SECTIONS: tuple[str, ...] = get_args(Section)
"""The sections that a team's file can be allowed to use."""
USUAL = SECTIONS[:10]
"""The sections that a team's file may use unless `sections` says otherwise."""

NOUNS = (
    "role", "client", "client-scope", "group", "user", "organization", "identity-provider", "flow",
    "service", "namespace", "audience", "claim", "attribute", "app-role", "client-setting",
)  # fmt: skip
"""What `names` can name: kinds of objects, and names that are no objects of Keycloak."""
_BY_NAME_ONLY = frozenset({"client-setting"})
"""Nouns whose names are Keycloak's own, so that a prefix says nothing about them."""

_SEPARATORS = "-_.:/"
_HANDLE = re.compile(r"@[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\\[\]!:?<>|\"]+")


def _owner(value: str) -> str:
    if not _HANDLE.fullmatch(value) and not _MAIL.fullmatch(value):
        raise ValueError(f"{value}: write a handle such as @acme/orders, or an e-mail address")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write one line of printable text")
    return value


def _file(value: str) -> str:
    parts = value.removesuffix("/").split("/")
    for part in parts:
        if part.startswith(".") or not _SEGMENT.fullmatch(part) or "**" in part:
            raise ValueError(
                f"{value}: write a path below the realm's folder, such as orders.yaml, orders/*.yaml or orders/; "
                "no part of it begins with a dot, and * stands for a part of one name"
            )
    if not value.endswith("/") and not parts[-1].endswith((".yaml", ".yml")):
        raise ValueError(f"{value}: realmctl reads files that end in .yaml or .yml; a folder ends in /")
    return value


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])", value):
        raise ValueError(f"{value}: write two characters or more, and no separator at the end, such as orders")
    return value


def _kind_and_name(value: str) -> str:
    noun, slash, name = value.partition("/")
    if noun not in NOUNS or not slash or not name:
        raise ValueError(f"{value}: write kind/name, such as client/legacy-shop; kinds: {', '.join(NOUNS)}")
    return value


def _path(value: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~!$&'()+,=:@-]+)+", value):
        raise ValueError(f"{value}: write a path such as /shop")
    return value


def _variable(value: str) -> str:
    if not re.fullmatch(r"(env|file|var|vault):.+", value):
        raise ValueError(f"{value}: write env:NAME, var:NAME, vault:KEY or file:PATH; * and ? as in a shell")
    return value


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Bounds(_Said):
    """What a team's files may declare. `prefixes` give most of it; the rest are exceptions."""

    prefixes: list[Annotated[str, AfterValidator(_prefix)]] = Field(
        [],
        description="What the team's names begin with. `orders` stands for orders and for all that begins with orders-,"
        " orders_, orders. or orders/: roles, clients, client scopes, groups, services and their paths (/orders),"
        " namespaces, audiences, claims, attributes, app roles (Orders.…) and variables (ORDERS_…).",
    )
    names: list[Annotated[str, AfterValidator(_kind_and_name)]] = Field(
        [], description=f"Further names, each as kind/name; * and ? as in a shell. Kinds: {', '.join(NOUNS)}."
    )
    grants: list[Annotated[str, Field(min_length=1)]] = Field(
        [],
        description="Roles that the team may grant beside those that its own files declare: the name of a realm role, "
        "or client-id.role; * and ? as in a shell.",
    )
    scopes: list[Annotated[str, Field(min_length=1)]] = Field(
        [],
        description="Client scopes that the team's clients may have beside its own and those that Keycloak ships. The "
        "scope of `tokens` makes a client's tokens valid at every service.",
    )
    paths: list[Annotated[str, AfterValidator(_path)]] = Field(
        [], description="Paths for its services beside /PREFIX; each with everything below it."
    )
    hosts: list[Annotated[str, Field(min_length=1)]] | None = Field(
        None,
        description="Hosts that the addresses of its clients may lead to; * and ? as in a shell. Unless set: its own "
        "paths at the hosts of oauth2Proxy. This machine (localhost) is always allowed; com.acme.app: allows a scheme.",
    )
    variables: list[Annotated[str, AfterValidator(_variable)]] = Field(
        [],
        description="References it may use beside env:PREFIX_*, var:PREFIX_* and vault:PREFIX-*, such as env:SHOP_KEY "
        "or file:orders/*.",
    )
    adopts: list[Annotated[str, AfterValidator(_kind_and_name)]] = Field(
        [],
        description="Objects on the server that no file declared and that the team may take over, with the roles that "
        "they hold there, as kind/name: client/orders-legacy; * and ? as in a shell.",
    )
    sections: list[Section] = Field(
        list(get_args(Section)[:10]), description="The sections its files may use; the whole list."
    )
    settings: list[Annotated[str, Field(min_length=1)]] = Field(
        [], description="Settings of the realm that it may set, by name, such as displayName."
    )
    silence: list[Annotated[str, Field(min_length=1)]] = Field(
        [], description="Rules whose warnings an allow comment in its files may silence."
    )

    def includes(self, noun: str, name: str) -> bool:
        """Whether a name is within the bounds, by prefix or by name."""
        return self.is_named(noun, name) or self.has_prefix(noun, name)

    def is_named(self, noun: str, name: str) -> bool:
        """Whether `names` has it."""
        return any(pattern(one).fullmatch(f"{noun}/{name}") for one in self.names)

    def has_prefix(self, noun: str, name: str) -> bool:
        """Whether it begins with a prefix. The case of an app role does not count, as teams write Orders.Approver."""
        if noun in _BY_NAME_ONLY:
            return False
        if noun == "app-role":
            return any(covers(one.casefold(), name.casefold()) for one in self.prefixes)
        return any(covers(one, name) for one in self.prefixes)

    def grants_role(self, role: str) -> bool:
        """Whether `grants` has the role, written as `role` or `client-id.role`."""
        return any(pattern(one).fullmatch(role) for one in self.grants)

    def adopts_object(self, noun: str, name: str) -> bool:
        """Whether `adopts` has an object that is on the server already."""
        return any(pattern(one).fullmatch(f"{noun}/{name}") for one in self.adopts)

    def may_reference(self, source: str, name: str) -> bool:
        """Whether files may use the reference `$(source:name)`."""
        if any(pattern(one).fullmatch(f"{source}:{name}") for one in self.variables):
            return True
        if source == "vault":
            return any(covers(one, name) for one in self.prefixes)
        return source in ("env", "var") and any(
            name == stem or name.startswith(f"{stem}_") for stem in map(variable_stem, self.prefixes)
        )


class Team(_Said):
    """A team: who owns its files, which files these are, and what they may declare."""

    owners: list[Annotated[str, AfterValidator(_owner)]] = Field(
        min_length=1, description="Who approves: handles of GitHub or GitLab (@acme/orders), or e-mail addresses."
    )
    contact: Annotated[str, AfterValidator(_one_line)] | None = Field(
        None, description="Where to reach the team, for messages: a channel, an address."
    )
    files: list[Annotated[str, AfterValidator(_file)]] = Field(
        [],
        description="Its files, relative to the realm's folder: orders.yaml, orders/*.yaml, or orders/ with everything "
        "below. A file belongs to one team.",
    )
    may: Bounds = Field(default_factory=Bounds, description="What its files may declare.")

    @property
    def told(self) -> str:
        """The owners and the contact, for a message."""
        owners = ", ".join(self.owners)
        return f"{owners} ({self.contact})" if self.contact else owners


Teams = Mapping[str, Team]


def covers(prefix: str, name: str) -> bool:
    """Whether a name is the prefix, or begins with it and a separator: orders covers orders-api, and not ordersx."""
    return name == prefix or (name.startswith(prefix) and name[len(prefix)] in _SEPARATORS)


def variable_stem(prefix: str) -> str:
    """The beginning of a team's variables: ORDERS_EU for orders-eu."""
    return re.sub(r"[^A-Za-z0-9]", "_", prefix).upper()


_GAINS: Mapping[str, tuple[str, str]] = {
    "prefixes": ("may now declare names that begin with", "may no longer declare names that begin with"),
    "names": ("may now declare", "may no longer declare"),
    "grants": ("may now grant", "may no longer grant"),
    "scopes": ("may now give its clients the client scope", "may no longer give its clients the client scope"),
    "paths": ("may now serve the path", "may no longer serve the path"),
    "variables": ("may now read", "may no longer read"),
    "adopts": ("may now take over what is on the server:", "may no longer take over what is on the server:"),
    "sections": ("may now use the section", "may no longer use the section"),
    "settings": ("may now set the realm's", "may no longer set the realm's"),
    "silence": ("may now silence warnings of the rule", "may no longer silence warnings of the rule"),
}


def changes(before: Teams, after: Teams) -> tuple[Sentence, ...]:
    """Return what changes between two `teams` sections, in sentences: who may do what, who owns what."""
    if before and not after:
        return (("No file is bounded to a team any more: every file may declare everything.",),)
    return tuple(_changes(before, after))


def _changes(before: Teams, after: Teams) -> Iterator[Sentence]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if new is None and old is not None:
            yield ("The team ", Name(name), " is removed. Its files: ", *_listed(old.files), ".")
        elif new is not None:
            if old is None:
                yield ("The team ", Name(name), " is new, owned by ", *_listed(new.owners), ".")
            yield from _of_team(name, old or Team(owners=["@nobody"]), new, is_new=old is None)


def _of_team(name: str, old: Team, new: Team, *, is_new: bool) -> Iterator[Sentence]:
    team = ("The team ", Name(name))
    if not is_new:
        yield from _moved(old.owners, new.owners, (*team, " has a new owner: "), (*team, " loses the owner "))
    yield from _moved(old.files, new.files, (*team, " now owns the file "), (*team, " no longer owns the file "))
    if name == PLATFORM:
        return
    none = Bounds(sections=[]) if is_new else old.may
    for field, (gains, loses) in _GAINS.items():
        had, has = getattr(none, field), getattr(new.may, field)
        yield from _moved(had, has, (*team, f" {gains} "), (*team, f" {loses} "))
    if none.hosts != new.may.hosts:
        if new.may.hosts is None:
            yield (*team, "'s clients may lead to the gateway's hosts.")
        else:
            yield (*team, "'s clients may lead to the hosts ", *_listed(new.may.hosts), ".")


def _moved(old: Iterable[str], new: Iterable[str], gains: Sentence, loses: Sentence) -> Iterator[Sentence]:
    had, has = list(old), list(new)
    for one in has:
        if one not in had:
            yield (*gains, Name(one), ".")
    for one in had:
        if one not in has:
            yield (*loses, Name(one), ".")


def _listed(names: Iterable[str]) -> Iterator[str | Name]:
    found = list(names)
    if not found:
        yield "none"
    for index, one in enumerate(found):
        if index:
            yield ", "
        yield Name(one)
