"""Which headers from outside are taken out of requests before anybody is asked about them, by EnvoyFilters.

Pure. Must not know about: how objects are read, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.objects import Object, Pods, holds_for

_POINT = "identity-headers"
_ROUTER = "envoy.filters.http.router"
"""The last of all filters, which sends a request on."""


def filters(
    envoy: Sequence[Object], gateways: Sequence[Pods], root: str, given: Sequence[str] | None
) -> Iterator[Evidence]:
    """`given` are the headers with which the check tells services who it is, None where they are not known."""
    for pods in gateways:
        mine = [one for one in envoy if holds_for(one, pods, root)]
        patches = [one for each in mine for one in each["spec"].get("configPatches") or () if _at_gateway(one)]
        text = "headers with underscores are rejected"
        if any("REJECT_REQUEST" in str(one.get("patch")) for one in patches):
            yield evidence_of_closed(_POINT, text, pods.told)
        else:
            yield evidence_of_open(
                _POINT, f"no EnvoyFilter on the gateway has REJECT_REQUEST: it is not so that {text}"
            )
        yield _identity(patches, pods, given)


def _identity(patches: Sequence[Mapping[str, Any]], pods: Pods, given: Sequence[str] | None) -> Evidence:
    text = "identity headers are taken out before the check"
    mutating = [one for one in patches if "header_mutation" in str(one.get("patch"))]
    early = [one for one in mutating if not _late(one)]
    if not mutating:
        return evidence_of_open(_POINT, f"no EnvoyFilter on the gateway has header_mutation: it is not so that {text}")
    if not early:
        return evidence_of_open(
            _POINT, "identity headers are taken out after the check, and its own with them", pods.told
        )
    if given is None:
        return evidence_of_unknown(
            _POINT, "which headers the check gives isn't known, and whether they are taken out", pods.told
        )
    taken = {one: _taken(one, [*_matchers(early)]) for one in given}
    if left := [one for one, said in taken.items() if said is False]:
        text = f"{', '.join(left)} is not taken out before the check, and services are told by it who it is"
        return evidence_of_open(_POINT, text, pods.told)
    if some := [one for one, said in taken.items() if said is None]:
        text = f"whether all of {', '.join(some)} are taken out before the check can't be told"
        return evidence_of_unknown(_POINT, text, pods.told)
    return evidence_of_closed(_POINT, text, pods.told)


def _at_gateway(patch: Mapping[str, Any]) -> bool:
    return (patch.get("match") or {}).get("context", "ANY") in ("ANY", "GATEWAY")


def _late(patch: Mapping[str, Any]) -> bool:
    """Whether a filter is put in behind the check (Istio's reference of EnvoyFilter)."""
    operation = str((patch.get("patch") or {}).get("operation"))
    listener = (patch.get("match") or {}).get("listener") or {}
    beside = ((listener.get("filterChain") or {}).get("filter") or {}).get("subFilter") or {}
    return operation in ("INSERT_AFTER", "ADD") or (operation == "INSERT_BEFORE" and beside.get("name") == _ROUTER)


def _matchers(patches: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What is taken out of requests, as Envoy's StringMatcher."""
    for one in patches:
        # Kubernetes takes anything there.
        typed = _inner(_inner(_inner(one, "patch"), "value"), "typed_config")
        mutations = _inner(typed, "mutations").get("request_mutations")
        listed = mutations if isinstance(mutations, list) else []
        for mutation in (each for each in listed if isinstance(each, Mapping)):
            if mutation.get("remove"):
                yield {"exact": str(mutation["remove"]).lower()}
            elif matcher := _inner(_inner(mutation, "remove_on_match"), "key_matcher"):
                yield matcher


def _inner(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What stands under a key, where that is a mapping; else none."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _taken(header: str, matchers: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether a header is taken out; it may begin or end in *, and None is for some of what that stands for."""
    head, star, tail = header.partition("*")
    if not star:
        return any(_fits(one, header) for one in matchers)
    if any(_fits_all(one, head, tail) for one in matchers):
        return True
    some = any("exact" not in one or fnmatch(str(one["exact"]), header) for one in matchers)
    return None if some else False


def _fits(matcher: Mapping[str, Any], header: str) -> bool:
    if _fits_all(matcher, header, header) or header == str(matcher.get("exact", "")).lower():
        return True
    regex = _inner(matcher, "safe_regex").get("regex")
    try:
        return regex is not None and re.fullmatch(str(regex), header) is not None
    except re.error:
        return False


def _fits_all(matcher: Mapping[str, Any], head: str, tail: str) -> bool:
    """Whether it fits whatever begins and ends so."""
    said = {key: str(matcher[key]).lower() for key in ("prefix", "suffix", "contains") if matcher.get(key)}
    return (
        ("prefix" in said and head.startswith(said["prefix"]))
        or ("suffix" in said and tail.endswith(said["suffix"]))
        or ("contains" in said and (said["contains"] in head or said["contains"] in tail))
    )
