"""`$(…)` in the texts of keycloak-config-cli's import files: what realmctl has, too, and what it has not.

keycloak-config-cli substitutes texts by Apache Commons Text (https://commons.apache.org/proper/commons-text), with `$(`
and `)` around a variable, before it parses a file. Pure. Must not know about: fields.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around a reference in the data of a file, in place of `$(` and `)`: any other `$(` is plain text."""
TYPED = "\ue002"
"""Stands before a reference that is to become a number, true or false."""

_LOOKUPS = frozenset(
    {
        "base64decoder", "base64encoder", "const", "date", "dns", "env", "file", "java", "localhost", "properties",
        "resourcebundle", "script", "sys", "url", "urldecoder", "urlencoder", "xml", "xmldecoder", "xmlencoder",
    }
)  # fmt: skip
"""The lookups of Commons Text 1.13, by their names in lower case, as it compares them."""

_JAVASCRIPT = re.compile(r"\$\$\{javascript:")
_MARKED = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_HOW = "write $(env:NAME), $(env:NAME:-default) or $(file:UTF-8:PATH) in its place, or the text itself"


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text with its references marked by `OPEN` and `CLOSE`, and what is wrong with the others, with the advice."""

    text: str
    problems: tuple[tuple[str, str], ...] = ()


def substitute(text: str, *, strict: bool) -> Substituted:
    """Return the text with marked references.

    `strict`: `$(…)` is a reference whatever it holds. In Keycloak's own exports it may be a plain text.
    """
    problems: list[tuple[str, str]] = []
    if not {OPEN, CLOSE, TYPED}.isdisjoint(text):
        problems.append(("realmctl reads no characters for private use (U+E000 to U+E002)", "take them out"))
    if _JAVASCRIPT.search(text):
        problems.append(("realmctl evaluates no JavaScript: $${javascript:…}", _HOW))
    found: list[str] = []
    at = 0
    while (start := text.find("$(", at)) >= 0:
        if start and text[start - 1] == "$":
            found.append(text[at : start - 1] + "$(")
            at = start + 2
            continue
        end = _closing(text, start + 2)
        if not end:
            break
        inner = text[start + 2 : end]
        reference, problem = _reference(inner, strict=strict)
        if problem:
            problems.append((problem, _HOW))
        found += [text[at:start], f"{OPEN}{reference}{CLOSE}" if reference else f"$({inner})"]
        at = end + 1
    return Substituted("".join(found) + text[at:], tuple(problems))


def _closing(text: str, at: int) -> int:
    """Where the `)` of a reference is that begins before `at`; 0 where there is none."""
    depth = 1
    for index in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if not depth:
            return index
    return 0


def _reference(inner: str, *, strict: bool) -> tuple[str, str]:
    """A reference as realmctl writes it, or why it cannot; both "" for a plain text."""
    lookup, colon, rest = inner.partition(":")
    known = bool(colon) and lookup.lower() in _LOOKUPS
    if not known:
        return "", f"realmctl knows no property $({inner}) of keycloak-config-cli" if strict else ""
    if "(" in rest or ")" in rest:
        return "", f"realmctl resolves no reference within another one, and no parentheses: $({inner})"
    if lookup.lower() == "env":
        return (f"env:{rest}", "") if rest.partition(":-")[0] else ("", "$(env:) names no variable")
    if lookup.lower() == "file":
        return _file(rest)
    return "", f"realmctl has no lookup '{lookup}': $({inner})"


def _file(rest: str) -> tuple[str, str]:
    charset, _, path = rest.partition(":")
    if charset.upper() != "UTF-8" or not path:
        return "", f"realmctl reads files in UTF-8 alone: $(file:{rest})"
    plain = PurePosixPath(path.partition(":-")[0])
    if plain.is_absolute() or ".." in plain.parts:
        return "", f"realmctl reads no file outside of the realm's folder: $(file:{rest})"
    return f"file:{path}", ""


def has_reference(text: object) -> bool:
    """Return whether a text holds a marked reference."""
    return isinstance(text, str) and OPEN in text


def is_reference(text: object) -> bool:
    """Return whether a text is one marked reference and nothing else."""
    return isinstance(text, str) and bool(_MARKED.fullmatch(text))


def as_file_text(text: str, above: str = "") -> str:
    """Return a text as a realm's file holds it. `above` leads from that file to the folder of the realm (`../`)."""

    def written(match: re.Match[str]) -> str:
        lookup, _, rest = match[1].partition(":")
        return f"$({lookup}:{above if lookup == 'file' else ''}{rest})"

    return _MARKED.sub(written, text.replace("$(", "$$(").removeprefix(TYPED))


@dataclass(slots=True)
class Assumptions:
    """Values for the variables and files that texts refer to, as long as nobody knows them: for a proof."""

    variables: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def assume(self, text: str, value: str | None = None) -> None:
        """Choose a value for each reference of a text: its default, else `value`, else a made-up one."""
        for lookup, name, default in _names(text):
            kept = self.variables if lookup == "env" else self.files
            if value is not None or name not in kept:
                kept[name] = default or value or str(uuid.uuid5(uuid.NAMESPACE_OID, name))

    def resolve(self, value: object) -> object:
        """Return data with each reference replaced by its assumed value."""
        if isinstance(value, str):
            found = _MARKED.sub(self._value, value)
            return json.loads(found[1:]) if found.startswith(TYPED) else found
        if isinstance(value, Mapping):
            return {self.resolve(key): self.resolve(item) for key, item in value.items()}
        return [self.resolve(item) for item in value] if isinstance(value, list) else value

    def _value(self, match: re.Match[str]) -> str:
        lookup, _, rest = match[1].partition(":")
        name = rest.partition(":-")[0]
        return (self.variables if lookup == "env" else self.files).get(name, "")


def _names(text: str) -> Iterator[tuple[str, str, str]]:
    for match in _MARKED.finditer(text):
        lookup, _, rest = match[1].partition(":")
        name, _, default = rest.partition(":-")
        yield lookup, name, default
