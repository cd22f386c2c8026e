"""Where a canary is in an output: in any encoding, over line breaks, or only a part of it; and what a log would obey.

It decodes what it is given, where `realmctl` encodes what it hides: the two share no code.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from markdown_it import MarkdownIt

PART = 12
"""Characters of a canary in a row that nobody may read."""

SHAPES = {
    "plain": "kestrel9Q7tVw2LmZx4",
    "special": "k\"e's\\t<r>&e%41l üç$x#{|}`/9Q7tVw2LmZx4",
    "lines": "first-line-9Q7tVw\nsecond-line-2LmZx4",
    "long": "kestrel" + "-".join(f"{number * 7919 % 9973:04d}qW" for number in range(27)),
    "short": "q7Zw9",
}

HOSTILE = {
    "github": "a\n::error::owned\n::set-output name=x::y",
    "azure": "##vso[task.setvariable variable=x]owned",
    "azure format": "a\r\n##[error]owned",
    "teamcity": "##teamcity[buildStatus text='owned']",
    "gitlab": "\x1b[0Ksection_start:1:owned\r\x1b[0K",
    "terminal": "\x1b]0;owned\x07\x1b[2J\x9b2J",
    "direction": "a\u202edenwo\u2066b\u2069\u200bc\u2028d\u2029e\ufefff\U000e0041",
    "mention": "@everyone fixes #1 closes owner/name#2",
    "markdown": "[owned](https://evil.example) ![owned](https://evil.example/p.png) **owned** <b>owned</b>",
    "marker": "<!-- realmctl:drift -->",
    "fence": "a\n```\n# owned\n~~~~\n| a | b |\n",
    "own words": "x'\nerror: owned [rule]\nNo changes. The realm is as declared.",
}

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
    "|\x1b(?!\\[[0-9;]*m)"
)
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(n)|\\(.)|&#(\d+);|#(\d+);")


def in_yaml(text: str) -> str:
    """The text as it stands between double quotes in a YAML file."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else f"\\U{ord(one):08x}" for one in text)


def leaks(text: str, canary: str) -> list[str]:
    """Parts of the canary that stand in the text in any form."""
    size = min(PART, len(canary))
    parts = {canary[at : at + size] for at in range(len(canary) - size + 1)}
    parts |= {" ".join(part.split()) for part in parts if len("".join(part.split())) >= size - 1}
    return sorted({part for form in _decoded(text) for part in parts if part in form})


def _decoded(text: str) -> Iterator[str]:
    forms = {text, re.sub(r"\n[\s|#>*-]*", "", text), re.sub(r"\n[\s|#>*-]*", " ", text)}
    for _ in range(2):
        forms |= {made for one in forms for made in (html.unescape(one), unquote_plus(one), _unescaped(one))}
    yield from forms
    for run in re.findall(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        for start in range(4):
            piece = run[start:].translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
            with_end = piece[: len(piece) // 4 * 4]
            try:
                yield base64.b64decode(with_end).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                continue


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code, byte, line, plain, number, other = found.groups()
        if code or byte:
            return chr(int(code or byte, 16))
        return "\n" if line else plain or chr(min(int(number or other), 0x10FFFF))

    return _ESCAPES.sub(one, text)


def commands(text: str) -> list[str]:
    """Lines that a log of GitHub, Azure or TeamCity would obey, and characters that a terminal or a reader would."""
    lines = re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", text)
    obeyed = [line for line in lines if line.lstrip().startswith("::")]
    obeyed += [line for line in lines if re.search(r"##(vso|teamcity)?\[", line)]
    return obeyed + _UNSAFE.findall(text)


def markup(comment: str) -> list[str]:
    """What a reader of a markdown comment would take for more than text, beyond realmctl's own marker and folds."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(comment):
        if token.type == "html_block":
            left = re.sub(r"</?(details|summary|code)>|&#\d+;", "", token.content)
            rest = left.replace("<!-- realmctl:", "", 1) if token.map and token.map[0] == 0 else left
            found += [token.content] if re.search(r"[<@]|#\d", rest) else []
        for child in token.children or ():
            plain = re.sub(r"</?(details|summary|code)>", "", child.content)
            if child.type in ("link_open", "image", "html_inline") and plain:
                found.append(f"{child.type} {child.content}")
            if child.type == "text" and re.search(r"@\w|#\d|owned", child.content):
                found.append(child.content)
    return found
