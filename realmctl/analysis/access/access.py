"""Who may send which requests to which service at the gateway, and what changes of that.

Rules are compared by what they mean. All paths that either side mentions cut the space of requests into regions, in
each of which one requirement holds: a conjunction of sets of roles, one role of each set being needed.
Must not know about: how the gateway is configured, output formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from realmctl.analysis.access.value import GatewayRole, Policy
from realmctl.model.address import Address
from realmctl.model.service import RoleRule, Service, segments

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
"""`other` stands for every method that no rule can name."""

Segments = tuple[str, ...]
Need = frozenset[frozenset[GatewayRole]]
"""Of each set one role is needed. Empty: a login is enough."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests end, and which audience the service there looks for."""

    audience: str
    namespace: str
    labels: tuple[tuple[str, str], ...]
    backend: str
    port: int


@dataclass(frozen=True, slots=True)
class Access:
    """What a request meets: a service, and what it needs to get there."""

    service: str
    target: Target
    need: Need


class AccessKind(Enum):
    """In which way a request meets something else."""

    GONE = "gone"
    """It ended at a service, and ends nowhere now (404)."""
    NEW = "new"
    """It ends at a service now."""
    ROUTE = "route"
    """It ends elsewhere. What it needs is compared apart."""
    NEED = "need"
    """It needs other roles."""


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What changes for a request, without what plays no part in it."""

    kind: AccessKind
    before: Access | None
    after: Access | None


@dataclass(slots=True)
class Region:
    """Requests for which the same changes: paths, each with all below it, and methods. `without` lists exceptions."""

    path: Segments
    methods: tuple[str, ...]
    hosts: tuple[str, ...]
    without: list[Segments] = field(default_factory=list)


class Implications:
    """Which roles come with which, on both sides: what one side alone says of that is a change of its own."""

    def __init__(self, before: Policy, after: Policy) -> None:
        self.names = _renames(before, after)
        self._old = {new: old for old, new in self.names.items()}
        self._before, self._after = before, after
        self._known: dict[tuple[GatewayRole, GatewayRole], bool] = {}

    def implies(self, one: GatewayRole, other: GatewayRole) -> bool:
        """Whether a holder of `one` has `other` as well."""
        if one == other:
            return True
        key = one, other
        if key not in self._known:
            was = (self._old.get(role.address, role.address) for role in key)
            self._known[key] = self._implies(self._after, one.address, other.address) and self._implies(
                self._before, *was
            )
        return self._known[key]

    @staticmethod
    def _implies(side: Policy, one: Address, other: Address) -> bool:
        return other in side.implied(one)

    def covers(self, strict: frozenset[GatewayRole], wide: frozenset[GatewayRole]) -> bool:
        """Whether one of the roles `strict` is as good as one of `wide`."""
        return all(any(self.implies(one, other) for other in wide) for one in strict)

    def enough(self, have: Need, want: Need) -> bool:
        """Whether a request that meets `have` meets `want`, too."""
        return all(any(self.covers(one, other) for one in have) for other in want)

    def reduced(self, need: Iterable[frozenset[GatewayRole]]) -> Need:
        """The requirement without roles and sets that say nothing more."""
        sets = sorted(map(self._without_implied, set(need)), key=lambda one: sorted(role.name for role in one))
        kept: list[frozenset[GatewayRole]] = []
        for at, one in enumerate(sets):
            others = [*kept, *sets[at + 1 :]]
            if not any(self.covers(other, one) for other in others):
                kept.append(one)
        return frozenset(kept)

    def _without_implied(self, roles: frozenset[GatewayRole]) -> frozenset[GatewayRole]:
        ordered = sorted(roles, key=lambda one: (one.claim, one.value))
        kept: list[GatewayRole] = []
        for at, one in enumerate(ordered):
            if not any(self.implies(one, other) for other in (*kept, *ordered[at + 1 :])):
                kept.append(one)
        return frozenset(kept)


def _renames(before: Policy, after: Policy) -> dict[Address, Address]:
    """Old and new address of every role that the change renames. A name that was taken before is no new name."""
    old, new = before.config.desired.resources, after.config.desired.resources
    return {
        want.renamed_from: address
        for address, want in new.items()
        if want.renamed_from and want.renamed_from in old and want.renamed_from not in new and address not in old
    }


class _Side:
    """One policy, asked about single requests."""

    def __init__(
        self, policy: Policy, implications: Implications, names: Mapping[Address, Address] | None = None
    ) -> None:
        """`names`: the new addresses of roles that the change renames."""
        self._policy = policy
        self._names = names or {}
        self._implications = implications
        self._services: Mapping[str, Service] = policy.config.frame.services
        self._routes: dict[str, dict[Segments, str]] = {host: {} for host in policy.hosts}
        for name, service in self._services.items():
            for host in service.hosts or policy.hosts:
                for path in service.paths:
                    self._routes.setdefault(host, {}).setdefault(segments(path), name)
        self._rules = {
            name: [(self._paths(rule), self._methods(rule), self._roles(rule)) for rule in service.rules]
            for name, service in self._services.items()
        }
        self._needs: dict[frozenset[frozenset[GatewayRole]], Need] = {}

    @property
    def paths(self) -> set[Segments]:
        """Every path that is mentioned."""
        own = {path for routes in self._routes.values() for path in routes}
        return own | {path for rules in self._rules.values() for paths, _, _ in rules for path in paths}

    def access(self, host: str, path: Segments, method: str) -> Access | None:
        """What a request meets: the service with the longest path that fits, as the gateway routes."""
        routes = self._routes.get(host, {})
        name = next((routes[path[:end]] for end in range(len(path), -1, -1) if path[:end] in routes), None)
        if name is None:
            return None
        need = frozenset(
            roles
            for paths, methods, roles in self._rules[name]
            if (not methods or method in methods) and any(path[: len(one)] == one for one in paths)
        )
        if need not in self._needs:
            self._needs[need] = self._implications.reduced(need)
        return Access(name, self._target(name), self._needs[need])

    def base(self, name: str) -> Access:
        """What a GET of the service's own first path meets."""
        path = segments(self._services[name].paths[0]) if self._services[name].paths else ()
        need = frozenset(
            roles
            for paths, methods, roles in self._rules[name]
            if (not methods or "GET" in methods) and any(path[: len(one)] == one for one in paths)
        )
        return Access(name, self._target(name), self._implications.reduced(need))

    def _target(self, name: str) -> Target:
        service = self._services[name]
        namespace, labels = service.pods(name)
        backend = service.backend
        return Target(service.audience, namespace, tuple(sorted(labels.items())), backend.name or name, backend.port)

    @staticmethod
    def _paths(rule: RoleRule) -> list[Segments]:
        return [segments(path) for path in rule.paths or ["/"]]

    @staticmethod
    def _methods(rule: RoleRule) -> frozenset[str]:
        # A server answers HEAD wherever it answers GET, so a rule for GET holds for HEAD.
        return frozenset(rule.methods) | (frozenset({"HEAD"}) if "GET" in rule.methods else frozenset())

    def _roles(self, rule: RoleRule) -> frozenset[GatewayRole]:
        return frozenset(self._renamed(self._policy.role(text, rule.claim)) for text in rule.roles)

    def _renamed(self, role: GatewayRole) -> GatewayRole:
        """The role under its new name: anyone who has it keeps it."""
        address = self._names.get(role.address, role.address)
        if address == role.address:
            return role
        return replace(role, address=address, value=role.value.removesuffix(role.address.name) + address.name)


def changes(before: Policy, after: Policy) -> tuple[Implications, dict[AccessChange, list[Region]]]:
    """What changes for requests to the hosts that both sides have, by what it changes from and to."""
    implications = Implications(before, after)
    old, new = _Side(before, implications, implications.names), _Side(after, implications)
    paths = sorted({(), *old.paths, *new.paths}, key=lambda path: (len(path), path))
    tree = _Tree(paths)
    hosts = [host for host in after.hosts if host in before.hosts]
    found: dict[AccessChange, dict[Segments, dict[tuple[str, ...], list[str]]]] = {}
    for path in paths:
        by_change: dict[tuple[AccessChange, str], list[str]] = {}
        for host in hosts:
            for method in METHODS:
                for change in _differences(old.access(host, path, method), new.access(host, path, method)):
                    by_change.setdefault((change, host), []).append(method)
        for (change, host), methods in by_change.items():
            found.setdefault(change, {}).setdefault(path, {}).setdefault(tuple(methods), []).append(host)
    return implications, {change: _regions(where, tree) for change, where in found.items()}


def sharing(policy: Policy, implications: Implications) -> dict[tuple[str, str], tuple[Need, Need]]:
    """Pairs of services whose pods, or whose backend, may be the same, where the first one needs fewer roles.

    Each with what the two need at their own paths.
    """
    side = _Side(policy, implications)
    services = policy.config.frame.services
    found: dict[tuple[str, str], tuple[Need, Need]] = {}
    met = {name: side.base(name) for name in services}
    for name, one in met.items():
        for other, there in met.items():
            if name != other and _may_meet(one.target, there.target) and not implications.enough(one.need, there.need):
                found[name, other] = one.need, there.need
    return found


def _may_meet(one: Target, other: Target) -> bool:
    """Whether two services may select the same pods: one namespace, and no label with two values; or one backend."""
    if one.namespace != other.namespace:
        return False
    labels, others = dict(one.labels), dict(other.labels)
    shared = labels.keys() & others.keys()
    return one.backend == other.backend or (bool(shared) and all(labels[key] == others[key] for key in shared))


def _differences(before: Access | None, after: Access | None) -> Iterator[AccessChange]:
    if before is None and after is None:
        return
    if before is None or after is None:
        gone = after is None
        yield AccessChange(AccessKind.GONE if gone else AccessKind.NEW, _way(before) if before else None, after)
        return
    if before.target != after.target:
        yield AccessChange(AccessKind.ROUTE, _way(before), _way(after))
    if before.need != after.need:
        yield AccessChange(AccessKind.NEED, before, after)


def _way(access: Access) -> Access:
    return replace(access, need=frozenset())


def _regions(found: Mapping[Segments, Mapping[tuple[str, ...], list[str]]], tree: _Tree) -> list[Region]:
    """The regions of one change; what is below a path and changes alike goes with it."""
    regions: list[Region] = []
    member: dict[tuple[Segments, tuple[str, ...], tuple[str, ...]], Region] = {}
    inside: dict[Segments, list[Region]] = {}
    for path in sorted(found, key=lambda one: (len(one), one)):
        above = tree.above.get(path)
        for methods, on in found[path].items():
            hosts = tuple(on)
            region = member.get((above, methods, hosts)) if above is not None else None
            if region is None:
                region = Region(path, methods, hosts)
                regions.append(region)
            member[path, methods, hosts] = region
            inside.setdefault(path, []).append(region)
    for path, here in inside.items():
        for below in tree.below.get(path, ()):
            for region in here:
                alike = any(
                    set(region.methods) <= set(methods) and set(region.hosts) <= set(on)
                    for methods, on in found.get(below, {}).items()
                )
                if not alike and not any(region is one for one in inside.get(below, ())):
                    region.without.append(below)
    return regions


class _Tree:
    """The mentioned paths: of each the nearest one above it, and those just below it."""

    def __init__(self, paths: Iterable[Segments]) -> None:
        mentioned = set(paths)
        self.above: dict[Segments, Segments] = {}
        self.below: dict[Segments, list[Segments]] = {}
        for path in sorted(mentioned):
            above = next((path[:end] for end in range(len(path) - 1, -1, -1) if path[:end] in mentioned), None)
            if above is not None:
                self.above[path] = above
                self.below.setdefault(above, []).append(path)
