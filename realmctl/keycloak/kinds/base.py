"""What every kind answers: the guide for whoever adds one.

A kind reads its objects from a realm in the shape of Keycloak's export (`RealmRepresentation`), and says in requests,
as plain values, how one is created, changed and deleted. Must not know about: any single kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from realmctl.keycloak.catalog.name_rules import RULES
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.maps import Ask, Map
from realmctl.keycloak.kinds.null_values import Ways, with_each_key
from realmctl.keycloak.kinds.omission import Omission
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Request
from realmctl.model.fields import Compare, Resource, plain_fields
from realmctl.model.objects import Declared, Desired, Live, Snapshot

Export = Mapping[str, Any]
"""A realm as `partial-export` answers it (26.7.3): roles, clients, groups, flows… in one document."""


class Look(Protocol):
    """A read-only view of the server, for kinds that have to ask for single objects."""

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> Any:
        """One object below `/admin/realms/{realm}`; None where it does not exist."""

    def pages(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """The whole list, past the server's silent default limits."""

    def listed(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """As `pages`; nothing where there is no such list."""

    def whole(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """A list that the server tells in one answer; of a realm that is in none of its caches, in pages."""

    def side_by_side(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """The answers of independent calls, in their order."""

    def id(self, address: Address) -> str:
        """The id of an object; "" where it does not exist."""

    def export(self) -> Export:
        """The whole realm, for what no list shows; only for an account that may export."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader without export rights has to look at one by one: the declared and owned addresses, by kind."""

    addresses: frozenset[Address]

    def names(self, kind: str) -> list[tuple[str, ...]]:
        """The names of the addresses of a kind, sorted; what has no name is nothing to look up."""
        return sorted(address.names for address in self.addresses if address.kind == kind and address.names)


@dataclass(frozen=True, slots=True)
class Around:
    """What a kind may look at while it turns a change into requests: both sides, whole."""

    desired: Desired
    snapshot: Snapshot

    def live(self, address: Address) -> Live | None:
        """The live object, or None."""
        return self.snapshot.objects.get(address)


Objects = Mapping[Address, Live]
"""The live objects of a realm."""
Conflict = tuple[Declared, tuple[str, ...], str, str]
"""Who can't be as declared, the path below the declaration, what is wrong, and what to do."""


class Kind:
    """One kind of object. Subclasses set the class variables, and override what differs.

    `name`      in addresses and plans, such as `client-role`; `title` is what a person reads.
    `owner`     the kind that holds it ("realm" for the realm itself), and `field` the field there that declares it.
    `model`     the fields that may be declared. A link has none of its own: its `link_fields` stand in its owner's
                declaration, and its `fields` say how each compares.
    `key`       the representation's field that carries the name.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    owner: ClassVar[str] = "realm"
    field: ClassVar[str] = ""
    model: ClassVar[type[Resource]] = Resource
    key: ClassVar[str] = "name"
    fixed_name: ClassVar[str] = ""
    """Why it can't be renamed, as a sentence; "" where it can."""
    switch: ClassVar[str] = ""
    """The realm's setting without which its objects are there, and out of everybody's reach."""
    kept_while_used: ClassVar[bool] = False
    """Whether Keycloak refuses to delete it while something refers to it; of most kinds it drops the reference."""
    kept_by_keycloak: ClassVar[bool] = False
    """Whether Keycloak refuses to delete those that it made; a realm can only be made without them."""
    located_by_id: ClassVar[bool] = True
    """Whether the Location that answers a POST ends in the id; for roles it ends in the name (26.7.3)."""
    nests: ClassVar[str] = ""
    """The field that holds further objects of the same kind (groups in groups)."""
    levels: ClassVar[int] = 1
    """How many names it adds to its owner's: 2 where the section is a map of maps (type, then name), 0 for a part."""
    owned: ClassVar[bool] = True
    """Whether it has an identity that the inventory keeps; links live and die with what they belong to."""
    read_after: ClassVar[tuple[str, ...]] = ()
    """The kinds whose part of the export's shape has to be there before `read_lists`; unseen with them."""
    made_after: ClassVar[tuple[str, ...]] = ()
    """The kinds whose changes come before a new one: what it would refuse, or change, as soon as it is there."""
    listed_after: ClassVar[str] = ""
    """The kind that a plan lists before it, for readers; "" for the end, by name. No request waits for it."""
    temporary_names: ClassVar[bool] = False
    """Whether an apply gives its objects temporary names on the way (`temporary_name`)."""
    by_name_only: ClassVar[bool] = False
    """Whether only what is declared or owned is ever looked at, one by one, by `read_lists` for every account: of what
    else there is, nothing is unmanaged or pruned."""
    first_only: ClassVar[frozenset[str]] = frozenset()
    """The fields that only a new one is given, and that are not compared afterwards."""
    owner_switch: ClassVar[str] = ""
    """Of a link: the field of its owner that has to be true for it to be there; "" where it always is."""
    structural: ClassVar[frozenset[str]] = frozenset(
        {"providerId", "protocol", "protocolMapper", "identityProviderMapper", "type", "clientAuthenticatorType"}
    )
    """The fields that say what the object is or does, which nobody could review if they were secrets."""
    type_field: ClassVar[str] = ""
    """The field that names the object's type. Where it changes, no setting of the old type stays."""
    settings_field: ClassVar[str] = "config"
    """The map that holds the settings of the type."""
    new_settings: ClassVar[Mapping[str, Any]] = {}
    """The settings that a new object has where the files declare none."""
    new_fields: ClassVar[Mapping[str, Any] | None] = None
    """What Keycloak fills in for a new object that declares nothing (26.7.3, by experiment); a field that is not there
    is empty. None where nobody measured it."""
    fixed_objects: ClassVar[frozenset[str]] = frozenset()
    """The names of the objects that Keycloak refuses to change, with all that belongs to them."""
    in_clear: ClassVar[frozenset[str]] = frozenset()
    """The fields that Keycloak answers unmasked (26.7.3): a mask there is the stored value."""
    single: ClassVar[bool] = False
    """Whether the realm has one of it: its field then holds the object itself, not a map by name."""

    omitted: ClassVar[Mapping[str, Omission]] = {}
    """The fields of Keycloak's representation that cannot be declared, each with the reason."""
    not_exported: ClassVar[Mapping[str, str]] = {}
    """The fields whose values an export loses, each with the words for what is lost."""
    emptied_by: ClassVar[Ways | None] = None
    """What a request sends for each field that null takes away; Keycloak ignores null in all others. None where that
    was never measured."""
    never_empty: ClassVar[Mapping[str, frozenset[str]]] = {}
    """The maps that have keys which Keycloak answers with their default where null is sent, and these keys."""

    admin_events: ClassVar[AdminEvents | None] = None
    """Where Keycloak's admin events name its objects, so that drift can tell who changed one."""

    @property
    def is_link(self) -> bool:
        """Whether its objects are fields of their owner, such as a list of roles, and not objects with a name."""
        return self.model is Resource

    def fields(self) -> Mapping[str, Compare]:
        """The fields that are compared, and how."""
        return plain_fields(self.model)

    def link_fields(self) -> Mapping[str, Any]:
        """For a link: the fields it adds to its owner's model, as name → annotation."""
        return {}

    def outer(self, name: str) -> str:
        """For a map of maps: the outer key as addresses have it, where it may be written in several ways."""
        return name

    def parse_export(self, export: Export) -> Iterator[Live]:
        """Every object of the kind in the realm."""
        raise NotImplementedError

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        """Return this kind's part in the export's shape, by lists and single reads, for an account that may only view.

        `export` holds the parts of the kinds in `read_after`. A part may add to their objects, told by id.
        """
        return {}

    def read_apart(self, look: Look) -> dict[str, Any]:
        """What the export lacks, to be laid over it: asked for only while the kind is declared or owned."""
        return {}

    def resolve_ambiguous(self, look: Look, export: Export) -> Export:
        """Return by id what `export` says by a text that several objects have, as a part of the export's shape.

        Called once the export's shape is complete. Asks for nothing where no text is ambiguous.
        """
        return {}

    def warm(self, look: Look) -> None:
        """Reads what makes the next export quick, where the server has it in no cache.

        One export of a cold realm loads everything in one long transaction, which takes several times what lists take
        (26.7.3, by experiment: 7.5 s against 1.5 s).
        """

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        """What the fields refer to: path below the declaration, and address. The same for declared and live."""
        return iter(())

    def refers(self, address: Address, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        """As `references`, which it is; for a kind whose references are named within what holds the object."""
        return self.references(fields)

    def brings(self, want: Declared) -> Iterator[Address]:
        """Yield what Keycloak makes along with the object: it may be referred to, and nobody has to declare it."""
        return iter(())

    def brought_by(self, live: Live, objects: Objects) -> Address | None:
        """Return the live object with which Keycloak made this one, as this one is now; None where it did not."""
        return None

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any] | None:
        """Return the fields of a new object of that name and type of which nothing else is declared (`new_fields`)."""
        return self.new_fields

    def is_of_master(self, address: Address) -> bool:
        """Return whether Keycloak makes the object in the realm `master` alone, to administer all realms (26.7.3)."""
        return False

    def undecided(self, live: Live, *, builtin: bool) -> frozenset[str]:
        """Return the fields that hold what nobody decided, such as a secret that Keycloak generated."""
        return frozenset()

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        """Return the maps among an object's fields whose keys Keycloak gives a meaning (`catalog.key_types`)."""
        return iter(())

    def with_renamed(
        self, address: Address, fields: Mapping[str, Any], renamed: Callable[[Address], Address]
    ) -> Mapping[str, Any]:
        """Return live fields under the new names of what they refer to, where Keycloak keeps a reference by id."""
        return fields

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """What cannot be done: path, message, advice. Called when the plan is made."""
        return iter(())

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Return which names in a declaration the Admin API refuses, or takes and can't reach again: path, sentence."""
        names, rule = want.address.names, RULES.get(self.name)
        if names and rule and (wrong := rule.wrong(names[-1])):
            yield (), wrong

    def conflicts(self, desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
        """As `problems`, of all that is declared of the kind, for what other objects decide."""
        return iter(())

    def takes_secret(self, path: tuple[str | int, ...]) -> bool:
        """Whether the text at `path` of a declaration may be a secret: realmctl has to do no more than send it."""
        # Of a list of parts, such as a profile's executors, the parts' own fields count as well.
        inner = path[2] if len(path) > 2 and isinstance(path[1], int) else ""
        return not {path[0], inner} & self.structural

    def told(self, name: str, value: Any) -> Any:
        """A field's value as a plan tells it for a new object; secrets in it are hidden afterwards."""
        return value

    def renaming(self, old: Address, new: Address, *, moves: bool) -> FieldChange:
        """Return the field change by which a plan shows a rename; `moves` says that it comes below another object."""
        return FieldChange(self.key, old.name, new.name)

    def left_over_of(self, address: Address) -> Address | None:
        """Return the object that this one was built to replace, if an apply was cut off before; else None."""
        return None

    def on_the_way(self, old: Address, new: Address) -> Iterator[Address]:
        """Return the places where a killed apply may leave an object that moves from `old` to `new`."""
        return iter(())

    def changes_type(self, want: Declared, have: Live) -> bool:
        """Return whether the declaration makes another type of the live object."""
        kept = have.fields.get(self.type_field)
        return bool(self.type_field) and want.fields.get(self.type_field, kept) != kept

    def complete(self, want: Declared, have: Live) -> Declared:
        """Return the declaration with everything that an apply changes along with it.

        The plan, the requests, the record and the dangers of a change all read the completed declaration.
        """
        gone = with_each_key(self.emptied_by or {}, want.fields, have.fields)
        if gone:
            want = replace(want, fields={**want.fields, **gone})
        if not self.changes_type(want, have):
            return want
        live = have.fields.get(self.settings_field) or {}
        left = {key: self.new_settings.get(key) for key in live}
        settings = {**self.new_settings, **left, **(want.fields.get(self.settings_field) or {})}
        return replace(want, fields={**want.fields, self.settings_field: settings})

    def ignores_null(self, name: str) -> bool:
        """Return whether null for a field of an object changes nothing."""
        return self.emptied_by is not None and name not in self.emptied_by

    def emptied(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields with what takes one away (`emptied_by`) in place of each null."""
        ways = self.emptied_by or {}
        return {name: ways.get(name) if value is None else value for name, value in fields.items()}

    def patch(self, change: Change, want: Declared) -> dict[str, Any]:
        """Return the declared value of every top-level field that changes, and the new name of a rename.

        In place of a null stands what takes the field away (`emptied`).
        """
        tops = dict.fromkeys(field.path.split(".", 1)[0] for field in change.fields)
        patch = self.emptied({top: want.fields[top] for top in tops if top in want.fields})
        return {**patch, self.key: want.address.name} if change.renamed_from else patch

    def resolved(self, want: Declared, around: Around) -> Declared:
        """Return the declaration with what it says relative to something written out. Raises BadConfig.

        `around.snapshot` is as `plan.seen` gives it. What is written out already is returned as it is.
        """
        return want

    def compare(self, want: Declared, have: Live) -> list[FieldChange] | None:
        """The differences, for a kind that the plain field by field comparison doesn't fit; None for that one."""
        return None

    def places(self, path: str) -> Iterable[tuple[str, ...]]:
        """Where the field of a change that `compare` made may stand in the declaration, without indices of lists."""
        return (tuple(path.split(".")),)

    def fold(self, want: Declared, body: dict[str, Any]) -> bool:
        """Puts this object into the body that creates its owner; False where the server would ignore it there."""
        return False

    def birth(self, desired: Desired, fresh: Mapping[Address, Live]) -> tuple[dict[str, Any], frozenset[Address]]:
        """What the request that makes the realm has to say, since nothing can change it later; and of which objects.

        `fresh` is what Keycloak makes of a realm of which nothing is said.
        """
        return {}, frozenset()

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        """The requests that create it. The first one's body may be added to by `fold` of what it owns."""
        raise NotImplementedError

    def together(self, wants: Sequence[Declared]) -> Request | None:
        """One request that creates several at once, all or none, and may be repeated; None where there is none."""
        return None

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        """The requests that carry out the change."""
        raise NotImplementedError

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        """The requests that delete it and what it owns."""
        raise NotImplementedError

    def locate(self, look: Look, address: Address) -> str:
        """The server's id of the object, asked for by name; "" where it does not exist."""
        raise NotImplementedError

    def locate_all(self, look: Look, address: Address) -> Mapping[Address, str]:
        """The ids of `address` and of what is in the same list, where one request tells them all; else nothing."""
        return {}

    def cost(self, look: Look, have: Live) -> str:
        """A sentence on what a deletion would take away; "" for nothing worth saying."""
        return ""
