"""A realm's files, compiled → the graph of who gets what.

Taken from the objects that go to Keycloak, so whatever is laid over a word counts here, too; and from the rules of
services, as the gateway gets them. Must not know about: which part of the graph is asked for, how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from realmctl.analysis.graph.logins import login_condition, login_key
from realmctl.analysis.graph.token_claims import ClaimValue, token_contents
from realmctl.config.checks import Subject
from realmctl.errors import Place
from realmctl.keycloak.kinds.group import group_path, path_of
from realmctl.keycloak.token_contents import carried_contents, role_named, splits
from realmctl.keycloak.token_roles import gets_tokens
from realmctl.model.access_graph import Edge, Node, Picture, Sort
from realmctl.model.address import Address
from realmctl.model.objects import Declared
from realmctl.model.reference_place import member_place
from realmctl.model.service import RoleRule, Service

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig

EVERYBODY = "everybody"

_MEMBERS = {
    "role-composites": ("role", "is composed of it"),
    "client-role-composites": ("client-role", "is composed of it"),
    "group-roles": ("group", "its members have the role"),
    "default-roles": (EVERYBODY, "has the default role"),
    "default-groups": (EVERYBODY, "is in the default group, if new"),
    "service-account-roles": ("client", "its service account has the role"),
    "service-account-groups": ("client", "its service account is in the group"),
    "user-roles": ("user", "has the role"),
    "user-groups": ("user", "is in the group"),
}
"""Kinds of lists of roles or groups: whose each is, and what a member of it means."""


def build_picture(config: RealmConfig) -> Picture:
    """The whole graph of a realm."""
    making = _Making(config)
    making.members()
    making.logins()
    making.inherited()
    making.services()
    making.tokens()
    nodes = sorted(making.nodes.values(), key=lambda node: (list(Sort).index(node.sort), node.name, node.key))
    order = {node.key: at for at, node in enumerate(nodes)}
    edges = sorted(making.edges.values(), key=lambda edge: (order[edge.source], order[edge.target]))
    return Picture(config.name, tuple(nodes), tuple(edges))


class _Making:
    """A graph on its way."""

    def __init__(self, config: RealmConfig) -> None:
        self.config = config
        self.desired = config.desired
        self.subject = Subject(config.desired, config.origin)
        self.gateway = str(getattr(config.words.get("oauth2Proxy"), "clientId", ""))
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], Edge] = {}
        self.rules: list[tuple[str, RoleRule, tuple[str | int, ...]]] = []
        for address in self.desired.resources:
            if address.kind in ("role", "client-role", "group"):
                self.object(address)

    def node(self, node: Node) -> str:
        """Adds it unless it is there; its key."""
        self.nodes.setdefault(node.key, node)
        return node.key

    def edge(self, source: str, target: str, why: str, place: Place | None, *, needed: bool = False) -> None:
        """Adds it unless it is there."""
        self.edges.setdefault((source, target), Edge(source, target, why, place, needed))

    def object(self, address: Address) -> str:
        """The node of a role, a group, a user, a client or of everybody."""
        key = str(address)
        if key in self.nodes:
            return key
        declared = self.desired.resources.get(address)
        place = declared.origin.place() if declared else None
        aside = "" if declared else ", not declared here"
        if address.kind == "group":
            path = path_of(address.names)
            self.node(Node(key, Sort.GROUP, path, f"group{aside}", place, (path, key)))
        elif address.kind == "role":
            self.node(Node(key, Sort.ROLE, address.name, f"realm role{aside}", place, (address.name, key)))
        elif address.kind == "client-role":
            names = (".".join(address.names), "/".join(address.names), address.name, key)
            self.node(Node(key, Sort.ROLE, address.name, f"role of {address.names[0]}{aside}", place, names))
        elif address.kind == "user":
            self.node(Node(key, Sort.USER, address.name, "user of the realm", place, (address.name, key)))
        elif address.kind == "client":
            self.node(Node(key, Sort.CLIENT, address.name, "application", place, (address.name, key)))
        else:
            self.node(Node(EVERYBODY, Sort.EVERYBODY, "everybody", "every account", place, (EVERYBODY,)))
        return key

    def members(self) -> None:
        """What lists of roles and groups say."""
        for address, declared in self.desired.resources.items():
            if address.kind not in _MEMBERS:
                continue
            kind, why = _MEMBERS[address.kind]
            for field, text in _listed(declared):
                source = self.object(Address(kind, address.names))
                target = Address.parse(text)
                self.edge(source, self.object(target), why, member_place(declared, field, target))

    def logins(self) -> None:
        """What identity providers' mappers give."""
        for address, declared in self.desired.resources.items():
            one = login_condition(declared) if address.kind == "identity-provider-mapper" else None
            if one is None:
                continue
            place = declared.origin.place("config", one.field)
            names = (one.value, f"{one.provider}/{one.value}")
            source = self.node(Node(login_key(one), Sort.LOGIN, one.value, one.what, place, names))
            if one.group:
                self.edge(source, self.object(Address.parse(group_path(one.group))), "joins the group", place)
            else:
                self.edge(source, self.object(self._role(one.role)), "gets the role", place)

    def inherited(self) -> None:
        """What groups have of those above them: the roles, and nothing else. The groups claim names their own alone."""
        groups = [Address.parse(node.key) for node in self.nodes.values() if node.sort is Sort.GROUP]
        for group in groups:
            for length in range(len(group.names) - 1, 0, -1):
                above = self.desired.resources.get(Address("group-roles", group.names[:length]))
                if above is None:
                    continue
                why = f"its members have the role, as those of {path_of(group.names[:length])}"
                for field, text in _listed(above):
                    role = Address.parse(text)
                    self.edge(str(group), self.object(role), why, member_place(above, field, role))

    def _role(self, text: str) -> Address:
        """The role that a mapper names: a client's, where there is such a client, else the realm's."""
        for client, name in splits(text):
            if Address("client-role", (client, name)) in self.desired.resources:
                return Address("client-role", (client, name))
        return Address("role", (text,))

    def services(self) -> None:
        """Services and their rules; what satisfies these is told with the tokens, and so is the audience."""
        token = carried_contents(self.desired, self.gateway)
        for name, service in self.config.frame.services.items():
            here: tuple[str | int, ...] = ("services", name)
            open_ = "" if service.rules else ", open to everybody who is logged in"
            place = self.config.origin.place(*here)
            key = str(Address("service", (name,)))
            self.node(Node(key, Sort.SERVICE, name, f"service{open_}", place, (name, key)))
            for index, rule in enumerate(service.rules):
                at = (*here, "rules", index)
                place = self.config.origin.place(*at)
                of = str(Address("rule", (name, str(index + 1))))
                self.node(Node(of, Sort.RULE, _told(service, rule), f"rule of {name}", place, (of,)))
                self.edge(of, key, "is a rule of the service", place)
                self.rules.append((of, rule, at))
                for text in rule.roles:
                    self.object(role_named(text, self.subject.exists) or token.likely(text))

    def tokens(self) -> None:
        """What is in the access tokens of clients: values of claims, and audiences."""
        holders = [Address.parse(node.key) for node in self.nodes.values() if node.sort in (Sort.ROLE, Sort.GROUP)]
        whose: dict[tuple[Address, ClaimValue], list[str]] = {}
        audiences: dict[str, list[str]] = {}
        for address, declared in self.desired.resources.items():
            if address.kind != "client" or not gets_tokens(declared.fields):
                continue
            token = token_contents(self.desired, address.name, holders)
            for audience in token.audiences:
                audiences.setdefault(audience, []).append(address.name)
            for holder, one in token.values:
                whose.setdefault((holder, one), []).append(address.name)
        for audience, clients in audiences.items():
            told = clients[0] if len(clients) == 1 else f"{len(clients)} applications"
            key = self.audience(audience, f"audience in tokens of {told}")
            for client in clients:
                self.edge(self.object(Address("client", (client,))), key, "its tokens are for it", None, needed=True)
        for (holder, one), clients in whose.items():
            told = f"is in the access tokens of {', '.join(clients)}"
            if one.audience:
                self.edge(self.object(holder), self.audience(one.value, "audience"), told, None)
            else:
                key = _claim(one.claim, holder)
                node = Node(key, Sort.CLAIM, one.value, f"in the claim {one.claim}", one.place, (one.claim, key))
                self.edge(self.object(holder), self.node(node), told, one.place)
        self.satisfied([(holder, one) for (holder, one), clients in whose.items() if self.gateway in clients])

    def audience(self, name: str, caption: str) -> str:
        """The node of an audience."""
        key = str(Address("audience", (name,)))
        return self.node(Node(key, Sort.AUDIENCE, name, caption, None, (name, key)))

    def satisfied(self, gateway: Iterable[tuple[Address, ClaimValue]]) -> None:
        """Which values in the gateway's token satisfy which rule, and which audience each service looks for.

        Two roles may have the same value in the same claim: then either satisfies the rule, as it does at the gateway.
        """
        values: dict[tuple[str, str], list[Address]] = {}
        for holder, one in gateway:
            if not one.audience:
                values.setdefault((one.claim, one.value), []).append(holder)
        token = carried_contents(self.desired, self.gateway)
        for key, rule, at in self.rules:
            for index, text in enumerate(rule.roles):
                role = role_named(text, self.subject.exists) or token.likely(text)
                claim = next((one for one in token.claims(role) if rule.claim in (None, one.name)), None)
                place = self.config.origin.place(*at, "roles", index)
                if claim is None:
                    continue
                for holder in values.get((claim.name, claim.prefix + role.name), ()):
                    self.edge(_claim(claim.name, holder), key, "satisfies the rule", place)
        for name, service in self.config.frame.services.items():
            place = self.config.origin.place("services", name, "audience")
            audience = self.audience(service.audience, "audience")
            self.edge(audience, str(Address("service", (name,))), "is what the service looks for", place, needed=True)


def _claim(claim: str, holder: Address) -> str:
    return str(Address("claim", (claim, str(holder))))


def _listed(declared: Declared) -> Iterator[tuple[str, str]]:
    """Field and address, as a text, of every role and group in a list."""
    for field, members in declared.fields.items():
        for text in members if isinstance(members, list) else ():
            yield field, str(text)


def _told(service: Service, rule: RoleRule) -> str:
    """What requests a rule is about."""
    paths = ", ".join(rule.paths or service.paths)
    return f"{paths}: {', '.join(rule.methods)}" if rule.methods else paths
