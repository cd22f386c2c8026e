"""A token beside what a test expects of it: what is not as expected, in words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from realmctl.model.claim import claim_path, escape_claim
from realmctl.model.test_result import Failure, Verdict
from realmctl.model.token_test import Expected
from realmctl.tokentest.cases import TokenAnswer

_MISSING = object()


@dataclass(frozen=True, slots=True)
class TokenDifference:
    """One expectation that the token does not meet. `path` is below the test's `expect`."""

    path: tuple[str | int, ...]
    message: str


def judged(answer: TokenAnswer) -> Verdict:
    """The verdict on what came back for a test."""
    case = answer.case
    if answer.problem:
        failure = Failure(answer.problem, case.place_of(*answer.path))
        return Verdict(case.name, case.place, case.client, (failure,), {}, asked=False, notes=answer.notes)
    found = differences(case.test.expect, answer.token)
    failures = tuple(Failure(one.message, case.place_of("expect", *one.path)) for one in found)
    return Verdict(case.name, case.place, case.client, failures, answer.token, notes=answer.notes)


_MOMENT = frozenset({"exp", "iat", "auth_time", "jti", "sid", "sub", "nonce", "at_hash"})
"""Claims that are another one's in every token."""
_NAMES = frozenset({"preferred_username", "email", "name", "given_name", "family_name", "oid", "tid", "entra_oid"})
"""Claims that tell who it is: of made-up people they differ."""


def compare_tokens(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[str]:
    """How one token differs from another one, claim by claim, but for what belongs to the moment and the person."""
    left_out = _MOMENT | _NAMES
    yield from _changes((), *({key: one[key] for key in one.keys() - left_out} for one in (now, then)))


def _changes(holder: tuple[str, ...], now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(now.keys() | then.keys()):
        was, will = now.get(key, _MISSING), then.get(key, _MISSING)
        claim = escape_claim((*holder, key))
        if was is _MISSING:
            yield f"{claim} comes: {_told(will)}"
        elif will is _MISSING:
            yield f"{claim} goes: it was {_told(was)}"
        elif isinstance(was, Mapping) and isinstance(will, Mapping):
            yield from _changes((*holder, key), was, will)
        elif isinstance(was, list) or isinstance(will, list):
            old, new = _members(was), _members(will)
            yield from (f"{claim} loses {_told(one)}" for one in old if one not in new)
            yield from (f"{claim} gains {_told(one)}" for one in new if one not in old)
        elif was != will and sorted(str(was).split()) != sorted(str(will).split()):
            yield f"{claim} becomes {_told(will)}: it was {_told(was)}"


def differences(expected: Expected, token: Mapping[str, Any]) -> Iterator[TokenDifference]:
    """What of the expected the token does not hold; nothing where it holds all."""
    if expected.issuer is not None and token.get("iss") != expected.issuer:
        yield TokenDifference(("issuer",), f"the issuer is {_told(token.get('iss'))}, not {_told(expected.issuer)}")
    audience = _members(token.get("aud"))
    for name in expected.audience:
        if name not in audience:
            yield TokenDifference(("audience",), f"{name} is not in the audience, which is {_told(audience)}")
    for name in expected.notAudience:
        if name in audience:
            yield TokenDifference(("notAudience",), f"{name} is in the audience")
    for claim, want in expected.claims.items():
        yield from (TokenDifference(("claims", claim), told) for told in _named(claim, want, token))
    for claim, values in expected.without.items():
        found = claims_named(claim, token)
        if len(found) > 1:
            yield TokenDifference(("without", claim), _ambiguous(claim, found))
        have = [one for value in found.values() for one in _members(value)]
        for value in values:
            if value in have:
                yield TokenDifference(("without", claim), f"{claim} holds {_told(value)}")
    if expected.lifetime is not None:
        yield from _lifetime(expected.lifetime, token)


def _named(claim: str, want: Any, holder: Any, within: str = "") -> Iterator[str]:
    """What of a claim below `holder` is not as wanted. `within` is what leads to the holder."""
    name = f"{within}.{claim}" if within else claim
    found = claims_named(claim, holder)
    if len(found) > 1:
        yield _ambiguous(claim, found)
    elif found:
        yield from _claim(name, want, next(iter(found.values())))
    elif want is not None:
        yield f"{name} is not there{_instead(claim, holder, within)}"


def _claim(name: str, want: Any, have: Any) -> Iterator[str]:
    if want is None:
        yield f"{name} is there: {_told(have)}"
    elif isinstance(want, list):
        members = _members(have)
        for missing in (one for one in want if one not in members):
            yield f"{name} lacks {_told(missing)}: it is {_told(have)}"
    elif isinstance(want, Mapping):
        for key, value in want.items():
            yield from _named(key, value, have, name)
    elif have != want or isinstance(have, bool) != isinstance(want, bool):
        yield f"{name} is {_told(have)}, not {_told(want)}"


def _ambiguous(claim: str, found: Collection[tuple[str, ...]]) -> str:
    # A backslash anywhere says that the dots without one nest.
    ways = (way if "\\" in way else f"\\{way}" for way in map(escape_claim, found))
    return f"{claim} means several claims of this token: write {' or '.join(ways)}"


def _instead(claim: str, holder: Any, within: str) -> str:
    """How far the name leads, and what is there."""
    path, rest, inner = _deepest(claim, holder)
    if not isinstance(inner, Mapping) or not inner:
        return ""
    if path or within:
        return f"; {path[-1] if path else within} holds {', '.join(sorted(map(_name, inner)))}"
    close = get_close_matches(rest, inner, n=3, cutoff=0.7) or [key for key in inner if rest.startswith(f"{key}.")]
    return f"; the token holds {', '.join(sorted(map(_name, close)))}" if close else ""


def _deepest(claim: str, holder: Any) -> tuple[tuple[str, ...], str, Any]:
    """The longest part of a name that leads to a map: its steps, the rest of the name, the map."""
    steps = list(claim_path(claim)) if "\\" in claim else claim.split(".")
    for end in range(len(steps) - 1, 0, -1) if isinstance(holder, Mapping) else ():
        key = ".".join(steps[:end])
        if isinstance(holder.get(key), Mapping):
            path, rest, inner = _deepest(
                escape_claim(steps[end:]) if "\\" in claim else ".".join(steps[end:]), holder[key]
            )
            return (key, *path), rest, inner
    return (), ".".join(steps), holder


def _name(key: Any) -> str:
    return escape_claim((str(key),))


def _lifetime(want: int, token: Mapping[str, Any]) -> Iterator[TokenDifference]:
    begin, end = token.get("iat"), token.get("exp")
    if not isinstance(begin, int) or not isinstance(end, int):
        yield TokenDifference(("lifetime",), "the token does not say when it ends")
    elif end - begin != want:
        yield TokenDifference(("lifetime",), f"it lives for {end - begin} s, not {want} s")


def claims_named(name: str, holder: Any) -> dict[tuple[str, ...], Any]:
    r"""Return what a claim's name may mean in a token: each way to a value, and the value.

    It is read as a mapper's: a dot nests, `\.` is a dot. Without a backslash a dot may belong to a name, too. A name
    that the token has letter by letter, backslashes included, is that claim.
    """
    if not isinstance(holder, Mapping):
        return {}
    if "\\" in name:
        if name in holder:
            return {(name,): holder[name]}
        return _reached(claim_path(name), holder)
    found: dict[tuple[str, ...], Any] = {}
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        key = ".".join(parts[:end])
        if key not in holder:
            continue
        if end == len(parts):
            found[key,] = holder[key]
        else:
            inner = claims_named(".".join(parts[end:]), holder[key])
            found |= {(key, *path): value for path, value in inner.items()}
    return found


def _reached(path: tuple[str, ...], holder: Any) -> dict[tuple[str, ...], Any]:
    for step in path:
        if not isinstance(holder, Mapping) or step not in holder:
            return {}
        holder = holder[step]
    return {path: holder}


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
