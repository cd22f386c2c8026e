"""Drift as a message for a chat: which objects, which fields, who. Values stay out: not everybody there may know them.

No text of a realm is read as markup by Slack or Teams. Must not know about: who sends it where, how often.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from realmctl.engine.plan.value_text import clean, cut, json_safe, named
from realmctl.model.drift import Deviation, RealmDrift, worst_of
from realmctl.render.change_lines import many
from realmctl.render.drift_json import json_
from realmctl.render.drift_text import GLYPHS, deed_line, first_line, state_of, summary

FORMS = ("slack", "teams", "json")
_REALMS, _FIELDS = 8, 6
_OBJECTS = (10, 5, 2, 0)
"""How many of each a message names; of objects fewer, where it would get too long."""
_BYTES = 24_000
"""Teams takes 28 KB in all, Slack 3,000 characters in a block."""
_LINE = 240


def form_of(url: str) -> str:
    """The form that an address takes, as far as its server tells; `json` for one that nobody knows."""
    host = urlsplit(url).hostname or ""
    if host == "slack.com" or host.endswith((".slack.com", ".slack-gov.com")):
        return "slack"
    # Workflows of Power Automate, and the connectors of Office that they replace.
    if host.endswith((".logic.azure.com", ".powerplatform.com", ".webhook.office.com", ".logic.azure.us")):
        return "teams"
    return "json"


def message(form: str, wrong: Sequence[RealmDrift], well: Sequence[RealmDrift], *, link: str = "") -> str:
    """The body of the request. `link` leads to the run that found it."""
    if form == "json":
        return json_([*wrong, *well])
    make = _slack if form == "slack" else _teams
    for objects in _OBJECTS:
        parts = [(clean(one.name), list(_lines(one, objects))) for one in (*wrong, *well)[:_REALMS]]
        more = len(wrong) + len(well) - _REALMS
        if more > 0:
            parts.append((f"and {many(more, 'realm')} more", []))
        body = json_safe(json.dumps(make(heading(wrong, well), parts, link), ensure_ascii=False))
        if len(body.encode()) <= _BYTES:
            break
    return body


def heading(wrong: Sequence[RealmDrift], well: Sequence[RealmDrift]) -> str:
    """`Keycloak drift (critical): 2 changed, 1 deleted`."""
    drift = [one for one in wrong if not one.error]
    blind = len(wrong) - len(drift)
    told = [summary(drift)] if drift else []
    if blind:
        told.append(f"{many(blind, 'realm')} could not be looked at")
    if not wrong:
        told.append(f"{many(len(well), 'realm')} as declared again")
    worst = worst_of(wrong)
    severity = f" ({worst[1].dangers[0].severity.value})" if worst else ""
    return f"Keycloak drift{severity}: {'; '.join(told)}"


def _lines(one: RealmDrift, objects: int) -> Iterator[str]:
    if one.error:
        yield cut(f"Could not be looked at: {clean(one.error.message)}", _LINE)
        return
    if not one.deviations:
        yield "As declared again."
    if first := first_line([one]):
        yield cut(first, _LINE)
    for deviation in one.deviations[:objects]:
        yield cut(_object(deviation), _LINE)
        for deed in deviation.trace.deeds[:1]:
            yield cut(f"    {deed_line(deed)}", _LINE)
    if len(one.deviations) > objects:
        yield f"… and {len(one.deviations) - objects:,} more"


def _object(one: Deviation) -> str:
    fields = [clean(field.path) for field in one.fields]
    more = f" and {len(fields) - _FIELDS} more" if len(fields) > _FIELDS else ""
    told = state_of(one) or ", ".join(fields[:_FIELDS]) + more
    return f"{GLYPHS[one.what]} {named(one.address)}{f': {told}' if told else ''}"


def _slack(title: str, parts: Sequence[tuple[str, Sequence[str]]], link: str) -> dict[str, Any]:
    """Blocks (api.slack.com/reference/block-kit/blocks) of plain text, in which nothing is a mention."""

    def plain(text: str, most: int) -> dict[str, Any]:
        return {"type": "plain_text", "text": cut(text, most - 40), "emoji": False}

    blocks: list[dict[str, Any]] = [{"type": "header", "text": plain(title, 150)}]
    blocks += [{"type": "section", "text": plain("\n".join([name, *lines]), 3000)} for name, lines in parts]
    if link:
        text = f"<{_escaped(link)}|The run that found it>"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": text}]})
    return {"text": _escaped(title), "blocks": blocks}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "%7C")


def _teams(title: str, parts: Sequence[tuple[str, Sequence[str]]], link: str) -> dict[str, Any]:
    """An adaptive card in a message, as Power Automate's workflows take it; of rich text, which is no markdown."""
    body: list[dict[str, Any]] = [_rich(title, weight="Bolder", size="Medium")]
    for name, lines in parts:
        body.append({**_rich(name, weight="Bolder"), "separator": True, "spacing": "Medium"})
        body += [{**_rich(line), "spacing": "None"} for line in lines]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "The run that found it", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _rich(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
