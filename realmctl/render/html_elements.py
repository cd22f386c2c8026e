"""Trees of elements for HTML and SVG: whatever is text in one is escaped as it is written, so no name becomes markup.

That is why there is no template engine: a template escapes where its author thought of it, a tree everywhere, and the
standard library writes it. Must not know about: what is shown.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from xml.etree import ElementTree as ET

from realmctl.engine.plan.value_text import clean

Child = ET.Element | str | None
Children = Child | Iterable["Children"]
"""What may stand in an element: elements, texts, and any of these in turn."""


def element(tag: str, *children: Children, **attributes: str | bool | float | None) -> ET.Element:
    """An element. Texts are made safe to look at, too (`clean`); None, False and "" leave an attribute out.

    An attribute is written as Python takes it: `class_`, `aria_label`; True stands for itself (`hidden`).
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        key = name.rstrip("_").replace("_", "-")
        if value is True:
            made.set(key, "")
        elif value is not None and value is not False and value != "":
            made.set(key, clean(str(value)))
    _append(made, children)
    return made


def _append(parent: ET.Element, child: Children) -> None:
    if child is None:
        return
    if isinstance(child, ET.Element):
        parent.append(child)
        return
    if not isinstance(child, str):
        for one in child:
            _append(parent, one)
        return
    text = clean(child)
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def raw(tag: str, content: str) -> ET.Element:
    """A `style` or a `script` of our own: written as it is, line breaks included. Never of anybody else's text."""
    made = ET.Element(tag)
    made.text = content
    return made


@cache
def own_file(name: str) -> str:
    """A style or a script that lies beside this module."""
    return resources.files("realmctl.render").joinpath(name).read_text(encoding="utf-8")


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """A content security policy that lets nothing run and nothing be fetched but these very texts."""
    named = {"style-src": [_hash(one) for one in styles], "script-src": [_hash(one) for one in scripts]}
    said = [f"{name} {' '.join(hashes)}" for name, hashes in named.items() if hashes]
    return "; ".join(["default-src 'none'", *said, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def html_text(page: ET.Element) -> str:
    """A whole page as HTML."""
    return "<!doctype html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"


def svg_text(picture: ET.Element) -> str:
    """A picture of its own as XML."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(picture, encoding="unicode") + "\n"
