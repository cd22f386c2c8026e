"""Fields of the realm that Keycloak writes together, and fields that it changes along with others (26.7.3).

From `DefaultExportImportManager.updateRealm`, and by experiment: a live test changes each field by itself. Pure. Must
not know about: requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.keycloak.kinds.realm_settings import RealmSettings
from realmctl.model.secret import Secret

_PASSWORDLESS = "webAuthnPolicyPasswordless"


@dataclass(frozen=True, slots=True)
class Unit:
    """Fields of which a PUT that has some gives the others their defaults; where `always`, even one that has none."""

    fields: tuple[str, ...]
    always: bool = False


def _named(prefix: str, other: str = "-") -> Unit:
    names = RealmSettings.model_fields
    return Unit(tuple(name for name in names if name.startswith(prefix) and not name.startswith(other)))


REALM_UNITS = (
    # Keycloak keeps the settings of CIBA and of pushed requests among the attributes.
    Unit(("attributes", "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval"), always=True),
    _named("otpPolicy"),
    _named(_PASSWORDLESS),
    _named("webAuthnPolicy", _PASSWORDLESS),
)


CLIENT_SWITCHES = ("authorizationServicesEnabled", "frontchannelLogout")
"""Switches of a client that Keycloak turns off where a PUT does not carry them; the second one up to 26.4.7."""


def sent_with(units: tuple[Unit, ...], names: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that a request sends again because it changes the fields in `names`."""
    hit = (unit for unit in units if unit.always or not names.keys().isdisjoint(unit.fields))
    return tuple(dict.fromkeys(name for unit in hit for name in unit.fields))


_E_MAIL: Mapping[tuple[str, bool], tuple[tuple[str, bool], ...]] = {
    ("duplicateEmailsAllowed", True): (("loginWithEmailAllowed", False), ("registrationEmailAsUsername", False)),
    ("loginWithEmailAllowed", True): (("duplicateEmailsAllowed", False),),
    ("registrationEmailAsUsername", True): (("duplicateEmailsAllowed", False),),
}
"""A switch that is turned on, and the switches that Keycloak turns off with it."""
_MIRRORED = (
    "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval", "clientSessionIdleTimeout", "clientSessionMaxLifespan",
    "clientOfflineSessionIdleTimeout", "clientOfflineSessionMaxLifespan",
)  # fmt: skip
"""Settings that Keycloak shows among the attributes, too, with the same value."""
_TOKEN: tuple[str, ...] = ("authTokenUrl", "authTokenScope", "authTokenClientId", "authTokenClientSecret")
_BASIC: tuple[str, ...] = ("password",)
_LOGIN = ("user", "authType", *_BASIC, *_TOKEN)


def follows(want: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """Return what Keycloak changes along with the declared fields of a realm: path, new value, and the cause.

    The cause is a declared field, as `name: value`. Paths that the files declare otherwise are among them.
    """
    for (name, on), others in _E_MAIL.items():
        if want.get(name) is on:
            yield from (((other,), value, f"{name}: true") for other, value in others)
    yield from _mirrored(want.get("attributes") or {}, have.get("attributes") or {})
    yield from _mail(want, have)


def _mirrored(want: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    for key in _MIRRORED:
        text = want.get(key)
        if isinstance(text, str) and text.isdigit() and text != have.get(key):
            yield (key,), int(text), f"attributes.{key}: {text}"


def _mail(want: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    mail, live = want.get("smtpServer"), have.get("smtpServer") or {}
    # A realm that is made with them keeps them until somebody changes the mail server.
    if not isinstance(mail, Mapping) or all(_is_kept(value, live.get(key)) for key, value in mail.items()):
        return
    after = {**live, **mail}
    if str(after.get("auth")).lower() != "true":
        dropped: tuple[str, ...] = _LOGIN
        cause = "auth: false"
    elif after.get("authType") in (None, "basic"):
        dropped, cause = _TOKEN, "authType: basic"
    elif after.get("authType") == "token":
        dropped, cause = _BASIC, "authType: token"
    else:
        return
    yield from ((("smtpServer", key), None, cause) for key in dropped if key in after)


def _is_kept(value: Any, live: Any) -> bool:
    return bool(live) if isinstance(value, Secret) else (value or None) == (live or None)
