"""A page of HTML that needs nothing beside itself: its frame, its looks, and a field to search it with.

It opens from a file, an attachment or an artifact of a pipeline, asks no server for anything, and has the browser hold
it to that by a content security policy. Must not know about: what a page tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from realmctl.errors import Finding, Place
from realmctl.render.findings import paragraph
from realmctl.render.html_elements import Children, element, html_text, own_file, policy, raw


def page(title: str, intro: Children, content: Children, *, footer: str, style: str = "") -> str:
    """The whole page: `intro` below the heading, then `content`, whose `item`s can be searched."""
    look, script = own_file("page.css") + style, own_file("page.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy([look], [script])),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        raw("style", look),
    )
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        element("header", element("h1", title), intro),
        element("main", content, id="content", tabindex="-1"),
        element("footer", footer),
        raw("script", script),
    )
    return html_text(element("html", head, body, lang="en"))


def tools(what: str) -> ET.Element:
    """The field to search with, and buttons that open and close everything; hidden where no script runs."""
    return element(
        "div",
        element("div", element("label", f"Search {what}", for_="find"), element("input", id="find", type="search")),
        element("button", "Open all", id="open", type="button"),
        element("button", "Close all", id="close", type="button"),
        element("span", id="found", role="status", class_="soft"),
        id="tools",
        class_="tools",
        role="search",
        aria_label=f"Search {what}",
        hidden=True,
    )


def section(heading: Children, *content: Children, id_: str, level: int = 2, part: bool = False) -> ET.Element:
    """A part of the page with its heading; `part` where it goes when a search leaves nothing in it."""
    # Those below a heading of their own are no landmarks: a list of dozens of the same name would lead nobody anywhere.
    name = id_ if level == 2 else ""
    made = element("section", element(f"h{level}", heading, id=id_), *content, aria_labelledby=name)
    if part:
        made.set("data-part", "")
    return made


def item(summary: Children, content: Children, *, id_: str = "", open_: bool = False) -> ET.Element:
    """Something that opens and closes, and is found."""
    made = element("details", element("summary", summary), content, id=id_, open=open_)
    made.set("data-item", "")
    return made


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Children]]) -> ET.Element:
    """A table whose rows begin with what they are about; what is a number stands to the right."""
    body = []
    for first, *cells in rows:
        said = [
            element("td", cell, class_="number" if isinstance(cell, str) and _number(cell) else "") for cell in cells
        ]
        body.append(element("tr", element("th", first, scope="row"), said))
    head = element("tr", (element("th", one, scope="col") for one in columns))
    return element("table", element("caption", caption), element("thead", head), element("tbody", body))


def _number(text: str) -> bool:
    return text.replace(",", "").isdigit()


def list_element(lines: Iterable[Children]) -> ET.Element:
    """A list; a line is an element, a text, or several of them."""
    return element("ul", (element("li", line) for line in lines))


def note(sort: str, *content: Children) -> ET.Element:
    """Something to be minded: `gone`, `mind`, or "" for a mere remark."""
    return element("div", *content, class_=f"note {sort}".strip())


def paragraphs(text: str) -> list[ET.Element]:
    """A message, each of its lines a paragraph."""
    return [element("p", line) for line in paragraph(text)]


def code(text: str) -> ET.Element:
    """A name or a value."""
    return element("code", text)


def told_place(place: Place | None) -> ET.Element | None:
    """`file:line`, where there is one."""
    return element("span", f" {place.file}:{place.line}", class_="soft") if place else None


def findings(found: Sequence[Finding], id_: str, level: int = 3, *, heading: str = "Warnings") -> ET.Element | None:
    """Warnings, each with its place and what to do."""
    if not found:
        return None
    lines = [
        [f"{one.message} [{one.rule}]", told_place(one.place), element("br") if one.advice else None, one.advice]
        for one in found
    ]
    return section(heading, list_element(lines), id_=id_, level=level)
