"""Text can be read on what it stands on: a contrast of 4.5 and more, light and dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

import pytest

from realmctl.render.graph_mermaid import mermaid
from realmctl.render.html_elements import own_file
from tests.unit.pages.samples import odd

PAGE = [
    ("ink", "paper"), ("soft", "paper"), ("link", "paper"), ("ink", "shade"), ("soft", "shade"), ("link", "shade"),
    ("added", "add"), ("lost", "gone"), ("minded", "mind"), ("ink", "mind"), ("lost", "paper"),
]  # fmt: skip
PICTURE = [(text, box) for text in ("ink", "soft") for box in ("paper", "who", "group", "role", "token", "open")]


def colors(sheet: str) -> list[dict[str, str]]:
    """The variables of a style: light, and dark laid over it."""
    bright, _, dark = own_file(sheet).partition("prefers-color-scheme: dark")
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", bright))
    return [light, light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", dark))]


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(2 * one for one in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_black_on_white_is_21() -> None:
    assert round(contrast("#000", "#ffffff"), 2) == 21


@pytest.mark.parametrize(("sheet", "pairs"), [("page.css", PAGE), ("picture.css", PICTURE)])
def test_text_can_be_read(sheet: str, pairs: list[tuple[str, str]]) -> None:
    light, dark = colors(sheet)
    assert light != dark
    for scheme in (light, dark):
        assert [pair for pair in pairs if contrast(*(scheme[name] for name in pair)) < 4.5] == []


def test_borders_and_arrows_can_be_seen() -> None:
    edges = [("whose", "who"), ("groups", "group"), ("roles", "role"), ("tokens", "token"), ("opens", "open")]
    for scheme in colors("picture.css"):
        assert [pair for pair in [*edges, ("way", "paper")] if contrast(*(scheme[name] for name in pair)) < 3] == []


def test_what_mermaid_draws_can_be_read() -> None:
    found = re.findall(r"fill:(#\w+),stroke:\S+,color:(#\w+)", mermaid(odd()))
    assert len(found) == 5
    assert [pair for pair in found if contrast(*pair) < 4.5] == []
