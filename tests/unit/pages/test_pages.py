"""Pages in a real browser: accessible, at rest with themselves, usable with a keyboard, and nobody's markup."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.unit.pages.look import Look, Scheme, violations
from tests.unit.pages.samples import PAGES, drift_page, example, graph_page, plan_page

pytestmark = pytest.mark.xdist_group("browser")

every_page = pytest.mark.parametrize("name", PAGES)


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(look: Look, name: str, scheme: Scheme) -> None:
    page = look.at(PAGES[name](), scheme=scheme)
    if page.get_by_role("button", name="Open all").count():
        page.get_by_role("button", name="Open all").click()
    # In the dark only the colours are others.
    assert violations(page, *(["color-contrast"] if scheme == "dark" else [])) == []


def test_axe_would_find_something(look: Look) -> None:
    page = look.at("<!doctype html><title>x</title><img src=x><p style='color: #ccc'>pale</p>")
    assert {one.partition(":")[0] for one in violations(page)} >= {"image-alt", "color-contrast", "html-has-lang"}


@every_page
def test_nothing_is_asked_of_anybody_else(look: Look, name: str) -> None:
    page = look.at(PAGES[name]())
    page.wait_for_load_state("networkidle")
    assert look.elsewhere == []
    assert look.refused == []


@every_page
def test_no_name_becomes_markup(look: Look, name: str) -> None:
    page = look.at(PAGES[name]())
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.querySelectorAll('img, [onerror], [onload], iframe').length") == 0
    unseen = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
    assert re.findall(unseen, page.inner_text("body")) == []


def test_what_would_be_markup_is_text(look: Look) -> None:
    told = look.at(plan_page()).locator("main").inner_text()
    assert "<script>window.pwned = 1</script>" in told
    assert "a\\u202eb\\u200bc\\x1b[31m" in told
    assert "&amp; &lt; &#x3c;" in told


@every_page
def test_no_secret_is_on_a_page(name: str) -> None:
    assert "canary" not in PAGES[name]()


def test_the_browser_holds_the_page_to_its_policy(look: Look) -> None:
    page = look.at(drift_page())
    page.evaluate(
        """() => {
            for (const [tag, from] of [["img", "src"], ["script", "src"], ["iframe", "src"]]) {
                const made = document.createElement(tag);
                made[from] = "http://127.0.0.1:9/x";
                document.body.append(made);
            }
            const own = document.createElement("script");
            own.textContent = "window.pwned = 1";
            document.body.append(own);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    assert len([one for one in look.refused if "Content Security Policy" in one]) >= 4


def shown(page: Page) -> int:
    return page.locator("[data-item]:visible").count()


def test_the_search_leaves_what_fits_and_says_how_many(look: Look) -> None:
    page = look.at(graph_page(example()))
    every = shown(page)
    field = page.get_by_role("searchbox")
    field.fill("REFUND role of")
    assert 0 < shown(page) < every
    assert page.get_by_role("status").inner_text() == f"{shown(page)} of {every} shown"
    assert page.get_by_role("heading", name="Everybody").count() == 0
    assert page.get_by_role("heading", name="Groups", exact=True).count() == 0
    field.press("Escape")
    assert shown(page) == every
    field.fill("nothing is called so")
    assert shown(page) == 0


def focused(page: Page) -> str:
    return str(page.evaluate("(e => e.tagName + '|' + (e.id || e.textContent.slice(0, 40)))(document.activeElement)"))


def test_everything_can_be_done_with_a_keyboard(look: Look) -> None:
    page = look.at(drift_page())
    page.keyboard.press("Tab")
    assert focused(page) == "A|Skip to the content"
    page.keyboard.press("Enter")
    assert focused(page) == "MAIN|content"
    for name in ("INPUT|find", "BUTTON|open", "BUTTON|close"):
        page.keyboard.press("Tab")
        assert focused(page) == name
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 0
    page.keyboard.press("Tab")
    assert focused(page).startswith("SUMMARY|")
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    assert page.locator("details[open] table").first.is_visible()


def test_a_box_of_the_picture_leads_to_its_words(look: Look) -> None:
    page = look.at(graph_page(example()))
    page.get_by_role("searchbox").fill("billing")
    page.locator("svg a[aria-label^='refund: role of']").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.tagName === 'SUMMARY'")
    assert focused(page).startswith("SUMMARY|refund role of orders-api")
    assert page.locator("details[open]").count() == 1


def test_without_the_script_everything_is_there(look: Look) -> None:
    page = look.at(drift_page(), script=False)
    assert not page.locator("#tools").is_visible()
    fields = page.locator("details table").first
    assert fields.is_visible()
    page.locator("summary").first.click()
    assert not fields.is_visible()


def test_on_paper_what_is_closed_is_there_too(look: Look) -> None:
    page = look.at(plan_page(), script=False)
    closed = page.locator("details:not([open]) li").first
    assert closed.count() == 1
    assert not closed.is_visible()
    page.emulate_media(media="print")
    assert closed.is_visible()
