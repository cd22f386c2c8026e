"""A message about drift to a webhook: in its form, and not the same one again too soon.

Must not know about: where the memory is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from realmctl.model.drift import RealmDrift
from realmctl.model.secret import Secret
from realmctl.render.drift_message import form_of, message
from realmctl.render.notify import history
from realmctl.render.notify.post import post

OPTION, VARIABLE = "--webhook", "REALMCTL_WEBHOOK"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a message goes, and how: `form` "auto" goes by the address; `link` is a page that the message names."""

    url: Secret
    form: str
    link: str = ""


def send_changes(
    webhook: Webhook, found: Sequence[RealmDrift], told: history.Memory, *, now: datetime, every: timedelta
) -> history.Memory:
    """Send what is new, if anything is, and return what is to be remembered from now on.

    Raises RealmctlError where the message could not be sent, and is not to be remembered.
    """
    news = history.news(found, told, now=now, every=every)
    if news.any:
        form = form_of(webhook.url.reveal()) if webhook.form == "auto" else webhook.form
        post("The webhook", webhook.url, message(form, news.wrong, news.well, link=webhook.link))
    return news.memory
