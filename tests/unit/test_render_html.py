"""Pages and pictures without a browser: everything is told, nothing is anybody's markup, and the policy fits."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render.change_rows import rows
from realmctl.render.graph_mermaid import mermaid
from realmctl.render.graph_svg import svg
from realmctl.render.html_elements import element, policy, raw
from tests.unit.pages.samples import EVIL, PAGES, drift_page, example, many_roles, odd, plan_page

OWN = {
    "html", "head", "meta", "title", "style", "script", "body", "a", "header", "main", "footer", "section", "div",
    "span", "h1", "h2", "h3", "p", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "details",
    "summary", "code", "strong", "ins", "del", "time", "br", "label", "input", "button", "svg", "desc", "rect", "g",
    "text", "path",
}  # fmt: skip
VOID = {"meta", "br", "input"}


class Reader(HTMLParser):
    """The page's elements, attributes, and own styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_made_of_our_own_elements(name: str) -> None:
    read = Reader(PAGES[name]())
    assert read.open == []
    assert set(read.tags) <= OWN
    assert read.tags.count("script") == read.tags.count("style") == read.tags.count("h1") == 1
    assert not [one for one, _ in read.attributes if one.startswith("on") or one in ("src", "style", "srcdoc")]
    assert [value for one, value in read.attributes if one == "href" and not re.fullmatch(r"#[\w-]+", value)] == []
    ids = [value for one, value in read.attributes if one == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for one, value in read.attributes if one == "href"} <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_lets_these_very_texts_run_and_nothing_else(name: str) -> None:
    read = Reader(PAGES[name]())
    (said,) = [value for one, value in read.attributes if one == "content" and "default-src" in value]
    hashes = {tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for tag, text in read.raw.items()}
    assert said == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_policy_without_anything_lets_nothing_run() -> None:
    assert policy([], []) == "default-src 'none'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(
    "part",
    [
        "13 to add, 13 to change, 13 to destroy",
        "(Keycloak 26.7.3)",
        "1 object would be destroyed.",
        "An apply would be refused as things stand:",
        "In words",
        "Who is concerned",
        "Dangers",
        "Tests of tokens: 1 of 2 tests would fail",
        "What changes in the token of this person:",
        "and 1 that stays",
        "(secret changed)",
        "Not seen",
        "To own: 1",
        "To forget: 1",
        "Unmanaged: 1",
        "Made by realmctl on 2026-11-25 09:12 UTC.",
    ],
)
def test_a_plan_is_told_whole(part: str) -> None:
    assert part in plan_page()


@pytest.mark.parametrize(
    "part",
    [
        "Drift: 1 changed, 1 deleted, 1 unmanaged; 1 ignored; 1 of 2 realms could not be looked at",
        "changed by anna with security-admin-console from 10.0.0.7 on ",
        '<time datetime="2026-11-25T09:12:31+00:00">2026-11-25 09:12:31 UTC</time>',
        "By whom is unknown: nobody",
        "Could not be looked at:",
        "2026-12-31",
        "Taken over into the files",
        "To be set from now on: NAME",
        "unused-ignore",
    ],
)
def test_a_drift_is_told_whole(part: str) -> None:
    assert part in drift_page()


def test_a_picture_is_well_formed_and_says_where_things_stand() -> None:
    found = ET.fromstring(svg(odd()))
    assert {one.tag.rpartition("}")[2] for one in found.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "text", "path",
    }  # fmt: skip
    titles = [one.text or "" for one in found.iter() if one.tag.endswith("}title")]
    assert any(EVIL[0] in title for title in titles)
    told = "".join(ET.fromstring(svg(example())).itertext())
    assert re.search(r"billing-reader → billing-reader: is in the access tokens of .*realm\.yaml:\d+\)", told)


def test_a_flowchart_has_nothing_of_a_name_that_means_something() -> None:
    for line in mermaid(odd()).splitlines():
        for label in re.findall(r'"(.*?)"', line):
            assert set(re.sub(r"#\d+;|<br/>", "", label)) <= {*" _-.,/"} | {one for one in label if one.isalnum()}
        assert line.count('"') in (0, 2)


def test_a_large_picture_says_that_it_was_made_small() -> None:
    page = PAGES["graph of many roles"]()
    assert "nodes are drawn as" in page
    assert page.count("team-role-044") >= 2, "in words everything is there"
    assert len(many_roles(45).nodes) > 120


def shown(change: Change) -> list[tuple[str, str, str]]:
    return [(row.path, "".join(row.old.itertext()), "".join(row.new.itertext())) for row in rows(change)]


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        (FieldChange("a", "x", "y"), [("a", '"x"', '"y"')]),
        (FieldChange("a", None, "y"), [("a", "unset", '"y"')]),
        (FieldChange("a", "x", None), [("a", '"x"', "unset")]),
        (FieldChange("s", HIDDEN, HIDDEN, Compare.SECRET), [("s", "(secret)", "(secret changed)")]),
        (FieldChange("s", None, Secret("canary")), [("s", "unset", "(secret changed)")]),
        (FieldChange("m", {"a": 1, "b": 2}, {"a": 1, "c": 3}), [("m.b", "2", "unset"), ("m.c", "unset", "3")]),
        (FieldChange("l", ["a", "b"], ["b", "c"], Compare.SET), [("l", '"a"and 1 that stays', '"c"and 1 that stays')]),
        (FieldChange("l", None, ["c"], Compare.SET), [("l", "none", '"c"')]),
        (FieldChange("o", ["a", "b"], ["b", "c"], Compare.LIST), [("o", "ab", "bc")]),
    ],
)
def test_a_field_old_and_new(field: FieldChange, wanted: list[tuple[str, str, str]]) -> None:
    assert shown(Change(Action.UPDATE, Address("role", ("r",)), (field,))) == wanted


def test_what_comes_has_a_row_for_each_value_and_what_goes_has_none() -> None:
    field = FieldChange("m", None, {"a": 1, "b": {"c": 2}})
    assert shown(Change(Action.CREATE, Address("role", ("r",)), (field,))) == [
        ("m.a", "unset", "1"),
        ("m.b.c", "unset", "2"),
    ]
    assert shown(Change(Action.DELETE, Address("role", ("r",)), (field,))) == []


def test_texts_and_attributes_are_escaped_and_made_visible() -> None:
    made = element("a", "<b>\u202e", ["&", element("i", "x"), "<"], None, title='"<\n', hidden=True, id="")
    assert ET.tostring(made, encoding="unicode") == (
        '<a title="&quot;&lt;\\n" hidden="">&lt;b&gt;\\u202e&amp;<i>x</i>&lt;</a>'
    )
    assert ET.tostring(raw("style", "a > b"), encoding="unicode", method="html") == "<style>a > b</style>"
