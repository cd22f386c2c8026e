"""Secrets in texts: found in every encoding and cut, not where chance alone put the same characters."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree as ET

import pytest

from realmctl.config.loader import load
from realmctl.engine.plan.value_text import json_safe
from realmctl.model.output import register_environment, safe
from realmctl.model.redaction import HIDDEN, redact, register
from realmctl.model.secret import Secret
from realmctl.model.unsafe_characters import visible

SHAPES = {
    "plain": "kestrel9Q7tVw2LmZx4",
    "special": "k\"e's\\t<r>&e%l üç$x#{|}`/9Q7tVw2L",
    "lines": "first-line-9Q7tVw\nsecond-line-2LmZx4",
    "long": "9Q7tVw2LmZx4" * 20,
    "short": "q7Zw9",
}


def attribute(value: str) -> str:
    return ET.tostring(ET.Element("a", title=value), encoding="unicode")


def element(value: str) -> str:
    made = ET.Element("a")
    made.text = value
    return ET.tostring(made, encoding="unicode")


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "json": json.dumps,
    "json unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "json in json": lambda value: json.dumps(json.dumps(value)),
    "html": html.escape,
    "xml attribute": attribute,
    "xml text": element,
    "percent": lambda value: quote(value, safe=""),
    "path": quote,
    "form": quote_plus,
    "repr": repr,
    "ascii": ascii,
    "shell": shlex.quote,
    "made visible": visible,
    "visible in json": lambda value: json.dumps(visible(value)),
    "yaml": lambda value: "'" + value.replace("'", "''") + "'",
    "one line": lambda value: " ".join(value.split()),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_is_found_in_every_encoding(shape: str, encoding: str) -> None:
    value = SHAPES[shape]
    written = ENCODINGS[encoding](value)
    register(value)
    shown = redact(f"the role {written} is there")
    assert HIDDEN in shown
    assert written.strip("'\"<>/a ") not in shown
    assert "9Q7tVw" not in shown


@pytest.mark.parametrize("before", ["", "a", "ab", "client-id:"])
@pytest.mark.parametrize("shape", ["plain", "special", "lines", "long"])
def test_a_secret_is_found_in_base64(before: str, shape: str) -> None:
    value = SHAPES[shape]
    register(value)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        written = encode(f"{before}{value}!".encode()).decode()
        shown = redact(f"Authorization: Basic {written}")
        assert HIDDEN in shown
        assert len(shown) < len("Authorization: Basic ") + len(before) * 2 + len(HIDDEN) + 8


@pytest.mark.parametrize("shape", ["plain", "long"])
def test_the_beginning_of_a_cut_secret_is_hidden(shape: str) -> None:
    value = SHAPES[shape]
    register(value)
    assert redact(f"'{value[:15]}…'") == f"'{HIDDEN}…'"
    assert redact(f"'{value[:11]}…'") == f"'{value[:11]}…'"


def test_what_is_public_stays() -> None:
    for value in ("${vault.key}", "$(env:A_SECRET)", "admin", "**********", "", "(secret)"):
        register(value)
        assert redact(f"is {value}!") == f"is {value}!"


def test_a_short_word_is_hidden_where_it_stands_alone() -> None:
    register("tiger")
    register("2024")
    register("abc")
    assert redact("tiger, tigers, x-tiger: 2024 in 20245") == f"{HIDDEN}, tigers, x-{HIDDEN}: {HIDDEN} in 20245"
    assert (redact("abc"), redact("abc d")) == (HIDDEN, "abc d")


def test_one_secret_inside_another_and_one_behind_the_other() -> None:
    for value in ("canary-a", "canary-a-longer", "aaaaaaaX"):
        register(value)
    assert redact("canary-a-longercanary-a") == HIDDEN * 2
    assert redact("aaaaaaaaX") == f"a{HIDDEN}"


def test_those_registered_later_are_found_too() -> None:
    for number in range(12):
        register(f"secret-number-{number}-x")
        assert redact(f"is secret-number-{number}-x") == f"is {HIDDEN}"
    assert redact("secret-number-0-x secret-number-11-x") == f"{HIDDEN} {HIDDEN}"


def test_every_secret_made_is_hidden_and_every_token() -> None:
    Secret("canary-made")
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARYsignature"
    assert redact(f"canary-made {token}") == f"{HIDDEN} {HIDDEN}"


def test_what_the_files_say_themselves_hides_nothing(tmp_path: Path) -> None:
    """Or an author could hide from a reviewer what is granted: by a secret with the same text."""
    file = tmp_path / "realm.yaml"
    file.write_text(
        "realm: one\nroles: {platform-admin: null}\nclients:\n"
        "  a: {secret: '$(env:NOT_SET_SECRET:-platform-admin)'}\n  b: {secret: '$(env:B_SECRET:-platform-admin)'}\n"
        "  c: {secret: '$(var:name)'}\n",
        encoding="utf-8",
    )
    load([file], environ={"B_SECRET": "from-outside-x"}, variables={"name": "orders-approver"})
    told = "platform-admin from-outside-x orders-approver"
    assert redact(told) == f"platform-admin {HIDDEN} orders-approver"


def test_json_stays_json() -> None:
    register("48151623")
    register("ncanary-n")
    register("u00e9-canary")
    # As JSON, the second secret stands across the escape `\n`, and the third inside `\u00e9`.
    document = json.dumps({"a\ncanary-n": ["\u00e9-canary"], "of": 1.5})
    assert json.loads(json_safe(document)) == {f"a{HIDDEN}": [HIDDEN], "of": 1.5}
    assert json.loads(json_safe('{"pin": 48151623, "of": 1.5}')) == {"pin": HIDDEN, "of": 1.5}


def test_the_environments_secrets_are_known() -> None:
    register_environment(
        {
            "KEYCLOAK_PASSWORD": "q7Zw9",
            "SOME_TOKEN": "canary-token",
            "OTHER_TOKEN": "prod",
            "A_TOKEN_FILE": "/var/run/canary",
            "PWD": "/srv/canary",
            "HTTPS_PROXY": "http://ann:canary%2Fpw@proxy:3128",
        }
    )
    told = "q7Zw9 canary-token prod /var/run/canary /srv/canary canary/pw canary%2Fpw"
    assert redact(told) == f"{HIDDEN} {HIDDEN} prod /var/run/canary /srv/canary {HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("a\n  ::set-output name=x::y", "a\n  \\x3a:set-output name=x::y"),
        ("a\n\u00a0::error::", "a\n\u00a0\\x3a:error::"),
        ("see a::b", "see a::b"),
        ("x ##vso[task.setvariable]y", r"x \x23#vso[task.setvariable]y"),
        ("###[error]", r"#\x23#[error]"),
        ("##teamcity[x]", r"\x23#teamcity[x]"),
        ("## heading", "## heading"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[0Ksection_start:1:x\r\x1b[0K", r"\x1b[0Ksection_start:1:x\x0d\x1b[0K".replace(r"\x0d", r"\r")),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\u202eb\u2066c\u200bd\u2028e\ud800f\U000e0041", r"a\u202eb\u2066c\u200bd\u2028e\ud800f\U000e0041"),
        ("a\rb\x85c\x9bd", r"a\rb\x85c\x9bd"),
    ],
)
def test_no_text_is_a_command_to_a_log_or_deceives(text: str, shown: str) -> None:
    assert safe(text) == shown
    assert safe(shown) == shown


def test_json_keeps_its_meaning() -> None:
    value = "##vso[x]\n\u202e\U000e0041\ud800"
    written = json_safe(json.dumps({"a": value}, ensure_ascii=False))
    assert written.isascii()
    assert "##vso" not in written
    assert json.loads(written)["a"] == value
