"""Rules about the realm's keys: who can sign tokens, and what stops to be good when a key goes.

Must not know about: single clients' keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, number, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

KEYS = "keys"
_BROUGHT = frozenset({"rsa", "rsa-enc", "java-keystore"})
"""Providers whose key comes from outside: anyone who had it can sign, too."""
_BROUGHT_KEYS = ("privateKey", "certificate", "keystore", "keyAlias", "keystorePassword", "keyPassword", "keystoreType")


_ALGORITHMS = ("algorithm", "ecdsaEllipticCurveKey", "eddsaEllipticCurveKey", "ecdhEllipticCurveKey", "ecdhAlgorithm",
               "keyUse")  # fmt: skip


def _providers(view: RealmView) -> Iterator[Address]:
    return (one for one in view.of("component") if one.names[0] == KEYS)


def _works(view: RealmView, key: Address) -> bool:
    config = view.get(key, "config") or {}
    return key in view and all(is_true(config.get(one), default=True) for one in ("enabled", "active"))


def _priority(view: RealmView, key: Address) -> float:
    return number(view.get(key, "config", "priority")) or 0


def _foreign(t: Transition) -> Iterator[Found]:
    for key in t.of("component"):
        if key.names[0] != KEYS or not _works(t.after, key):
            continue
        kind = t.after.said(key, "providerId")
        moved = [one for one in _BROUGHT_KEYS if plain(t.before.get(key, "config", one)) != plain(
            t.after.get(key, "config", one))]  # fmt: skip
        fresh = not _works(t.before, key) or t.before.said(key, "providerId") != kind
        if kind in _BROUGHT and (fresh or moved):
            told = say("Anyone who holds the private key of {name} can make up tokens of this realm.", name=key.name)
            yield Found(C, told, key)
        elif fresh and _first(t, key):
            yield Found(M, say("New tokens are signed with another key: {name}.", name=key.name), key)


def _first(t: Transition, key: Address) -> bool:
    others = [_priority(t.before, one) for one in _providers(t.before) if one != key and _works(t.before, one)]
    return _priority(t.after, key) >= max(others, default=0)


def _gone(t: Transition) -> Iterator[Found]:
    for key in (one for one in t.changed if one.kind == "component" and one.names[0] == KEYS):
        if not _works(t.before, key):
            continue
        if key not in t.after or not is_true(t.after.get(key, "config", "enabled"), default=True):
            how = "is gone" if key not in t.after else "is off"
            told = say(f"The key {{name}} {how}: what it signed is refused, and everybody has to log in again.",
                       name=key.name)  # fmt: skip
            yield Found(H, told, key)
        elif not _works(t.after, key):
            yield Found(M, say("The key {name} signs nothing any more.", name=key.name), key, ("config", "active"))
        elif _priority(t.after, key) != _priority(t.before, key):
            told = say("Another key may sign new tokens: {name} has another priority.", name=key.name)
            yield Found(M, told, key, ("config", "priority"))


def _weaker(t: Transition) -> Iterator[Found]:
    for key in t.of("component"):
        if key.names[0] != KEYS:
            continue
        for field in ("keySize", "secretSize"):
            old, new = (number(view.get(key, "config", field)) for view in (t.before, t.after))
            is_rsa = t.after.said(key, "providerId").startswith(("rsa", "java"))
            low = field == "keySize" and new is not None and new < 2048 and is_rsa
            if new is not None and ((old is not None and new < old) or (low and t.is_new(key))):
                yield Found(H, say("The key {name} is shorter, and easier to break.", name=key.name), key,
                            ("config", field))  # fmt: skip
        old_kind, kind = (plain(one) for one in t.pair(key, "providerId"))
        if kind.startswith("hmac") and old_kind and not old_kind.startswith("hmac"):
            told = say(
                "The key {name} is a shared secret now: anyone who checks with it can sign with it.", name=key.name
            )
            yield Found(H, told, key, ("providerId",))
        for field in _ALGORITHMS:
            old_alg, alg = (plain(one) for one in t.pair(key, "config", field))
            if old_alg and alg != old_alg:
                told = say("The key {name} is of another sort: {alg}.", name=key.name, alg=alg or "the default")
                yield Found(M, told, key, ("config", field))


RULES = (
    DangerRule(
        "key-brought",
        C,
        "Tokens may be signed with a key from outside",
        "A private key that comes from a file is known where the file was: anyone who has it can make up tokens that "
        "every "
        "service takes, also where the key does not sign first. A new generated key that signs first is medium.",
        "Let Keycloak generate keys (`rsa-generated`).",
        _foreign,
        ("component.providerId", *(f"component.config.{key}" for key in (*_BROUGHT_KEYS, "ecGenerateCertificate"))),
    ),
    DangerRule(
        "key-gone",
        H,
        "A key is taken away",
        "Tokens and sessions that a key signed are refused without it. Keycloak's way is to leave an old key passive "
        "until what it signed has ended.",
        "Write `active: false` first, and take the key away after the longest session.",
        _gone,
        ("component.config.enabled", "component.config.active", "component.config.priority"),
    ),
    DangerRule(
        "key-weaker",
        H,
        "A key is weaker",
        "A shorter key is easier to break. A shared secret lets everybody who checks tokens sign them, too.",
        "Keep RSA keys at 2048 bits or more.",
        _weaker,
        tuple(f"component.config.{key}" for key in ("keySize", "secretSize", *_ALGORITHMS)),
    ),
)
