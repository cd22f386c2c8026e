"""Sentences and dangers about who reaches which service at the gateway.

Must not know about: how regions of requests are found, output formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.analysis.access.access import (
    METHODS,
    Access,
    AccessChange,
    AccessKind,
    Implications,
    Need,
    Region,
    Segments,
    changes,
    sharing,
)
from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.value import GatewayRole, Policy, quote_names
from realmctl.errors import Place
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

WEAKER = PolicyRule("gateway-rule-weaker", Severity.HIGH, "A request needs fewer roles, or none, at the gateway.")
OTHER = PolicyRule(
    "gateway-rule-changed", Severity.HIGH, "A request needs other roles at the gateway: other people pass."
)
OPENED = PolicyRule(
    "gateway-path-opened", Severity.MEDIUM, "A new path needs no role: everybody who is logged in passes."
)
MOVED = PolicyRule("gateway-route-moved", Severity.HIGH, "Requests end at another service, or at other pods.")
AUDIENCE = PolicyRule(
    "gateway-audience-changed", Severity.HIGH, "A service takes tokens that were made for another one."
)
PODS = PolicyRule("gateway-workload-changed", Severity.HIGH, "A service's rules protect other pods than before.")
HOST = PolicyRule("gateway-host-added", Severity.MEDIUM, "The gateway answers at another host.")
SHARED = PolicyRule(
    "gateway-pods-shared", Severity.HIGH, "A new path reaches the pods of another service, past its rules."
)
RULES = (WEAKER, OTHER, OPENED, MOVED, AUDIENCE, PODS, SHARED, HOST)

_LISTED = 4


def services(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """A remark for every group of requests that meets something else than before."""
    implications, found = changes(before, after)
    for change, regions in found.items():
        for region in _joined(regions):
            place = _place(after, change.after, region)
            for one in _remarks(change, implications):
                yield _placed(one, region, after, place)
    yield from _shared(before, after, implications)
    if before.hosts:
        yield from _gone_and_new(before, after)


def _shared(before: Policy, after: Policy, implications: Implications) -> Iterator[PolicyRemark]:
    """Services that reach the pods of another one with fewer roles, and did not before."""
    old, new = sharing(before, implications), sharing(after, implications)
    for (name, other), (mine, theirs) in new.items():
        if (name, other) in old or name in before.config.frame.services:
            continue
        told = (*_who(mine), " can now reach the pods of the service ", Name(other), " by the service ", Name(name),
                "; by its own path ", *_needed(theirs), ".")  # fmt: skip
        yield PolicyRemark(told, SHARED.id, SHARED.severity, after.place("services", name))


class _Part:
    """A remark whose sentence still lacks the requests: `lead`, the requests, `rest`."""

    def __init__(self, lead: Sentence, rest: Sentence, rule: PolicyRule | None = None, verb: str = "reach") -> None:
        self.lead, self.rest, self.rule, self.verb = lead, rest, rule, verb


def _remarks(change: AccessChange, implications: Implications) -> Iterator[_Part]:
    old, new = change.before, change.after
    if new is None:
        if old is not None:
            yield _Part((), (" no longer leads to a service (404); it led to ", Name(old.service), "."), verb="")
    elif old is None:
        lead = (*_who(new.need), " can now ")
        yield _Part(lead, (", which is new: the service is ", Name(new.service), "."), None if new.need else OPENED)
    elif change.kind is AccessKind.ROUTE:
        yield from _elsewhere(old, new)
    else:
        yield _needs(old.need, new.need, implications)


def _needs(old: Need, new: Need, implications: Implications) -> _Part:
    claims = _names(old) == _names(new)
    lead = (*_who(new, claims=claims), " can now ")
    rest = ("; until now ", *_needed(old, claims=claims), ".")
    if implications.enough(old, new):
        return _Part(lead, rest, WEAKER)
    if implications.enough(new, old):
        lead = ("Only ", *_who(new, lower=True, claims=claims), " can now ")
        return _Part(lead, ("; until now ", *_needed(old, enough=True, claims=claims), "."))
    return _Part(lead, rest, OTHER)


def _elsewhere(old: Access, new: Access) -> Iterator[_Part]:
    """Differences of the service at the end of the way."""
    was, now = old.target, new.target
    backend = (was.backend, was.port, was.namespace) != (now.backend, now.port, now.namespace)
    if old.service != new.service or backend:
        told: Sentence = (" now leads to ", *_ending(new), " instead of ", *_ending(old), ".")
        yield _Part((), told, MOVED, verb="")
    if was.audience != now.audience:
        told = (" takes tokens with the audience ", Name(now.audience), " instead of ", Name(was.audience), ".")
        yield _Part(("The service ", Name(new.service), " at "), told, AUDIENCE, verb="")
    if (was.namespace, was.labels) != (now.namespace, now.labels):
        told = (" protects the pods ", *_pods(new), " instead of ", *_pods(old), ".")
        yield _Part(("The policy of the service ", Name(new.service), " at "), told, PODS, verb="")


def _ending(access: Access) -> Sentence:
    target = access.target
    return ("the service ", Name(access.service), " (", Name(f"{target.backend}.{target.namespace}:{target.port}"), ")")


def _pods(access: Access) -> Sentence:
    labels = ",".join(f"{key}={value}" for key, value in access.target.labels)
    return (Name(labels), " in ", Name(access.target.namespace))


def _who(need: Need, *, lower: bool = False, claims: bool = False) -> Sentence:
    if not need:
        return ("everybody who is logged in" if lower else "Everybody who is logged in",)
    return ("people with " if lower else "People with ", *_sets(need, claims))


def _needed(need: Need, *, enough: bool = False, claims: bool = False) -> Sentence:
    if not need:
        return ("a login was enough",)
    verb = "were" if len(need) > 1 else "was"
    return (*_sets(need, claims), f" {verb} {'enough' if enough else 'needed'}")


def _sets(need: Need, claims: bool) -> Sentence:
    parts: list[str | Name] = []
    for number, roles in enumerate(sorted(need, key=_order)):
        parts += [" and " if number else "", *_any_of(roles, claims)]
    return tuple(part for part in parts if part != "")


def _any_of(roles: frozenset[GatewayRole], claims: bool) -> Sentence:
    names = sorted({role.name for role in roles})
    found = sorted({role.claim for role in roles})
    where: Sentence = (" (in the claim ", *quote_names(found), ")") if claims else ()
    return (
        ("the role ", Name(names[0]), *where) if len(names) == 1 else ("one of the roles ", *quote_names(names), *where)
    )


def _names(need: Need) -> set[frozenset[str]]:
    return {frozenset(role.name for role in roles) for roles in need}


def _order(roles: frozenset[GatewayRole]) -> tuple[int, list[str]]:
    return len(roles), sorted(role.name for role in roles)


def _joined(regions: Sequence[Region]) -> list[Region]:
    """Regions of one path and one set of hosts are one; the others stay apart."""
    joined: dict[tuple[Segments, tuple[str, ...]], Region] = {}
    for region in regions:
        key = region.path, region.hosts
        if key not in joined:
            joined[key] = Region(region.path, region.methods, region.hosts, list(region.without))
            continue
        known = joined[key]
        known.methods = tuple(one for one in METHODS if one in (*known.methods, *region.methods))
        known.without += [one for one in region.without if one not in known.without]
    return list(joined.values())


def _placed(part: _Part, region: Region, after: Policy, place: Place | None) -> PolicyRemark:
    on: Sentence = (" on ", *quote_names(list(region.hosts))) if len(region.hosts) < len(after.hosts) else ()
    verb = part.verb and _methods(region.methods, part.verb)
    path: Sentence = (Name(_text(region.path)), " and below")
    without: Sentence = (" (but not ", *quote_names([_text(one) for one in region.without], _LISTED), ")")
    requests: Sentence = (f"{verb} " if verb else "", *path, *(without if region.without else ()), *on)
    if not verb:
        requests = (*requests, *_only(region.methods))
    sentence = tuple(one for one in (*part.lead, *requests, *part.rest) if one != "")
    rule = part.rule
    return PolicyRemark(sentence, rule.id if rule else "", rule.severity if rule else Severity.LOW, place)


def _methods(methods: Sequence[str], verb: str) -> str:
    """`POST`; `reach` for all methods; `reach (every method but POST)` where few are missing."""
    missing = [one for one in METHODS if one not in methods]
    if not missing:
        return verb
    if "other" in methods:
        return f"{verb} (every method but {', '.join(missing)})"
    return ", ".join(methods)


def _only(methods: Sequence[str]) -> Sentence:
    missing = [one for one in METHODS if one not in methods]
    if not missing:
        return ()
    return (f" ({'every method but ' + ', '.join(missing) if 'other' in methods else ', '.join(methods)})",)


def _text(path: Segments) -> str:
    return "/" + "/".join(path)


def _place(after: Policy, new: Access | None, region: Region) -> Place | None:
    """The service's declaration, or its rule for that very path where there is one."""
    if new is None:
        return after.place("services") if after.config.frame.services else after.place("realm")
    service = after.config.frame.services[new.service]
    for number, rule in enumerate(service.rules):
        if any(_text(region.path) == path.rstrip("/") for path in rule.paths):
            return after.place("services", new.service, "rules", number, "roles")
    return after.place("services", new.service, "rules") if service.rules else after.place("services", new.service)


def _gone_and_new(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """Hosts of one side alone, and services whose name is all that changes."""
    added = [host for host in after.hosts if host not in before.hosts]
    gone = [host for host in before.hosts if host not in after.hosts]
    place = after.place("oauth2Proxy", "hosts")
    old, new = before.config.frame.services, after.config.frame.services
    if added:
        reached = sorted(name for name, one in new.items() if not one.hosts or set(added) & set(one.hosts))
        there: Sentence = (" and reaches the services ", *quote_names(reached), " there") if reached else ()
        told: Sentence = ("The gateway now answers at ", *quote_names(added), *there, ".")
        yield PolicyRemark(told, HOST.id, HOST.severity, place)
    if gone:
        yield PolicyRemark(("The gateway no longer answers at ", *quote_names(gone), "."), place=place)
    for name, one in new.items():
        same = (other for other in old if other not in new and old[other].paths == one.paths)
        if name not in old and (other := next(same, None)):
            told = ("The service ", Name(other), " is called ", Name(name), " from now on.")
            yield PolicyRemark(told, place=after.place("services", name))
