"""A webhook is told of drift once, in its own form, and neither its address nor any value gets around."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from realmctl.errors import RealmctlError, Unreachable, UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.drift import Deed, Deviation, RealmDrift, Trace, What
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render.drift_message import form_of, message
from realmctl.render.notify import history as notes
from realmctl.render.notify import post
from realmctl.render.notify.post import address
from realmctl.render.notify.webhook import Webhook, send_changes
from tests.support.listener import Listener

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
EVIL = "<!channel> *x* [a](http://b) @all\x1b\u202e"
CHANGED = Deviation(
    What.CHANGED,
    Address("client", (EVIL,)),
    (
        FieldChange("redirectUris", ["canary"], [f"canary{EVIL}"], Compare.SET),
        FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
    ),
    trace=Trace((Deed(NOW, "UPDATE", EVIL, through="security-admin-console"),)),
)
DRIFT = RealmDrift("shop", "here", "26.7.3", (CHANGED, Deviation(What.DELETED, Address("role", ("reader",)))))
BLIND = RealmDrift("gone", error=Unreachable("no answer", advice="wait"))
WELL = RealmDrift("well")


def told(
    url: str, found: list[RealmDrift], before: notes.Memory, *, hours: float = 0, form: str = "json"
) -> notes.Memory:
    return send_changes(Webhook(Secret(url, "x"), form), found, before, now=NOW + timedelta(hours=hours), every=DAY)


def realms(listener: Listener) -> list[list[str]]:
    return [[one["realm"] for one in json.loads(body)["realms"]] for body in listener.bodies]


def test_the_same_drift_is_told_once_a_day_another_one_at_once(listener: Listener) -> None:
    memory = told(listener.url, [DRIFT, BLIND, WELL], {})
    memory = notes.read(notes.memory_text(memory))
    memory = told(listener.url, [DRIFT, BLIND, WELL], memory, hours=23)
    assert realms(listener) == [["shop", "gone"]]
    memory = told(listener.url, [replace(DRIFT, deviations=(CHANGED,)), BLIND, WELL], memory, hours=23)
    assert realms(listener)[1:] == [["shop"]]
    memory = told(listener.url, [replace(DRIFT, deviations=(CHANGED,)), BLIND, WELL], memory, hours=25)
    assert realms(listener)[2:] == [["gone"]]
    memory = told(listener.url, [replace(DRIFT, deviations=()), replace(BLIND, error=None), WELL], memory, hours=26)
    assert realms(listener)[3:] == [["shop", "gone"]]
    assert memory == {}
    assert told(listener.url, [replace(DRIFT, deviations=()), WELL], memory, hours=27) == {}
    assert len(listener.got) == 4


def test_who_did_it_and_how_long_it_waited_make_no_other_drift_a_value_does() -> None:
    same = notes.fingerprint(DRIFT)
    assert (
        notes.fingerprint(
            replace(DRIFT, seconds=9, deviations=tuple(replace(one, trace=Trace()) for one in DRIFT.deviations))
        )
        == same
    )
    other = replace(CHANGED, fields=(FieldChange("redirectUris", ["canary"], ["else"], Compare.SET),))
    assert notes.fingerprint(replace(DRIFT, deviations=(other,))) != same
    assert notes.fingerprint(BLIND) == notes.fingerprint(replace(BLIND, error=Unreachable("no answer in 7 s")))
    assert "canary" not in notes.memory_text({"shop": notes.Told(same, NOW)})


def test_what_could_not_be_told_is_not_remembered(listener: Listener) -> None:
    listener.answers = [500]
    with pytest.raises(RealmctlError, match="refused what it was told"):
        told(listener.url, [DRIFT], {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format": 2, "told": {}}',
        '{"format": 1, "told": {"a": {"fingerprint": "x", "at": "2026-01-01"}}}',
        "\x00",
    ],
)
def test_a_damaged_memory_is_an_empty_one(text: str) -> None:
    assert notes.read(text) == {}


@pytest.mark.parametrize("form", ["slack", "teams"])
def test_a_chat_gets_names_and_who_and_no_value_and_no_markup(form: str) -> None:
    body = message(form, [DRIFT, BLIND], [], link="https://ci.example.com/run?a=1&b=2")
    assert "canary" not in body
    assert not {"\x1b", "\u202e"} & set(json.loads(json.dumps(body)))
    for part in (
        "1 changed, 1 deleted",
        "here / shop",
        "redirectUris, secret",
        "role reader: owned, not on the server",
        "no answer",
    ):
        assert part in body, part
    assert f"changed by {EVIL[:10]}" in body


def texts(value: Any) -> list[tuple[str, str]]:
    """Every text that is shown, with the type of what holds it."""
    if isinstance(value, dict):
        own = [(str(value.get("type")), value[key]) for key in ("text",) if isinstance(value.get(key), str)]
        return own + [found for item in value.values() for found in texts(item)]
    return [found for item in value for found in texts(item)] if isinstance(value, list) else []


def test_slack_takes_names_as_plain_text() -> None:
    document = json.loads(message("slack", [DRIFT] * 20, [], link="https://ci.example.com/run?a=1&b=<2"))
    for kind, text in texts(document["blocks"]):
        assert kind == "plain_text" or EVIL[:4] not in text
        assert len(text) <= 3000
    assert len(document["blocks"]) <= 50
    assert document["blocks"][-1]["elements"][0]["text"].startswith("<https://ci.example.com/run?a=1&amp;b=&lt;2|")
    assert document["text"] == "Keycloak drift: 20 changed, 20 deleted"


def test_teams_gets_a_card_in_a_message() -> None:
    body = message("teams", [DRIFT] * 20, [WELL], link="https://ci.example.com/")
    (attached,) = json.loads(body)["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attached["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {one["type"] for one in card["body"]} == {"RichTextBlock"}
    assert card["actions"][0]["url"] == "https://ci.example.com/"
    many = replace(DRIFT, deviations=(replace(CHANGED, address=Address("client", ("x" * 500,))),) * 99)
    assert len(message("teams", [many] * 99, []).encode()) < 28_000


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x?sig=y", "teams"),
        ("https://default1.environment.api.powerplatform.com/powerautomate/x?sig=y", "teams"),
        ("https://contoso.webhook.office.com/webhookb2/x", "teams"),
        ("https://slack.com.example.com/x", "json"),
        ("http://127.0.0.1:1/x", "json"),
    ],
)
def test_the_form_goes_by_the_server(url: str, form: str) -> None:
    assert form_of(url) == form


@pytest.mark.parametrize("status", [301, 400, 404, 429, 503])
def test_no_error_tells_the_address(listener: Listener, status: int) -> None:
    url = f"{listener.url}/services/T0/CANARY?sig=CANARY2"
    listener.answers, listener.says = [status], "no such /services/T0/CANARY?sig=CANARY2"
    listener.headers = {"Location": url, "Retry-After": "0"}
    with pytest.raises(RealmctlError) as caught:
        told(url, [DRIFT], {})
    assert "CANARY" not in f"{caught.value} {caught.value.advice}"
    assert listener.url in str(caught.value)
    assert len(listener.got) == (7 if status == 429 else 1)


def test_a_busy_webhook_is_waited_for(listener: Listener) -> None:
    listener.answers, listener.headers = [429, 200], {"Retry-After": "0"}
    told(listener.url, [DRIFT], {})
    assert len(listener.got) == 2


def test_one_that_never_answers_is_given_up_and_not_told_twice(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "SECONDS", 0.2)
    listener.patience = threading.Event()
    with pytest.raises(RealmctlError, match="gave no complete answer within"):
        told(f"{listener.url}/CANARY", [DRIFT], {})
    assert len(listener.got) == 1


def test_where_the_address_comes_from() -> None:
    def found(given: str | None, **environ: str) -> str | None:
        secret = address(given, "--webhook", "REALMCTL_WEBHOOK", environ)
        return secret.reveal() if secret else None

    assert found(None) is None
    assert found(None, REALMCTL_WEBHOOK="https://a/x\n") == "https://a/x"
    assert found("$(env:CHAT)", CHAT="https://b/", REALMCTL_WEBHOOK="https://a/") == "https://b/"
    assert found("", REALMCTL_WEBHOOK="https://a/") is None
    for wrong in ("CANARY", "ftp://CANARY", "https://", "http://[CANARY", "https://x:CANARY/"):
        with pytest.raises(UsageProblem) as caught:
            found(wrong)
        assert "CANARY" not in f"{caught.value} {caught.value.advice}"
    assert "CANARY" not in repr(address("https://CANARY/", "--webhook", "REALMCTL_WEBHOOK", {}))
