"""A file's bytes → a document, with everything the parser says turned into words for people.

Must not know about: what the data means.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from realmctl.config.inputs.file_access import SIZE_LIMIT, FileRefusedError, read_regular
from realmctl.config.yaml.document import Document, parse
from realmctl.errors import Finding, Place

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(
    path: Path,
    interpolate: Callable[[str, Place], str],
    content_of: Callable[[Path, int], bytes] = read_regular,
) -> Document:
    """The file as a document; never raises for what the file holds: it is in the document's findings.

    `content_of` reads up to so many bytes of the file, and one more.
    """
    file = str(path)
    try:
        content = content_of(path, SIZE_LIMIT)
        if len(content) > SIZE_LIMIT:
            size = max(path.stat().st_size, len(content)) / 1024 / 1024
            message = f"the file is {size:.1f} MiB; the limit is {SIZE_LIMIT // 1024 // 1024} MiB"
            return _broken(file, Finding("file-too-large", message, Place(file), "split it, or check what it is"))
    except FileRefusedError as error:
        return _broken(file, Finding(error.rule, error.what, Place(file), error.advice))
    except OSError as error:
        return _broken(file, Finding("unreadable", f"cannot read the file: {error.strerror}", Place(file)))
    return document(content, file, interpolate)


def document(content: bytes, file: str, interpolate: Callable[[str, Place], str]) -> Document:
    """A document of a file's content."""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        place = _place_in(content[: error.start].decode(), file)
        return _broken(file, Finding("not-utf8", "the file is not UTF-8 text", place, "save it as UTF-8"))
    parsed = parsed_text(text, file, interpolate)
    if parsed.empty and not parsed.findings:
        parsed.findings.append(Finding("empty-file", "the file declares nothing", Place(file), _EMPTY))
    elif parsed.data is not None and not isinstance(parsed.data, dict):
        place = Place(file)
        parsed.findings.append(Finding("not-a-map", "the file is not a map of sections", place, _EMPTY))
        parsed.data = None
    return parsed


def parsed_text(text: str, file: str, interpolate: Callable[[str, Place], str]) -> Document:
    """Return the document in a text, be it a map or not. What is wrong with it is in the document's findings."""
    try:
        return parse(text, file, interpolate)
    except yaml.YAMLError as error:
        return _broken(file, _finding(error, text, file))


_EMPTY = "write sections such as `roles:` or `clients:`, or remove the file"


def _broken(file: str, finding: Finding) -> Document:
    return Document(file, findings=[finding])


def _place_in(before: str, file: str) -> Place:
    line = before.count("\n") + 1
    return Place(file, line, len(before) - (before.rfind("\n") + 1) + 1)


_INDENT = "check the indentation of this line and the one above; quote a text that contains ': '"
_ADVICE: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "a ':' stands where no key can be", _INDENT),
    ("could not find expected ':'", "a key without its ':'", "write `name: value`; quote a text of several lines"),
    ("did not find expected key", "this line fits neither the map above nor a new one", "check its indentation"),
    (
        "did not find expected '-' indicator",
        "this line is no item of the list above",
        "start it with '- ', or indent it as the key that it is",
    ),
    (
        "did not find expected ',' or",
        "a bracket is not closed, or a comma is missing",
        "compare every '{' and '[' with its '}' or ']'; quote texts that contain ',' or ':'",
    ),
    ("did not find expected node content", "a bracket or comma stands where a value should", "remove or quote it"),
    ("unexpected end of stream", "a quote is opened and never closed", "close it; a quote inside single quotes is ''"),
    ("unknown escape character", "an unknown escape in a double-quoted text", "double the backslash: \\\\"),
    ("block sequence entries are not allowed", "a list item stands where none can be", "start it on a line of its own"),
    ("maximum nesting depth", "too many levels of nesting", "look for a bracket that is never closed"),
    ("alphabetic or numeric character", "'*' and '&' begin an alias or anchor", "quote a text that starts so: '*'"),
    ("undefined tag handle", "a tag that means nothing here", "quote a text that starts with '!'"),
)
"""What the parser says, what that means, and what to do."""


def _finding(error: yaml.YAMLError, text: str, file: str) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        bad = _UNPRINTABLE.search(text)
        before = text[: bad.start()] if bad else ""
        name = f"U+{ord(bad[0]):04X}" if bad else "one"
        message = f"a character that YAML does not allow ({name})"
        return Finding("yaml-syntax", message, _place_in(before, file), 'remove it, or write it as an escape: "\\u…"')
    context = getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", "") or "broken YAML")
    if "cannot start any token" in problem:
        return _bad_start(text, mark, file)
    for part, message, advice in _ADVICE:
        if part in problem:
            # What was opened and never closed is where a person has to look, not the end of the file.
            at = context if context is not None and ("closed" in message or "alias" in message) else mark
            return Finding("yaml-syntax", f"broken YAML: {message}", Place(file, at.line + 1, at.column + 1), advice)
    return Finding("yaml-syntax", f"broken YAML: {problem}", Place(file, mark.line + 1, mark.column + 1), _INDENT)


def _bad_start(text: str, mark: yaml.Mark, file: str) -> Finding:
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1]
    place = Place(file, mark.line + 1, mark.column + 1)
    if character == "\t" or "\t" in line[: mark.column + 1]:
        return Finding("yaml-syntax", "broken YAML: a tab indents this line", place, "indent with spaces")
    message = f"broken YAML: a text cannot start with '{character}'"
    return Finding("yaml-syntax", message, place, f'quote it: "{character}…"')


def literally(text: str, _place: Place) -> str:
    """Leave a reference as it stands: for files whose references are plain text."""
    return text
