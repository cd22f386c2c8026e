"""A message about drift to a webhook: in its form, and not the same one again too soon.

Must not know about: where the memory is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from realmctl.model.drift import RealmDrift
from realmctl.model.secret import Secret
from realmctl.render.drift_message import form_of, message
from realmctl.render.notify import history
from realmctl.render.notify.post import post

OPTION, VARIABLE = "--webhook", "REALMCTL_WEBHOOK"


def tell(
    url: Secret,
    form: str,
    found: Sequence[RealmDrift],
    told: history.Memory,
    *,
    now: datetime,
    every: timedelta,
    link: str = "",
) -> history.Memory:
    """Sends what is new, if anything is; answers what is to be remembered from now on.

    `form` "auto" goes by the address. Raises RealmctlError where it could not be told, and is not to be remembered.
    """
    news = history.news(found, told, now=now, every=every)
    if news.any:
        chosen = form_of(url.reveal()) if form == "auto" else form
        post("The webhook", url, message(chosen, news.wrong, news.well, link=link))
    return news.memory
