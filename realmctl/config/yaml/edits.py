"""Changes of single values in a YAML text that leave every other character as it is: comments, order, quotes, layout.

Works on places, not on data: what is replaced is the stretch of text where the old value stands.
Must not know about: what the values mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from realmctl.config.yaml.document import LOADER, plain
from realmctl.config.yaml.text import lines, scalar
from realmctl.engine.plan.value_text import json_safe

_BOM = "\ufeff"
_WIDTH = 100
"""A list or map that is no longer than this stands on one line."""
_TOGETHER = 4
"""So many items of a list or map at most stand on one line, and no maps among them."""
_FLOW_UNSAFE = frozenset(",[]{}:#&*!|>%@`")


class CannotEditError(ValueError):
    """Why a value can't be changed in place, in words for a person."""


def edit_text(text: str, path: Sequence[str], value: Any) -> str:
    """The text with `value` (plain data) at `path`, whose missing maps are made. Raises CannotEditError."""
    if "\r\n" in text:
        return edit_text(text.replace("\r\n", "\n"), path, value).replace("\n", "\r\n")
    if text.startswith(_BOM):
        return _BOM + edit_text(text.removeprefix(_BOM), path, value)
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        said = getattr(error, "problem", None) or getattr(error, "context", None) or "it is broken YAML"
        raise CannotEditError(f"the file cannot be edited in place: {said}") from error
    if root is None:
        return f"{text.rstrip()}\n{_block(path, value, 0)}\n".lstrip()
    node, key = root, None
    rest = list(path)
    braces = False
    while rest and isinstance(node, yaml.MappingNode):
        braces = bool(node.flow_style)
        pair = next((pair for pair in node.value if pair[0].value == rest[0]), None)
        if pair is None:
            return _inserted(text, node, rest, value)
        key, node = pair
        _no_alias(text, key, node)
        rest.pop(0)
    if key is None:
        raise CannotEditError("the file is not a map of sections")
    if rest and not _empty(node):
        raise CannotEditError(f"'{path[len(path) - len(rest) - 1]}' is no map there")
    return _replaced(text, key, node, _nested(rest, value), braces=braces)


def _nested(path: Sequence[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and _meant(node) is None


def _meant(node: yaml.ScalarNode) -> Any:
    """What a scalar is to the loader: an unquoted one its meaning there, any other a text."""
    return node.value if node.style else plain(node.value)


def _no_alias(text: str, key: yaml.Node, node: yaml.Node) -> None:
    """Raises CannotEditError where the value stands elsewhere, or others refer to it, or it refers to a variable."""
    start, end = node.start_mark.index, node.end_mark.index
    between = text[key.end_mark.index : start] if start >= key.end_mark.index else "*"
    if "*" in between.split("#")[0] or text[start : start + 1] in ("&", "!"):
        raise CannotEditError(f"'{key.value}' is written as an alias, an anchor or with a tag")
    if isinstance(node, yaml.ScalarNode) and "$(" in text[start:end].replace("$$(", ""):
        raise CannotEditError(f"'{key.value}' is written as {text[start:end].strip()}: change it where that comes from")


def _end(node: yaml.Node, key: yaml.Node | None = None) -> int:
    """Where a node's own text ends: block collections are said to end where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1], last[0]) if isinstance(last, tuple) else _end(last)
    if key is not None and node.start_mark.index == node.end_mark.index:
        return int(key.end_mark.index) + 1  # Nothing after the colon.
    return int(node.end_mark.index)


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _replaced(text: str, key: yaml.Node, node: yaml.Node, value: Any, *, braces: bool) -> str:
    """`braces`: whether the key stands in a map in braces, where what is new has to stay on its line."""
    start = node.start_mark.index
    end = _trimmed(text, key.start_mark.index, _end(node, key))
    if "$(" in text[start:end].replace("$$(", ""):
        raise CannotEditError(f"'{key.value}' holds a reference to a variable")
    leaves = _leaves(node, value)
    if leaves is not None and isinstance(node, yaml.CollectionNode):
        for begin, stop, new in sorted(leaves, reverse=True):
            text = text[:begin] + new + text[stop:]
        return text
    kept = _items_kept(text, node, value)
    if kept is not None:
        return kept
    colon = text.index(":", key.end_mark.index) + 1
    depth = int(key.start_mark.column)
    if braces:
        new = f" {flow(value)}"
    else:
        new = _after_colon(value, depth)
    old_comment = text[colon:start] if "#" in text[colon:start] and "\n" in new else ""
    return text[:colon] + (old_comment.rstrip() if old_comment else "") + new + text[end:]


def _leaves(node: yaml.Node, value: Any) -> list[tuple[int, int, str]] | None:
    """What to replace where old and new have the same shape: only the single values that differ; None where not."""
    found: list[tuple[int, int, str]] = []
    if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(value) or set(keys) != set(value):
            return None
        parts = [(inner, value[key.value]) for key, inner in node.value]
    elif isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        if len(node.value) != len(value):
            return None
        parts = list(zip(node.value, value, strict=True))
    elif isinstance(value, (dict, list)) or not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
        return None
    else:
        old = _meant(node)
        start, end = node.start_mark.index, node.end_mark.index
        same = type(old) is type(value) and old == value
        if not same and start == end:
            return None  # Nothing is written there, and so there is nothing to put another in the place of.
        return [] if same else [(start, end, flow(value))]
    for inner, item in parts:
        below = _leaves(inner, item)
        if below is None:
            return None
        found += below
    return found


def _items_kept(text: str, node: yaml.Node, value: Any) -> str | None:
    """A list with a line for each item, where items only go or come at its end: each other line stays, comments too."""
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not isinstance(value, list) or not node.value:
        return None
    if not all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return None
    old = [item.value for item in node.value]
    stay = [one for one in old if one in value]
    if not stay or value[: len(stay)] != stay or len(set(old)) < len(old):
        return None
    indent = " " * node.start_mark.column
    last = node.value[-1].end_mark.index
    at = _line_end(text, last)
    added = "".join(f"\n{indent}- {scalar(item)}" for item in value[len(stay) :])
    text = text[:at] + added + text[at:]
    for item in reversed(node.value):
        if item.value not in stay:
            begin = text.rfind("\n", 0, item.start_mark.index) + 1
            text = text[:begin] + text[_line_end(text, item.end_mark.index) + 1 :]
    return text


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _inserted(text: str, node: yaml.MappingNode, path: Sequence[str], value: Any) -> str:
    """The text with a new key in a map: after its last one."""
    if node.flow_style:
        closing = node.end_mark.index - 1
        inner = text[node.start_mark.index + 1 : closing]
        new = f"{_flow_key(path[0])}: {flow(_nested(path[1:], value))}"
        if not node.value:
            return f"{text[: node.start_mark.index]}{{ {new} }}{text[closing + 1 :]}"
        end = _end(node.value[-1][1], node.value[-1][0])
        if "#" in text[end:closing]:
            raise CannotEditError("a comment stands before the closing brace")
        blank = inner[len(inner.rstrip()) :] or ""
        return f"{text[:end]}, {new}{blank}{text[closing:]}"
    last_key, last = node.value[-1]
    end = _trimmed(text, last_key.start_mark.index, _end(last, last_key))
    at = _line_end(text, end)
    indent = node.value[0][0].start_mark.column
    new = _block(path, value, indent)
    return f"{text[:at]}\n{new}{text[at:]}" if text[at:] else f"{text[:at]}\n{new}\n"


def _block(path: Sequence[str], value: Any, indent: int) -> str:
    lead = " " * indent
    # A short object stands on one line, as people write them; its sections do not.
    inner = _nested(path[1:], value)
    return f"{lead}{scalar(str(path[0]))}:{_after_colon(inner, indent)}"


def _after_colon(value: Any, indent: int) -> str:
    one_line = flow(value)
    if not isinstance(value, (dict, list)) or not value or (_flat(value) and len(one_line) + indent <= _WIDTH):
        return f" {one_line}"
    lead = " " * (indent + 2)
    return "".join(f"\n{lead}{line}" if line else "\n" for line in lines(value))


def _flat(value: Any) -> bool:
    items = value.values() if isinstance(value, Mapping) else value
    return len(items) <= _TOGETHER and not any(
        isinstance(item, dict) or (isinstance(item, list) and item) for item in items
    )


def flow(value: Any) -> str:
    """A value on one line, as it may stand in brackets: `[a, b]`, `{ a: 1 }`."""
    if isinstance(value, Mapping) and value:
        return "{ " + ", ".join(f"{_flow_key(key)}: {flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list) and value:
        return "[" + ", ".join(flow(item) for item in value) + "]"
    told = scalar(value)
    if isinstance(value, str) and told[:1] != '"' and _FLOW_UNSAFE & set(told):
        return json_safe(json.dumps(value, ensure_ascii=False))
    return told


def _flow_key(key: Any) -> str:
    return flow(str(key))
