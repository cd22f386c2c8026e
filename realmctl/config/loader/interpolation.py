"""Interpolation: `$(env:NAME)`, `$(env:NAME:-default)`, `$(file:PATH)`, `$(var:NAME)`, and `$$(` for a plain `$(`.

Keycloak's own `${…}` passes through. A value is never resolved again. Must not know about: YAML, Keycloak, which files
and variables may be read.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from realmctl.config.inputs.file_access import FileAccess, FileRefusedError
from realmctl.config.inputs.secret_values import is_address, is_secret_content, is_telling
from realmctl.config.inputs.variable_access import VariableAccess
from realmctl.config.loader.interpolated_text import Private, Text
from realmctl.errors import BadConfig, Finding, Place
from realmctl.model.secret import register
from realmctl.model.suggestion import did_you_mean
from realmctl.model.text import cut

_PATTERN = re.compile(r"\$\$\(|\$\(([^()]*)\)|\$\(")
_SOURCES = ("env", "file", "var")

References = dict[str, dict[Place, str]]
"""A text that came of references → where it stands, and what is written there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One resolved reference: what it asks for (`env:NAME`), its value, its place, and why that is a secret, or ""."""

    name: str
    value: str = field(repr=False)
    place: Place
    secret: str
    outside: bool
    """Whether it came from outside of what git keeps."""

    @property
    def private(self) -> bool:
        """Return whether it is hidden wherever it stands.

        What the files say themselves never is, whatever its name: a reviewer has to be able to read it.
        """
        return self.outside and bool(self.secret)


class Assumed(Mapping[str, str]):
    """An environment that answers for variables that are not set, too; `in` and iterating tell of those that are.

    The made-up value is a UUID, the same for the same name: it passes as an id, a name and a secret.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[name] if name in self._environ else str(uuid.uuid5(uuid.NAMESPACE_OID, name))

    def __contains__(self, name: object) -> bool:
        return name in self._environ

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


class Interpolation:
    """Resolves references against an environment and variables; collects what is wrong in `findings`.

    `used` gathers what was asked for, as `env:NAME`, `var:NAME` and `file:PATH`; `made` what came of it, `parts` each
    reference by itself; `public_files` the files read that everybody with the repository knows.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        variables: Mapping[str, str],
        *,
        files: FileAccess | None = None,
        access: VariableAccess | None = None,
    ) -> None:
        self._environ = environ
        self._variables = variables
        self._files = files or FileAccess.of(Path(), environ)
        self._access = access or VariableAccess.of(environ)
        self.findings: list[Finding] = []
        self.used: set[str] = set()
        self.made: References = {}
        self.parts: list[Part] = []
        self.public_files: set[str] = set()

    def text(self, raw: str, place: Place) -> str:
        """The resolved text: a `Text` if anything in it was a reference. What cannot be resolved becomes ""."""
        references = 0
        unresolved = 0
        before = len(self.parts)

        def one(match: re.Match[str]) -> str:
            nonlocal references, unresolved
            if match[0] == "$$(":
                return "$("
            if match[1] is None:
                self._wrong(place, "interpolation", *_unmatched(raw, match.end()))
                return ""
            references += 1
            value = self._resolve(match[1], place)
            unresolved += value is None
            return value or ""

        value = _PATTERN.sub(one, raw)
        if not references:
            return value
        # A half-resolved text would only raise further findings about itself.
        reference = _from_here(raw, place)
        if unresolved:
            return Text("", reference)
        self.made.setdefault(value, {})[place] = reference
        return Text(value, reference, private=any(part.private for part in self.parts[before:]))

    def _resolve(self, inner: str, place: Place) -> str | None:
        source, colon, name = inner.partition(":")
        if not colon or source not in _SOURCES:
            guess = did_you_mean(source, _SOURCES)
            what = f"$({_short(inner, quote=False)}) is not an interpolation"
            self._wrong(place, "interpolation", what + (f"; did you mean $({guess}:…)?" if guess else ""), _HOW)
            return None
        name, has_default, default = name.partition(":-")
        if not name:
            self._wrong(place, "interpolation", f"$({source}:) names nothing", _HOW)
            return None
        self.used.add(f"{source}:{name}")
        if source == "env" and not self._may_use(name, place):
            return None
        try:
            value, why, advice, secret, outside = self._look_up(source, name, place)
        except FileRefusedError as error:
            if error.missing and has_default:
                return self._default(source, name, default, place)
            self._wrong(place, error.rule, error.what, error.advice)
            return None
        is_set = source == "env" and name in self._environ  # `Assumed` answers for others, too
        if has_default and not (is_set and value is None):
            made_up = source == "env" and not is_set
            if made_up or not value:
                return self._default(source, name, default, place)
        if value is None:
            self._wrong(place, f"unset-{source}", why, advice)
        else:
            self._note(source, name, value, place, secret, outside=outside)
        return value

    def _may_use(self, name: str, place: Place) -> bool:
        why, advice = self._access.refusal(name)
        if why:
            self._wrong(place, "variable-refused", why, advice)
        return not why

    def _default(self, source: str, name: str, default: str, place: Place) -> str:
        # It is written in the file for everybody to read, whatever the name says.
        self._note(source, name, default, place, "", outside=False)
        return default

    def _note(self, source: str, name: str, value: str, place: Place, secret: str, *, outside: bool) -> None:
        if value.lower() in ("true", "false") and secret == UNKNOWN:
            secret = ""
        if is_secret_content(value) and (outside or not is_address(value)):
            secret = "its text is that of a key or token"
        if secret and value and outside:
            register(value)
        full = f"{Path(place.file).parent / name}" if source == "file" else name
        self.parts.append(Part(f"{source}:{full}", value, place, secret if value else "", outside))

    def _look_up(self, source: str, name: str, place: Place) -> tuple[str | None, str, str, str, bool]:
        """The value or None; what is wrong then, and the advice; why it is a secret, or ""; if it is from outside."""
        tells = _TELLING if is_telling(f"{source}:{name}") else ""
        if source == "env":
            value = self._environ.get(name)
            if value is not None and not _encodes(value):
                return None, f"the environment variable {name} is not UTF-8 text", "set it as UTF-8", "", True
            why = f"the environment variable {name} is not set"
            secret = tells or ("" if self._access.is_public(name) else UNKNOWN)
            return value, why, f"set it, or give a default: $(env:{name}:-…)", secret, True
        if source == "var":
            guess = did_you_mean(name, self._variables)
            why = f"no variable named {name}" + (f"; did you mean {guess}?" if guess else "")
            value = self._variables.get(name)
            outside = isinstance(value, Private)
            secret = (tells or ("" if self._access.is_public(name) else UNKNOWN)) if outside else ""
            advice = f"put it into a --var-file, or give a default: $(var:{name}:-…)"
            return value, why, advice, secret, outside
        path = Path(place.file).parent / name
        read = self._files.read(path)
        if not read.secret:
            self.public_files.add(str(path))
        return read.text, "", "", (tells or _PRIVATE_FILE) if read.secret else "", read.secret

    def _wrong(self, place: Place, rule: str, message: str, advice: str) -> None:
        finding = Finding(rule, message, place, advice)
        if finding not in self.findings:
            self.findings.append(finding)


_TELLING = "its name says so"
UNKNOWN = "its name does not say that it holds none"
"""Why a value is a secret of which nobody says what it is."""
_PRIVATE_FILE = "its file is not one that git keeps"

_HOW = "write $(env:NAME), $(file:PATH) or $(var:NAME), each with :-default if wanted; $$( stands for a plain $("


_NO_PARENTHESES = "write a default without parentheses; for any other text set the variable, or use $(file:…)"


def _unmatched(raw: str, start: int) -> tuple[str, str]:
    """What is wrong with a `$(` that ends before `start`, and the advice."""
    depth = 1
    for at in range(start, len(raw)):
        depth += {"(": 1, ")": -1}.get(raw[at], 0)
        if not depth:
            what = "a default" if ":-" in raw[start : raw.index("(", start)] else "a reference"
            told = _short(raw[start - 2 : at + 1])
            return f"{what} cannot hold parentheses or another reference: {told}", _NO_PARENTHESES
    return f"'$(' without its ')' in {_short(raw)}", _HOW


def resolve(reference: str, *, environ: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """The value of a `Text.reference`, as a saved plan keeps it; raises BadConfig saying what is missing.

    It may read what the files of the working directory may.
    """
    return _resolved(reference, Interpolation(environ, variables))


def resolve_option(given: str, environ: Mapping[str, str]) -> str:
    """The value of an option, in which anyone who gives it may refer to anything. Raises BadConfig."""
    return _resolved(
        given,
        Interpolation(environ, {}, files=FileAccess(Path(), (Path("/"),)), access=VariableAccess(unrestricted=True)),
    )


def _resolved(reference: str, interpolation: Interpolation) -> str:
    value = interpolation.text(reference, Place(""))
    if interpolation.findings:
        raise BadConfig([Finding(f.rule, f.message, None, f.advice) for f in interpolation.findings])
    return value


def names_in(reference: str) -> tuple[str, ...]:
    """What a reference asks for, as `env:NAME`, `var:NAME` and `file:PATH`."""
    return tuple(match[1].partition(":-")[0] for match in _PATTERN.finditer(reference) if match[1])


def _encodes(text: str) -> bool:
    """Whether a text can be sent: bytes that are none come from the environment as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def literal(text: str) -> str:
    """The text as it has to be written for none of it to be a reference."""
    return text.replace("$(", "$$(")


def _from_here(raw: str, place: Place) -> str:
    """The reference with its file paths relative to the working directory, so that it can be resolved later."""

    def one(match: re.Match[str]) -> str:
        inner = match[1] or ""
        if not inner.startswith("file:"):
            return match[0]
        path, has_default, default = inner.removeprefix("file:").partition(":-")
        return f"$(file:{Path(place.file).parent / path}{has_default}{default})"

    return _PATTERN.sub(one, raw)


def _short(text: str, *, quote: bool = True) -> str:
    shown = cut(text, 40)
    return f"'{shown}'" if quote else shown
