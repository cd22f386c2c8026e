"""Pages of the guide as text, markdown and JSON. Must not know about: where their texts come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from realmctl.engine.plan.value_text import json_text
from realmctl.model.reference_page import ReferenceEntry, ReferencePage
from realmctl.render.colors import paint

_WIDTH = 110


def text(page: ReferencePage, *, color: bool = False) -> str:
    """A page for a terminal."""
    return "\n".join(_text(page, color)).rstrip("\n") + "\n"


def _text(page: ReferencePage, color: bool) -> Iterator[str]:
    where = f"  (at {page.where})" if page.where not in ("", page.name) else ""
    yield f"{paint(f'{page.sort} {page.name}', 'bold', color)}{paint(where, 'dim', color)}"
    yield from _wrapped(page.summary, "  ")
    for heading, told in page.paragraphs:
        yield ""
        yield f"  {paint(f'{heading}:', 'bold', color)}"
        yield from _wrapped(told, "    ")
    for entry in page.entries:
        yield ""
        yield f"  {paint(entry.name, 'bold', color)}  {paint(_facts(entry), 'dim', color)}"
        yield from _wrapped(entry.meaning, "      ")
        if entry.compared:
            yield paint(f"      compared {entry.compared}", "dim", color)
    if page.example:
        yield ""
        yield f"  {paint('Example:', 'bold', color)}"
        yield from (f"    {line}".rstrip() for line in page.example.splitlines())
    if page.see:
        yield ""
        yield from _wrapped(f"See also realmctl docs: {', '.join(page.see)}", "  ")


def markdown(page: ReferencePage) -> str:
    """A page as markdown."""
    lines = [f"## {page.name}", "", page.summary]
    if page.where not in ("", page.name):
        lines[2:2] = [f"`{page.where}`", ""]
    for heading, told in page.paragraphs:
        lines += ["", f"**{heading}:** {told}"]
    if page.entries:
        lines += ["", "| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [_row(entry) for entry in page.entries]
    if page.example:
        lines += ["", "```yaml", page.example.rstrip("\n"), "```"]
    if page.see:
        lines += ["", f"See also: {', '.join(f'`{one}`' for one in page.see)}."]
    return "\n".join(lines) + "\n"


def json_(page: ReferencePage) -> str:
    """A page for a program."""
    return json_text(asdict(page))


def topics_text(found: Mapping[str, Sequence[str]], *, color: bool = False) -> str:
    """The list of topics, by sort."""
    lines = []
    for heading, names in found.items():
        lines += [paint(f"{heading}:", "bold", color), *_wrapped(", ".join(names), "  "), ""]
    return "\n".join((*lines, "realmctl docs TOPIC, or TOPIC.FIELD, says more.")) + "\n"


def topics_markdown(found: Mapping[str, Sequence[str]]) -> str:
    """The list of topics as markdown."""
    told = (f"**{heading}:** {', '.join(f'`{name}`' for name in names)}" for heading, names in found.items())
    return "\n\n".join(told) + "\n"


def topics_json(found: Mapping[str, Sequence[str]]) -> str:
    """The list of topics for a program."""
    told: dict[str, Any] = {heading: list(names) for heading, names in found.items()}
    return json_text(told)


def _facts(entry: ReferenceEntry) -> str:
    default = f", {entry.default} unless said" if entry.default else ""
    return f"{entry.type}{', needed' if entry.needed else ''}{default}"


def _row(entry: ReferenceEntry) -> str:
    meaning = entry.meaning.replace("|", "\\|").replace("\n", " ")
    compared = f" Compared {entry.compared}." if entry.compared else ""
    default = "needed" if entry.needed else f"`{entry.default}`" if entry.default else ""
    return f"| `{entry.name}` | {entry.type.replace('|', chr(92) + '|')} | {default} | {(meaning + compared).strip()} |"


def _wrapped(told: str, indent: str) -> Iterator[str]:
    for part in told.splitlines():
        yield from wrap(
            part, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
