"""The pages of `realmctl docs`: one for everything that may be written, true to the models, in three forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from realmctl.config.lint import RULES
from realmctl.config.loader.management_keys import Frame
from realmctl.config.macros import WORDS
from realmctl.errors import UsageProblem
from realmctl.keycloak.kinds.registry import kinds, model_of
from realmctl.render import reference_page
from realmctl.workflow.reference import language, page, rules, topics


@pytest.mark.parametrize("topic", topics())
def test_every_page_is_shown_in_every_form(topic: str) -> None:
    told = page(topic)
    assert told.summary or told.entries
    assert topic in reference_page.text(told)
    assert f"## {topic}" in reference_page.markdown(told)
    assert json.loads(reference_page.json_(told))["name"] == topic
    assert "\x1b[" not in reference_page.text(told)


def test_everything_that_may_be_written_has_a_page() -> None:
    declared = {name for name, one in kinds().items() if not one.is_link and one.field}
    assert {*WORDS, *Frame.model_fields, *declared, *RULES} <= set(topics())


@pytest.mark.parametrize("kind", language.kind_names())
def test_a_kind_tells_of_all_its_fields(kind: str) -> None:
    assert {one.name for one in page(kind).entries} == set(model_of(kind).model_fields)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_tells_of_all_its_keys(word: str) -> None:
    assert set(WORDS[word].model.model_fields) <= {one.name for one in page(word).entries}


FACTS = {
    "client.redirectUris": ("list of texts", "", "as a set: the whole list, in any order"),
    "client.attributes": ("map", "", "key by key; null asks for a key's absence"),
    "client.protocolMappers": ("map of maps by name", "", ""),
    "clients.secret": ("text", "", "as a secret: never shown, by value or fingerprint"),
    "accessTokenLifespan": ("number or duration (90s, 5m, 12h, 30d)", "", "as a whole"),
    "tokens.scope": ("text", "platform", ""),
    "tokens.claims.*.groups": ("one of names, paths", "", ""),
    "deletions.limit": ("number", "5", ""),
}


@pytest.mark.parametrize("topic", FACTS)
def test_type_default_and_comparison(topic: str) -> None:
    first = page(topic).entries[0]
    assert (first.type, first.default, first.compared) == FACTS[topic]


@pytest.mark.parametrize(
    ("topic", "near"),
    [("clint", "client"), ("pasword-grant", "password-grant"), ("client.redirectUri", "client.redirectUris")],
)
def test_a_slip_is_told_the_nearest_topic(topic: str, near: str) -> None:
    with pytest.raises(UsageProblem) as wrong:
        page(topic)
    assert f"Did you mean '{near}'?" in wrong.value.advice


@pytest.mark.parametrize("topic", [*language.words(), *language.kind_names()])
def test_an_example_is_yaml_and_stands_where_the_page_says(topic: str) -> None:
    told = page(topic)
    said = yaml.safe_load(told.example)
    for step in told.where.split(".") if told.where != "the top of a file" else ():
        said = said[next(iter(said)) if step == "*" else step]
    assert said or told.where.endswith("*")


def test_a_rule_says_what_its_page_in_the_docs_says() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8").split())
    for name in RULES:
        told = page(name)
        assert told.summary.rstrip(".") in text, name
        assert dict(told.paragraphs)["Instead"].rstrip(".") in text, name


def test_what_a_realm_may_accept_is_a_rule_with_a_page() -> None:
    assert "accept: [wildcard-redirect]" in reference_page.text(page("wildcard-redirect"))
    assert set(rules.names()) >= {"wildcard-redirect", "password-grant"}
