"""Redaction: the secret values that this process knows, and texts without them.

A value is registered once, when it is read, and is then found in every encoding in which realmctl writes a text.
Must not know about: where a value comes from, what a text is about.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from realmctl.model.unsafe_characters import visible

HIDDEN = "(secret)"
"""What stands in place of a secret."""

SHORTEST = 4
"""Characters from which on a value is also found inside a text. A shorter one is hidden where it is the whole text."""
_COINCIDENCE = 8
"""Below this length a value that is a plain word or number is found between other characters only."""
_KEY = SHORTEST
_PREFIX = 12
"""Characters of the beginning of a value that are hidden, too: a text may have been cut."""
_LONG = 16
"""Length from which on the beginning of a value is looked for."""
_NOTHING = "(?!)"
"""A pattern that nothing matches."""
_FEW = 4
"""Matchers that stand side by side, each for the values registered since the one before."""

_COMMON = re.compile(
    r"admin(istrator)?|change(it|_it|me)?|client|default|demo|example|false|groups?|guest|keycloak|local(host)?|master"
    r"|none|null|passwords?|postgres|realm(ctl)?|roles?|secrets?|test|tokens?|true|users?",
    re.IGNORECASE,
)
"""Words of realmctl's own messages, and placeholders: hiding one protects nothing and garbles everything."""

_VAULT = re.compile(r"\$\{vault\.[^}]*\}")
_PUBLIC = re.compile(r"\$\{vault\.[^}]*\}|\$\((?:env|file|var):[^()]*\)|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
"""References to a secret; and a JSON Web Token, which is found by its form."""
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[^\s:]{12,}")
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_SIMPLE = re.compile(r"[A-Za-z0-9.-]+")
_WORD = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_STRUCTURED = re.compile(r"[\[{<]|-----BEGIN|eyJ|\w{2,11}://")
"""How a value begins whose first characters say nothing: JSON, XML, PEM, a JWT, an address."""
_BEFORE = re.compile(r"(\\+)(?:[uU][0-9a-fA-F]{0,7}|x[0-9a-fA-F]?)?$")


def register(value: str) -> None:
    """Hides this value in everything that leaves the process from now on. Cheap: call it for every secret read."""
    _REGISTRY.add(value)


def register_random(value: object) -> None:
    """Registers a value that somebody who may change the files could have chosen, if it looks random.

    That is what the server has in a field that holds a secret, for example; of several words, one has to look random. A
    plain name or words are not registered: an author could put a secret in their place to hide them from a reviewer.
    """
    if isinstance(value, str) and any(map(_RANDOM.fullmatch, value.split())):
        register(value)


def publish(text: str) -> None:
    """Notes a text that everybody may read, such as one written in the files, or the name of an object.

    A registered value that stands in it is no secret, and is shown: a reviewer has to be able to read every name.
    """
    _REGISTRY.publish(text)


def redact(text: str) -> str:
    """The text with every registered value, and everything that looks like a JSON Web Token, as `(secret)`."""
    return _REGISTRY.redact(text)


def is_registered(text: str) -> bool:
    """Whether the whole text is a registered value, and nothing that is published holds it."""
    return _REGISTRY.holds(text)


def is_published(text: str) -> bool:
    """Whether the text stands in one that everybody may read."""
    return _REGISTRY.publishes(text)


def forget() -> None:
    """Empties the registry: for tests, which share one process."""
    _REGISTRY.forget()


def is_vault(text: str) -> bool:
    """Whether this is Keycloak's own `${vault.key}` expression, which is not itself secret."""
    return bool(_VAULT.fullmatch(text))


class _Registry:
    """The values, and matchers for them, which are made when a text is looked through. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: set[str] = set()
        self._new: list[str] = []
        self._matchers: tuple[_Matcher, ...] = ()
        self._public: set[str] = set()
        self._newly_public: list[str] = []
        self._shown: set[str] = set()

    def add(self, value: str) -> None:
        if value in self._values or not value.strip("* ") or value == HIDDEN:
            return
        if _PUBLIC.fullmatch(value) or _COMMON.fullmatch(value):
            return
        value = str(value)
        with self._lock:
            self._values.add(value)
            if len(value) >= SHORTEST:
                self._new.append(value)

    def publish(self, text: str) -> None:
        if text not in self._public:
            text = str(text)
            with self._lock:
                self._public.add(text)
                self._newly_public.append(text)

    def holds(self, text: str) -> bool:
        return text in self._values and (text not in self._public if len(text) < SHORTEST else not self.publishes(text))

    def publishes(self, text: str) -> bool:
        return text in self._public or any(text in one for one in tuple(self._public))

    def redact(self, text: str) -> str:
        if len(text) < SHORTEST:
            return HIDDEN if self.holds(text) else text
        matchers = self._current() if self._new or (self._newly_public and self._matchers) else self._matchers
        if text in self._values and text not in self._shown:
            return HIDDEN
        # Whole values first: the beginning of one may be that of another, which would leave its end behind.
        for parts in (False, True) if len(matchers) > 1 else (True,):
            for matcher in matchers:
                text = matcher.redact(text, parts=parts)
        return _JWT.sub(HIDDEN, text) if "eyJ" in text else text

    def forget(self) -> None:
        with self._lock:
            self._values, self._new, self._matchers = set(), [], ()
            self._public, self._newly_public, self._shown = set(), [], set()

    def _current(self) -> tuple[_Matcher, ...]:
        with self._lock:
            if self._newly_public:
                newly = "\0".join(self._newly_public)
                for matcher in self._matchers:
                    self._shown |= matcher.leave_out(newly)
                self._newly_public = []
            if self._new:
                if len(self._matchers) < _FEW:
                    made = _Matcher(self._new)
                    self._matchers = (*self._matchers, made)
                else:
                    made = _Matcher(one for one in self._values if len(one) >= SHORTEST)
                    self._matchers = (made,)
                self._shown |= made.leave_out("\0".join(self._public))
                self._new = []
            return self._matchers


class _Matcher:
    """Finds values by their first characters with one compiled pattern, then compares the whole of them."""

    def __init__(self, values: Iterable[str]) -> None:
        found: dict[str, set[str]] = {}
        self._bounded: set[str] = set()
        self._cut: set[str] = set()
        for value in values:
            cut = len(value) >= _LONG and not _STRUCTURED.match(value)
            if len(value) < _COINCIDENCE and _WORD.fullmatch(value):
                self._bounded.add(value)
            for form in _forms(value):
                found.setdefault(form[:_KEY], set()).add(form)
                if cut and len(form) >= _LONG:
                    self._cut.add(form)
        self._index(found)

    def _index(self, found: Mapping[str, Iterable[str]]) -> None:
        self._forms = {key: sorted(forms, key=len, reverse=True) for key, forms in found.items() if forms}
        self._pattern = re.compile(_any_of(sorted(self._forms)) if self._forms else _NOTHING)

    def leave_out(self, public: str) -> set[str]:
        """Looks no longer for what stands in these texts, nor for the beginnings that do; returns the former."""
        shown: set[str] = set()
        match = self._pattern.search(public)
        while match:
            start = match.start()
            for form in self._forms[match[0]]:
                if public.startswith(form, start) and (
                    form not in self._bounded or _stands_alone(public, start, start + len(form))
                ):
                    shown.add(form)
                elif form in self._cut and public.startswith(form[:_PREFIX], start):
                    self._cut.discard(form)
            match = self._pattern.search(public, start + 1)
        if shown:
            self._index({key: [one for one in forms if one not in shown] for key, forms in self._forms.items()})
        return shown

    def redact(self, text: str, *, parts: bool) -> str:
        """The text without the values; `parts`: without the beginnings of long ones, too."""
        at = 0
        made: list[str] = []
        match = self._pattern.search(text)
        while match:
            start = match.start()
            length = self._length(text, start, parts=parts)
            if length:
                made += (text[at : _outside_an_escape(text, at, start)], HIDDEN)
                at = start + length
            match = self._pattern.search(text, at if length else start + 1)
        return "".join((*made, text[at:])) if made else text

    def _length(self, text: str, start: int, *, parts: bool) -> int:
        """How many characters from `start` on are a value, or the beginning of a long one; 0 for neither."""
        longest = 0
        for form in self._forms[text[start : start + _KEY]]:
            if text.startswith(form, start):
                if form not in self._bounded or _stands_alone(text, start, start + len(form)):
                    return max(longest, len(form))
            elif parts and form in self._cut and text.startswith(form[:_PREFIX], start):
                longest = max(longest, _common(form, text, start))
        return longest


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()


def _common(form: str, text: str, start: int) -> int:
    """How many characters of `form` stand in the text from `start` on."""
    length = _PREFIX
    while length < len(form) and start + length < len(text) and form[length] == text[start + length]:
        length += 1
    return length


def _outside_an_escape(text: str, lowest: int, start: int) -> int:
    r"""`start`, or where the escape begins that stands around it: `\n` must not leave its backslash behind."""
    before = _BEFORE.search(text, max(lowest, start - 24), start)
    return before.end(1) - 1 if before and len(before[1]) % 2 else start


def _any_of(keys: list[str]) -> str:
    """A pattern for any of these keys, which are sorted: those with the same first character share a branch."""
    branches: dict[str, list[str]] = {}
    for key in keys:
        branches.setdefault(key[:1], []).append(key[1:])
    if "" in branches:
        return ""
    made = [f"{re.escape(first)}{_any_of(rest)}" for first, rest in branches.items()]
    return made[0] if len(made) == 1 else f"(?:{'|'.join(made)})"


def _forms(value: str) -> Iterator[str]:
    """The value as texts hold it: whole, by its parts, and encoded."""
    for part in dict.fromkeys((value, *_parts(value))):
        for form in _encodings(part):
            if len(form) >= SHORTEST:
                yield form


def _parts(value: str) -> Iterator[str]:
    """What becomes of a value that is written line by line, was joined from a list, or is JSON."""
    found: list[str] = []
    if value[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            found += _leaves(json.loads(value))
    for joint in ("\n", "##", "/"):
        if joint in value and not (joint == "/" and "://" in value):
            found += (part.strip() for part in value.split(joint))
    return (part for part in found if len(part) >= _PREFIX and not _STRUCTURED.match(part))


def _leaves(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _leaves(one)


def _encodings(value: str) -> Iterator[str]:
    yield value
    if value.lower() != value and len(value) >= _COINCIDENCE:
        yield value.lower()  # Keycloak keeps names of users so.
    if not _SIMPLE.fullmatch(value):
        shown = visible(value)
        yield from (shown, " ".join(value.split()), repr(value)[1:-1], ascii(value)[1:-1])
        for text in dict.fromkeys((value, shown)):
            for as_json in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
                yield as_json
                yield json.dumps(as_json, ensure_ascii=False)[1:-1]
                yield escape(as_json, {'"': "&quot;"})
            yield from (escape(text), escape(text, {'"': "&quot;", "\n": "&#10;"}), html.escape(text))
            yield re.sub(r"[^\w .-]|_", lambda found: f"&#{ord(found[0])};", text)
            yield "".join(one if one in " _-.,/" or one.isalnum() else f"#{ord(one)};" for one in text)
            yield text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            yield from (text.replace("'", "''"), text.replace("|", "\\|"), shlex.quote(text).strip("'"))
            yield text.encode("ascii", "backslashreplace").decode()
        octets = value.encode(errors="surrogatepass")
        yield from (quote(octets, safe=""), quote(octets), quote_plus(octets))
    if len(value) >= _COINCIDENCE:
        yield from _in_base64(value.encode(errors="surrogatepass"))


def _in_base64(octets: bytes) -> Iterator[str]:
    """What base64 makes of the value inside a longer text, which may begin at any of three places of a group."""
    for offset, lead in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(offset) + octets).decode()
        whole = len(text) if (offset + len(octets)) % 3 == 0 else len(text.rstrip("=")) - 1
        made = text[lead:whole]
        yield made
        yield made.translate({ord("+"): "-", ord("/"): "_"})


_REGISTRY = _Registry()
