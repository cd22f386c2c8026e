"""Interpolation: `$(env:NAME)`, `$(env:NAME:-default)`, `$(file:PATH)`, `$(var:NAME)`, and `$$(` for a plain `$(`.

Keycloak's own `${…}` passes through. Must not know about: YAML, Keycloak.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from realmctl.errors import BadConfig, Finding, Place
from realmctl.load.text import Text
from realmctl.model.near import did_you_mean
from realmctl.model.secret import register
from realmctl.model.text import cut

_PATTERN = re.compile(r"\$\$\(|\$\(([^()]*)\)|\$\(")
_SOURCES = ("env", "file", "var")
_TELLING = re.compile(
    r"(^|[^a-z])(secrets?|passw(or)?d|passphrase|pwd|credentials?|private[_.-]?key|api[_.-]?key|access[_.-]?key|token)"
    r"([_.-](value|text|old|new|\d+))?$",
    re.IGNORECASE,
)
_FILE_LIMIT = 1024 * 1024

References = dict[str, dict[Place, str]]
"""A text that came of references → where it stands, and what is written there."""


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

    `used` gathers what was asked for, as `env:NAME`, `var:NAME` and `file:PATH`; `made` what came of it.
    """

    def __init__(self, environ: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self._environ = environ
        self._variables = variables
        self.findings: list[Finding] = []
        self.used: set[str] = set()
        self.made: References = {}

    def text(self, raw: str, place: Place) -> str:
        """The resolved text: a `Text` if anything in it was a reference. What cannot be resolved becomes ""."""
        references = 0
        unresolved = 0

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
        return Text(value, reference)

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
        value, why, advice = self._look_up(source, name, place)
        if value and source != "var" and telling(f"{source}:{name}"):
            register(value)
        is_set = source == "env" and name in self._environ  # `Assumed` answers for others, too
        if has_default and not (is_set and value is None):
            made_up = source == "env" and not is_set
            return default if made_up else value or default
        if value is None:
            self._wrong(place, f"unset-{source}", why, advice)
        return value

    def _look_up(self, source: str, name: str, place: Place) -> tuple[str | None, str, str]:
        if source == "env":
            value = self._environ.get(name)
            if value is not None and not _encodes(value):
                return None, f"the environment variable {name} is not UTF-8 text", "set it as UTF-8"
            why = f"the environment variable {name} is not set"
            return value, why, f"set it, or give a default: $(env:{name}:-…)"
        if source == "var":
            guess = did_you_mean(name, self._variables)
            why = f"no variable named {name}" + (f"; did you mean {guess}?" if guess else "")
            return self._variables.get(name), why, f"put it into a --var-file, or give a default: $(var:{name}:-…)"
        return self._read(Path(place.file).parent / name)

    def _read(self, path: Path) -> tuple[str | None, str, str]:
        advice = "the path is relative to the YAML file that names it"
        try:
            with path.open("rb") as stream:
                content = stream.read(_FILE_LIMIT + 1)
        except FileNotFoundError:
            return None, f"there is no file {path}", advice
        except (OSError, ValueError) as error:
            return None, f"cannot read {path}: {getattr(error, 'strerror', None) or error}", advice
        if len(content) > _FILE_LIMIT:
            return None, f"{path} is larger than {_FILE_LIMIT // 1024} KiB", "$(file:…) is for secrets and short texts"
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return None, f"{path} is not UTF-8 text", "$(file:…) is for secrets and short texts"
        # Editors and `echo` end a file with a line break that is no part of the secret.
        return text.removesuffix("\n").removesuffix("\r"), "", ""

    def _wrong(self, place: Place, rule: str, message: str, advice: str) -> None:
        finding = Finding(rule, message, place, advice)
        if finding not in self.findings:
            self.findings.append(finding)


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
    """The value of a `Text.reference`, as a saved plan keeps it; raises BadConfig saying what is missing."""
    interpolation = Interpolation(environ, variables)
    value = interpolation.text(reference, Place(""))
    if interpolation.findings:
        raise BadConfig([Finding(f.rule, f.message, None, f.advice) for f in interpolation.findings])
    return value


def names_in(reference: str) -> tuple[str, ...]:
    """What a reference asks for, as `env:NAME`, `var:NAME` and `file:PATH`."""
    return tuple(match[1].partition(":-")[0] for match in _PATTERN.finditer(reference) if match[1])


def telling(name: str) -> bool:
    """Whether a variable's name (`env:API_TOKEN`) or a file's (`file:.secrets/api`) says that it holds a secret."""
    source, _, rest = name.partition(":")
    if source != "file":
        return bool(_TELLING.search(rest))
    *folders, file = rest.split("/")
    return any(_TELLING.search(folder) for folder in folders) or bool(_TELLING.search(file.rsplit(".", 1)[0]))


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
