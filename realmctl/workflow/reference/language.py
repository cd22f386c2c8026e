"""Pages about kinds, words and the files' own keys: from the models, by way of the schema that editors use.

Must not know about: rules, output formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from realmctl.config.loader.management_keys import Frame
from realmctl.config.macros import WORDS
from realmctl.config.schema import realm_schema
from realmctl.config.starter import files
from realmctl.keycloak.kinds.registry import ROOT, children, kinds, model_of
from realmctl.model.fields import Child, Compare, marked_fields
from realmctl.model.reference_page import ReferenceEntry, ReferencePage
from realmctl.workflow.reference.types import type_of

COMPARED = {
    Compare.VALUE: "as a whole",
    Compare.LIST: "as a list whose order counts",
    Compare.FIRST: "as the beginning of the live list",
    Compare.SET: "as a set: the whole list, in any order",
    Compare.KEYS: "key by key; null asks for a key's absence",
    Compare.TREE: "at every depth, by what is declared",
    Compare.SECRET: "as a secret: never shown, by value or fingerprint",
}
"""How two values are compared, in words."""

_TOP = "the top of a file"
_LONG = 60
"""Characters of a type from which on an example does not say it again."""
_DEEP = 3
"""Levels of maps within a word whose fields are told along."""


@cache
def _schema() -> Mapping[str, Any]:
    return realm_schema()


def words() -> list[str]:
    """The platform's words."""
    return list(WORDS)


def own_keys() -> list[str]:
    """The keys of the files that are realmctl's own."""
    return list(Frame.model_fields)


def kind_names() -> list[str]:
    """The kinds that are declared as objects of their own; the others are fields of these."""
    return sorted(name for name, one in kinds().items() if not one.is_link and (one.field or name == ROOT))


def sections() -> dict[str, str]:
    """Section → the one kind that it declares."""
    found: dict[str, list[str]] = {}
    for name in kind_names():
        found.setdefault(kinds()[name].field, []).append(name)
    return {section: names[0] for section, names in found.items() if section and len(names) == 1}


def settings() -> list[str]:
    """The names of the realm's own settings, which stand at the top of a file."""
    return [name for name in model_of(ROOT).model_fields if name not in marked_fields(model_of(ROOT), Child)]


def word(name: str) -> ReferencePage:
    """The page of a word."""
    schema = _schema()["properties"][name]
    needed = frozenset(key for key, field in WORDS[name].model.model_fields.items() if field.is_required())
    entries = list(_inner(schema, "", needed, _DEEP))
    example = _example(name) or _skeleton(name, entries)
    return ReferencePage(name, "word", schema.get("description", ""), name, tuple(entries), example=example)


def key(name: str) -> ReferencePage:
    """The page of a key of the files that is realmctl's own."""
    schema = _schema()["properties"][name]
    entries = tuple(_inner(_opened(schema)[0], _opened(schema)[1], frozenset(), _DEEP))
    own = ReferenceEntry(name, type_of(schema, _schema()["$defs"]), _default(schema), schema.get("description", ""))
    return ReferencePage(name, "key", own.meaning, name, entries or (own,), example=_example(name))


def kind(name: str) -> ReferencePage:
    """The page of a kind: its own fields, and those of what is declared within it."""
    one = kinds()[name]
    model = model_of(name)
    schema = _schema() if name == ROOT else _schema()["$defs"][model.__name__]
    compare = dict(one.fields())
    for child in children(name):
        compare |= {field: child.fields()[field] for field in child.link_fields() if child.is_link}
    within = marked_fields(model, Child)
    entries = [
        ReferenceEntry(
            field,
            type_of(said, _schema()["$defs"]),
            _default(said),
            _meaning(said, within[field].kind if field in within else ""),
            COMPARED[compare[field]] if field in compare else "",
            field in schema.get("required", ()),
        )
        for field in model.model_fields
        if (said := schema["properties"].get(field)) is not None
    ]
    inner = sorted({child.kind for child in within.values()} - {name})
    example = (_example(one.field) if one.owner == ROOT else "") or _skeleton(_where(name), entries)
    summary = ("" if one.is_link else one.model.__doc__) or one.title
    return ReferencePage(
        name, "kind", " ".join(summary.split("\n\n")[0].split()), _where(name), tuple(entries),
        example=example, see=tuple(inner),
    )  # fmt: skip


def _where(name: str) -> str:
    one = kinds()[name]
    if name == ROOT:
        return _TOP
    above = "" if one.owner == ROOT else f"{_where(one.owner)}."
    return above + ".".join((one.field, *("*",) * (0 if one.single else one.levels)))


def _meaning(said: Mapping[str, Any], declares: str) -> str:
    told = str(said.get("description", ""))
    if not told:
        told = next((str(one["description"]) for one in said.get("anyOf", ()) if "description" in one), "")
    return f"{told} See `realmctl docs {declares}`.".lstrip() if declares else told


def _inner(schema: Mapping[str, Any], before: str, needed: frozenset[str], depth: int) -> Iterator[ReferenceEntry]:
    """The fields of a map, and of the maps within it."""
    for name, said in schema.get("properties", {}).items():
        path = f"{before}{name}"
        definitions = _schema()["$defs"]
        required = name in needed or name in schema.get("required", ())
        yield ReferenceEntry(path, type_of(said, definitions), _default(said), _meaning(said, ""), needed=required)
        if depth:
            inner, step = _opened(said)
            yield from _inner(inner, f"{path}.{step}", frozenset(), depth - 1)


def _opened(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The map that a value is, or holds by name (`*.`) or in a list (`[].`); an empty one where there is none."""
    if "$ref" in schema:
        inner: Mapping[str, Any] = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
        return inner, ""
    if schema.get("properties"):
        return schema, ""
    for inside, step in (("additionalProperties", "*."), ("items", "[].")):
        if isinstance(schema.get(inside), Mapping):
            found, more = _opened(schema[inside])
            return found, step + more
    for branch in schema.get("anyOf", ()):
        found, step = _opened(branch)
        if found:
            return found, step
    return {}, ""


def _default(said: Mapping[str, Any]) -> str:
    value = said.get("default")
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _example(section: str) -> str:
    """What the starting realm says of a section, with its comments; "" where it says nothing."""
    for name, text in files().items():
        lines = text.splitlines() if name.endswith(".yaml") else []
        if f"#{section}:" in lines:
            # A section that is commented out is an example, too: its lines begin with # and the section's indentation.
            inner = takewhile(lambda line: line.startswith("#  "), lines[lines.index(f"#{section}:") + 1 :])
            return "\n".join((f"{section}:", *(line[1:] for line in inner))) + "\n"
        at = next((index for index, line in enumerate(lines) if section and line.startswith(f"{section}:")), None)
        if at is not None:
            more = (line for line in lines[at + 1 :])
            inside = []
            for line in more:
                if line and not line.startswith((" ", "#")):
                    break
                inside.append(line)
            while inside and not inside[-1].startswith(" "):
                inside.pop()
            return "\n".join((lines[at], *inside)) + "\n"
    return ""


def _skeleton(where: str, entries: list[ReferenceEntry]) -> str:
    """The shape of a declaration: where it stands, with its first fields."""
    steps = [] if where == _TOP else [{"*": "NAME"}.get(step, step) for step in where.split(".")]
    lines = [f"{'  ' * depth}{step}:" for depth, step in enumerate(steps)]
    own = [one for one in entries if "." not in one.name]
    told = [one for one in own if one.needed] or [one for one in own if one.compared][:4] or own[:4]
    lines += [f"{'  ' * len(steps)}{one.name}:  # {one.type if len(one.type) < _LONG else 'see above'}" for one in told]
    return "\n".join(lines) + "\n"
