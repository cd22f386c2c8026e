"""A token beside what a test expects of it: what is not as expected, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.model.token_test import Expected
from realmctl.model.verdict import Failure, Verdict
from realmctl.tokentest.cases import Answer

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that the token does not meet. `path` is below the test's `expect`."""

    path: tuple[str | int, ...]
    message: str


def judged(answer: Answer) -> Verdict:
    """The verdict on what came back for a test."""
    case = answer.case
    if answer.problem:
        failure = Failure(answer.problem, case.place_of(*answer.path))
        return Verdict(case.name, case.place, case.client, (failure,), {}, asked=False)
    found = differences(case.test.expect, answer.token)
    failures = tuple(Failure(one.message, case.place_of("expect", *one.path)) for one in found)
    return Verdict(case.name, case.place, case.client, failures, answer.token)


_MOMENT = frozenset({"exp", "iat", "auth_time", "jti", "sid", "sub", "nonce", "at_hash"})
"""Claims that are another one's in every token."""
_NAMES = frozenset({"preferred_username", "email", "name", "given_name", "family_name", "oid", "tid", "entra_oid"})
"""Claims that tell who it is: of made-up people they differ."""


def compared(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[str]:
    """How one token differs from another one, claim by claim, but for what belongs to the moment and the person."""
    for claim in sorted((now.keys() | then.keys()) - _MOMENT - _NAMES):
        was, will = now.get(claim, _MISSING), then.get(claim, _MISSING)
        if was is _MISSING:
            yield f"{claim} comes: {_told(will)}"
        elif will is _MISSING:
            yield f"{claim} goes: it was {_told(was)}"
        elif isinstance(was, list) or isinstance(will, list):
            old, new = _members(was), _members(will)
            yield from (f"{claim} loses {_told(one)}" for one in old if one not in new)
            yield from (f"{claim} gains {_told(one)}" for one in new if one not in old)
        elif was != will and sorted(str(was).split()) != sorted(str(will).split()):
            yield f"{claim} becomes {_told(will)}: it was {_told(was)}"


def differences(expected: Expected, token: Mapping[str, Any]) -> Iterator[Difference]:
    """What of the expected the token does not hold; nothing where it holds all."""
    if expected.issuer is not None and token.get("iss") != expected.issuer:
        yield Difference(("issuer",), f"the issuer is {_told(token.get('iss'))}, not {_told(expected.issuer)}")
    audience = _members(token.get("aud"))
    for name in expected.audience:
        if name not in audience:
            yield Difference(("audience",), f"{name} is not in the audience, which is {_told(audience)}")
    for name in expected.notAudience:
        if name in audience:
            yield Difference(("notAudience",), f"{name} is in the audience")
    for claim, want in expected.claims.items():
        yield from (Difference(("claims", claim), told) for told in _claim(claim, want, _found(claim, token)))
    for claim, values in expected.without.items():
        have = _members(_found(claim, token))
        for value in values:
            if value in have:
                yield Difference(("without", claim), f"{claim} holds {_told(value)}")
    if expected.lifetime is not None:
        yield from _lifetime(expected.lifetime, token)


def _claim(claim: str, want: Any, have: Any) -> Iterator[str]:
    if want is None:
        if have is not _MISSING:
            yield f"{claim} is there: {_told(have)}"
    elif have is _MISSING:
        yield f"{claim} is not there"
    elif isinstance(want, list):
        members = _members(have)
        for missing in (one for one in want if one not in members):
            yield f"{claim} lacks {_told(missing)}: it is {_told(have)}"
    elif isinstance(want, Mapping):
        for key, value in want.items():
            inner = have.get(key, _MISSING) if isinstance(have, Mapping) else _MISSING
            yield from _claim(f"{claim}.{key}", value, inner)
    elif have != want or isinstance(have, bool) != isinstance(want, bool):
        yield f"{claim} is {_told(have)}, not {_told(want)}"


def _lifetime(want: int, token: Mapping[str, Any]) -> Iterator[Difference]:
    begin, end = token.get("iat"), token.get("exp")
    if not isinstance(begin, int) or not isinstance(end, int):
        yield Difference(("lifetime",), "the token does not say when it ends")
    elif end - begin != want:
        yield Difference(("lifetime",), f"it lives for {end - begin} s, not {want} s")


def _found(claim: str, token: Mapping[str, Any]) -> Any:
    """The claim of that name, else what a dotted name leads to: names with dots in them are claims, too."""
    if claim in token:
        return token[claim]
    holder, dot, rest = claim.partition(".")
    while dot:
        inner = token.get(holder)
        if isinstance(inner, Mapping):
            found = _found(rest, inner)
            if found is not _MISSING:
                return found
        more, dot, rest = rest.partition(".")
        holder = f"{holder}.{more}"
    return _MISSING


def _members(value: Any) -> list[Any]:
    if value is _MISSING or value is None:
        return []
    return value if isinstance(value, list) else [value]


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_told, value)) or "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
