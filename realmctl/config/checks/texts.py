"""What is wrong with a text of a certain syntax: a URL, a regular expression, a certificate. Pure.

By experiment (26.7.3). Must not know about: which field it is, files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from realmctl.keycloak.catalog import syntaxes

Wrong = tuple[str, str]
"""What is wrong, as the end of a sentence that begins with the key; and what to write."""

_NOT_IN_URLS = re.compile(r"[\s<>\"{}|\\^`]")
_SCRIPTS = ("javascript", "data")
"""What Keycloak refuses; it takes vbscript, which no browser runs any more."""
_WEB = ("http", "https")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_DER = re.compile(r"M[A-Z][A-Za-z0-9+/]{30,}={0,2}")
_PEM = re.compile(r"-----(BEGIN|END)[^-]*-----")


def wrong_text(syntax: str, text: str) -> Wrong | None:
    """What is wrong with a text, or None. A text with Keycloak's own `${…}` in it passes."""
    check = _CHECKS.get(syntax)
    return check(text) if check and text and "${" not in text else None


def web_url(text: str) -> Wrong | None:
    """An absolute URL of http or https."""
    advice = "write a URL such as https://idp.example.com/path"
    if found := _characters(text):
        return found
    parts = _parts(text)
    if parts is None or parts.scheme not in _WEB or not parts.hostname:
        return f"is a URL of http or https, and '{text}' is none", advice
    return None


def address(text: str) -> Wrong | None:
    """A URL, or a path that begins with a slash."""
    found = link(text)
    if found or text.startswith("/") or (parts := _parts(text)) is None or parts.scheme:
        return found
    return f"is a URL, and '{text}' has no scheme", "write https://HOST/…, or a path that begins with a slash"


def link(text: str) -> Wrong | None:
    """Anything that a browser may follow and that runs nothing."""
    if found := _characters(text):
        return found
    parts = _parts(text)
    if parts is None:
        return f"is a URL, and '{text}' is none", "write a URL such as https://app.example.com/"
    if parts.scheme in _SCRIPTS:
        return f"has the scheme {parts.scheme}, which Keycloak refuses", "write a URL of https"
    return None


def regex(text: str) -> Wrong | None:
    """A regular expression, as far as both Java and Python have it."""
    try:
        re.compile(text)
    except re.error as error:
        # Java has what Python has not (possessive quantifiers, \p{…}): only brackets are the same in both.
        if "\\" not in text and _unbalanced(text):
            return f"is no regular expression: {error}", "escape brackets that are meant as such: \\( \\["
    except (OverflowError, RecursionError):
        return None
    return None


def certificate(text: str) -> Wrong | None:
    """A certificate in PEM, with or without its first and last line: base64 of DER."""
    return None if _is_der(text) else ("is no certificate", "write its PEM, the text between BEGIN and END CERTIFICATE")


def public_key(text: str) -> Wrong | None:
    """A public key in PEM, or a JSON Web Key."""
    if text.lstrip().startswith("{"):
        return _json(text)
    return None if _is_der(text) else ("is no public key", "write its PEM, or a JSON Web Key")


def email(text: str) -> Wrong | None:
    """One e-mail address."""
    if _EMAIL.fullmatch(text):
        return None
    return f"is one e-mail address, and '{text}' is none", "write an address such as login@example.com"


def _characters(text: str) -> Wrong | None:
    found = _NOT_IN_URLS.search(text)
    if found is None:
        return None
    told = "a blank" if found[0].isspace() else found[0]
    return f"is no URL: it has {told} in it", "write %20 for a blank, and other such characters alike"


def _parts(text: str) -> SplitResult | None:
    try:
        return urlsplit(text)
    except ValueError:
        return None


def _unbalanced(text: str) -> bool:
    open_ones: list[str] = []
    for character in text:
        inside = bool(open_ones) and open_ones[-1] == "["
        if character == "]" and inside:
            open_ones.pop()
        elif character in "([" and not inside:
            open_ones.append(character)
        elif character == ")" and not inside and (not open_ones or open_ones.pop() != "("):
            return True
    return bool(open_ones)


def _is_der(text: str) -> bool:
    """Whether it looks like base64 of DER: a sequence, which begins with these letters. It is not decoded."""
    return _DER.fullmatch("".join(_PEM.sub("", text).split())) is not None


def _json(text: str) -> Wrong | None:
    try:
        json.loads(text)
    except ValueError:
        return "is JSON, and Keycloak can't read this", "write it as a map"
    return None


def _ldap_urls(text: str) -> Wrong | None:
    for one in text.split():
        parts = _parts(one)
        if parts is None or parts.scheme not in ("ldap", "ldaps"):
            return f"is a URL of ldap or ldaps, and '{one}' is none", "write ldaps://directory.example.com"
    return None


def _ldap_filter(text: str) -> Wrong | None:
    plain = text.strip()
    if plain.startswith("(") and plain.endswith(")") and plain.count("(") == plain.count(")"):
        return None
    return f"is an LDAP filter in brackets, and '{text}' is none", f"write ({plain.strip('()')})"


def _levels(text: str) -> Wrong | None:
    try:
        levels = json.loads(text)
    except ValueError:
        return None  # of which the type tells
    entries = levels.items() if isinstance(levels, dict) else [("", "")]
    if all(str(level).lstrip("-").isdigit() and not isinstance(level, bool) for _, level in entries):
        return None
    return "maps names to whole numbers", "write it as {silver: 1, gold: 2}"


def _port(text: str) -> Wrong | None:
    if text.strip().isdigit() and not 0 < int(text) <= _LAST_PORT:
        return f"is a port, and {text} is none", f"write a number from 1 to {_LAST_PORT}"
    return None


_LAST_PORT = 65535

_CHECKS: Mapping[str, Callable[[str], Wrong | None]] = {
    syntaxes.WEB: web_url,
    syntaxes.ADDRESS: address,
    syntaxes.LINK: link,
    syntaxes.REGEX: regex,
    syntaxes.CERTIFICATE: certificate,
    syntaxes.PUBLIC_KEY: public_key,
    syntaxes.EMAIL: email,
    syntaxes.LDAP_URLS: _ldap_urls,
    syntaxes.LDAP_FILTER: _ldap_filter,
    syntaxes.LEVELS: _levels,
    syntaxes.PORT: _port,
}
SYNTAXES = frozenset(_CHECKS)
"""What can be checked of a text."""
