"""Rules about how long things are good for: tokens, sessions, links in mails, and what was revoked.

Must not know about: what is in a token.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from realmctl.analysis.danger.rule import DangerRule, Found, name_text, say
from realmctl.analysis.danger.settings import Judge, Row, lowered, raised, spoken_duration, table, turned_off, turned_on
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import duration, number
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_REALM = Address("realm")


def longer(over: float, *, zero: float = 0, endless: bool = False) -> Judge:
    """Judge a lifetime: high above `over`, else medium. `zero` is what 0 and an absent value stand for.

    `endless`: a negative number is as long as the session.
    """

    def judge(old: Any, new: Any) -> Severity | None:
        was, now = (number(value) or zero for value in (old, new))
        was, now = (inf if endless and value < 0 else value for value in (was, now))
        return (H if now > over else M) if now > was else None

    return judge


def _row(field: str, over: float, told: str, *, zero: float = 0, judge: Judge | None = None) -> Row:
    return Row("realm", field, judge or longer(over, zero=zero), told, unsaid=0, shown=spoken_duration)


def _token_row(field: str, told: str) -> Row:
    """Return the row of a token's lifetime, of which -1 is as long as the session."""
    return Row("realm", field, longer(15 * _MINUTE, endless=True), told, unsaid=0, shown=_token_duration)


def _token_duration(value: Any) -> str:
    return "as long as the session" if (number(value) or 0) < 0 else spoken_duration(value)


_OVERRIDES: tuple[tuple[str, str, float, str], ...] = (
    ("access.token.lifespan", "accessTokenLifespan", 15 * _MINUTE, "Access tokens of client {name} live"),
    ("client.session.max.lifespan", "ssoSessionMaxLifespan", _DAY, "Sessions at client {name} last"),
    ("client.session.idle.timeout", "ssoSessionIdleTimeout", _DAY, "Unused sessions at client {name} last"),
    (
        "client.offline.session.max.lifespan", "offlineSessionMaxLifespan", 90 * _DAY,
        "Offline sessions at client {name} last",
    ),
    (
        "client.offline.session.idle.timeout", "offlineSessionIdleTimeout", 60 * _DAY,
        "Unused offline sessions at client {name} last",
    ),
    ("saml.assertion.lifespan", "accessTokenLifespan", 15 * _MINUTE, "SAML assertions for client {name} live"),
)  # fmt: skip


def _of_clients(t: Transition) -> Iterator[Found]:
    """The lifetimes that clients have of their own; without one, the realm's is what counts."""
    for client in t.of("client"):
        for key, setting, over, told in _OVERRIDES:
            values = []
            for view in (t.before, t.after):
                own = number(view.get(client, "attributes", key))
                values.append(own or number(view.realm(setting)) or 0)
            was, now = values
            own = number(t.after.get(client, "attributes", key))
            if own is None or own == number(t.before.get(client, "attributes", key)):
                continue
            endless = own < 0
            if endless or now > was:
                severity = H if endless or now > over else M
                spoken = "as long as the session" if endless else duration(now)
                sentence = say(f"{told} {spoken} instead of {duration(was)}.", name=name_text(client))
                yield Found(severity, sentence, client, ("attributes", key))


def _revoked(t: Transition) -> Iterator[Found]:
    """Tokens that were revoked (`notBefore`) and are good again."""
    for address in t.of("realm", "client"):
        was, now = (number(value) or 0 for value in t.pair(address, "notBefore"))
        if now < was:
            whose = say("of client {name} ", name=address.name) if address.names else ()
            yield Found(H, ("Tokens ", *whose, "that were revoked are good again: notBefore is lowered."), address,
                        ("notBefore",))  # fmt: skip


RULES = (
    table(
        "token-lifetime-longer",
        H,
        "Access tokens live longer",
        "Nobody can call an access token back: a stolen one, and rights that were withdrawn, hold until it ends. High "
        "where it lives longer than 15 minutes, else medium.",
        "Keep access tokens at 15 minutes or less; a client renews them by itself.",
        _token_row("accessTokenLifespan", "Access tokens live {new} instead of {old}."),
        _token_row(
            "accessTokenLifespanForImplicitFlow", "Access tokens of the implicit flow live {new} instead of {old}."
        ),
        _row("accessCodeLifespan", 5 * _MINUTE, "A login code can be redeemed for {new} instead of {old}."),
        _row("oauth2DeviceCodeLifespan", 15 * _MINUTE, "A device code can be used for {new} instead of {old}."),
        Row(
            "realm",
            "attributes/cibaExpiresIn",
            longer(15 * _MINUTE),
            "A login request through another channel (CIBA) holds for {new} instead of {old}.",
            unsaid=120,
            shown=spoken_duration,
        ),
        Row(
            "realm",
            "attributes/parRequestUriLifespan",
            longer(10 * _MINUTE),
            "A pushed login request can be used for {new} instead of {old}.",
            unsaid=60,
            shown=spoken_duration,
        ),
    ),
    table(
        "session-lifetime-longer",
        H,
        "Sessions last longer",
        "People stay logged in, and what was withdrawn at an identity provider holds until they log in again. High "
        "beyond a day (30 days where people asked to be remembered, 90 days offline), else medium.",
        "Keep sessions at a working day.",
        _row("ssoSessionMaxLifespan", _DAY, "People stay logged in for {new} instead of {old}."),
        _row("ssoSessionIdleTimeout", _DAY, "People who do nothing stay logged in for {new} instead of {old}."),
        _row("ssoSessionMaxLifespanRememberMe", 30 * _DAY, "People who are remembered stay logged in for {new}."),
        _row("ssoSessionIdleTimeoutRememberMe", 30 * _DAY, "Unused sessions of people who are remembered last {new}."),
        _row("offlineSessionIdleTimeout", 60 * _DAY, "Unused offline sessions last {new} instead of {old}."),
        _row("offlineSessionMaxLifespan", 90 * _DAY, "Offline sessions last {new} instead of {old}."),
        _row("clientSessionIdleTimeout", _DAY, "Unused sessions at clients last {new}."),
        _row("clientSessionMaxLifespan", _DAY, "Sessions at clients last {new}."),
        _row("clientOfflineSessionIdleTimeout", 60 * _DAY, "Unused offline sessions at a client: {new}."),
        _row("clientOfflineSessionMaxLifespan", 90 * _DAY, "Offline sessions at clients last {new}."),
        _row(
            "accessCodeLifespanLogin", 2 * _HOUR, "A login that was begun can be finished for {new} instead of {old}."
        ),
        _row("accessCodeLifespanUserAction", _HOUR, "A step of a login can be finished for {new} instead of {old}."),
        Row("realm", "offlineSessionMaxLifespanEnabled", turned_off(H), "Offline sessions have no end any more."),
        Row("realm", "rememberMe", turned_on(M), "People may stay logged in after they close the browser."),
    ),
    DangerRule(
        "client-lifetime-longer",
        H,
        "Tokens or sessions of one client live longer",
        "A client's own lifetime wins over the realm's. High beyond 15 minutes for access tokens, a day for sessions, "
        "90 days offline, and for a lifetime without end; else medium.",
        "Leave the client's own lifetime out, and the realm's holds.",
        _of_clients,
        tuple(f"client.attributes.{key}" for key, *_ in _OVERRIDES),
    ),
    table(
        "link-lifetime-longer",
        H,
        "Links in mails work longer",
        "A link that resets a password or proves an address is a login by itself: it works for everybody who reads the "
        "mail. High beyond an hour for links that people ask for, 3 days for those that administrators send.",
        "Keep links that people ask for at some minutes.",
        _row("actionTokenGeneratedByUserLifespan", _HOUR, "Links that people ask for work for {new} instead of {old}."),
        _row(
            "actionTokenGeneratedByAdminLifespan",
            3 * _DAY,
            "Links that administrators send work for {new} instead of {old}.",
        ),
        *(
            Row(
                "realm",
                f"attributes/actionTokenGeneratedByUserLifespan.{action}",
                longer(_HOUR),
                "Links of one kind ({name}) work for {new} instead of {old}.".replace("{name}", action),
                unsaid=300,
                shown=spoken_duration,
            )
            for action in ("reset-credentials", "verify-email", "execute-actions", "idp-verify-account-via-email")
        ),
    ),
    table(
        "refresh-token-reuse",
        H,
        "Refresh tokens can be used again",
        "A refresh token that is good for one use shows its theft: the thief or the owner is refused. Without that, a "
        "stolen one works as long as the session.",
        "Write `revokeRefreshToken: true` and `refreshTokenMaxReuse: 0`.",
        Row("realm", "revokeRefreshToken", turned_off(H), "A stolen refresh token works as long as the session."),
        Row("realm", "refreshTokenMaxReuse", raised(H), "A refresh token works {new} times more instead of {old}.", 0),
        Row(
            "client",
            "attributes/client_credentials.use_refresh_token",
            turned_on(M),
            "The service account of client {name} gets refresh tokens, which outlive its secret.",
        ),
        Row(
            "realm",
            "oauth2DevicePollingInterval",
            lowered(M, under=5),
            "Device codes can be tried every {new} instead of {old}.",
            unsaid=5,
            shown=spoken_duration,
        ),
    ),
    DangerRule(
        "revocation-lifted",
        H,
        "Revoked tokens are good again",
        "`notBefore` is the moment before which tokens are refused. An earlier one lifts a revocation.",
        "Leave `notBefore` as it is; a new revocation is a later moment.",
        _revoked,
        ("realm.notBefore", "client.notBefore"),
    ),
)
