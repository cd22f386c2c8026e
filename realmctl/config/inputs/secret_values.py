"""Which values are secrets: by what their variable or file is called, and by what they look like. The one place.

The author of the pipeline names its variables; the author of a pull request only refers to them. So the value of an
environment variable is a secret unless its name plainly says otherwise. Must not know about: YAML, where values stand.
"""

from __future__ import annotations

import base64
import binascii
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_SECRET = """
    secret secrets password passwords passwd passphrase pass pwd pw passcode pin credential credentials cred
    creds token tokens key keys apikey private bearer jwt otp totp salt pepper hmac seed signature sig cookie
    webhook hook hooks dsn sas connectionstring netrc keystore
"""
_SECRET_WORDS = frozenset(_SECRET.split())
"""A name with one of these words in it may hold a secret."""

_PUBLIC = """
    id ids guid uuid url urls uri uris host hosts hostname domain domains address issuer authority endpoint
    origin origins port path prefix suffix name names username realm stage environment env region zone cluster
    namespace tenant team owner customer label title description version locale language theme level mode limit
    count size email mail from contact audience audiences scope scopes role roles group groups alias base dn
    color thumbprint fingerprint certificate enabled disabled user users login fqdn ip subdomain server service sender
    company organization department country currency timezone
"""
_PUBLIC_WORDS = frozenset(_PUBLIC.split())
"""A name that ends in one of these says that it holds no secret."""

_MEASURES = frozenset(
    {"lifespan", "lifetime", "timeout", "ttl", "seconds", "minutes", "hours", "days", "length", "policy", "interval"}
)
"""A name that ends in one of these is of a measure, whatever it measures: TOKEN_LIFESPAN."""

_PUBLIC_PAIRS = frozenset({("public", "key"), ("public", "keys"), ("public", "certificate"), ("key", "id")})


def is_telling(name: str) -> bool:
    """Return whether a name (`env:API_TOKEN`, `file:.secrets/api`) says that it holds a secret."""
    source, _, rest = name.partition(":")
    if source != "file":
        return _says_secret(rest)
    *folders, file = rest.split("/")
    return any(map(_says_secret, folders)) or _says_secret(file.rsplit(".", 1)[0] or file)


def is_public_name(name: str) -> bool:
    """Return whether a variable's name plainly says that it holds no secret: ENTRA_TENANT_ID, APPS_HOST, stage."""
    words = _words(name)
    if not words or _says_secret(name):
        return False
    return words[-1] in _PUBLIC_WORDS | _MEASURES or tuple(words[-2:]) in _PUBLIC_PAIRS


def _says_secret(name: str) -> bool:
    words = _words(name)
    if not words or words[-1] in _MEASURES or tuple(words[-2:]) in _PUBLIC_PAIRS:
        return False
    return any(word in _SECRET_WORDS for word in words)


def _words(name: str) -> list[str]:
    """The words of a name, without the numbers and the age at its end (API_KEY_2, TOKEN_OLD)."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in ("old", "new", "next", "value", "text")):
        words.pop()
    return words


_SECRET_CONTENT = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"  # PEM, of whatever algorithm; PGP too
    r"|PuTTY-User-Key-File|AGE-SECRET-KEY-1"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"  # a signed JWT
    r"|\beyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]+"  # an encrypted one
    r"|\"(?:d|p|q|dp|dq|qi|k)\"\s*:\s*\"[\w-]{16,}"  # a private JWK
    r"|\"private_key\"\s*:|\"client_secret\"\s*:|\"client_key\"\s*:|client-key-data\s*:"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bgl[a-z]{2,6}-[\w-]{20,}"
    r"|\bxox[a-z]-[\w-]{10,}|\bAIza[\w-]{30,}|\b[sr]k_(?:live|test)_\w{10,}|\bhv[sbr]\.[\w-]{20,}|\bnpm_\w{30,}"
    r"|\bdop_v1_\w{30,}|\bpypi-\w{16,}"
    r"|(?m:^\s*machine\s+\S+[\s\S]{0,200}?\bpassword\s+\S)|_authToken\s*=|\bx-access-token:"
    r"|[Aa]uthorization:\s*(?:[Bb]asic|[Bb]earer)\s+\S{8,}"
    r"|[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@]*:[^\s/?#@]+@"  # an address with a password
    r"|hooks\.slack\.com/services/|/api/webhooks/|webhook\.office\.com/|api\.telegram\.org/bot"
    r"|[?&](?:sig|signature|token|access_token|key|api_?key|secret|password|code)=[^&\s]{8,}"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{60,}={0,2}\s*")
_PUBLIC_CONTENT = re.compile(
    r"\s*(?:-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----[A-Za-z0-9+/=\s]+-----END [A-Z ]+-----\s*)+"
)
_PASSWORD_BASED = (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c")
"""The algorithms of PKCS#5 and PKCS#12 that encrypt a key with a password."""


def is_secret_content(text: str) -> bool:
    """Return whether a text is plainly a credential: a private key, a JWT, a token of a known form."""
    if len(text) < 16:
        return False
    return bool(_SECRET_CONTENT.search(text)) or (text[:1] == "M" and _is_private_der(text))


def is_address(text: str) -> bool:
    """Return whether a text has an address in it, whose host a reviewer has to see where the files name it."""
    return "://" in text


def is_public_content(text: str) -> bool:
    """Return whether a text is nothing but certificates and public keys, in PEM."""
    return bool(_PUBLIC_CONTENT.fullmatch(text)) and not is_secret_content(text)


def _is_private_der(text: str) -> bool:
    """Whether a text is the base64 of a private key or a PKCS#12 store, without PEM's lines around it.

    Each begins with a small number, its version, where a certificate and a public key have none.
    """
    if not _BASE64.fullmatch(text):
        return False
    try:
        data = base64.b64decode("".join(text.split()))
    except binascii.Error:
        return False
    if data[:1] != b"\x30" or len(data) < 4:
        return False
    inner = data[2 + (data[1] & 0x7F if data[1] & 0x80 else 0) :]
    if inner[:2] == b"\x02\x01" and inner[2:3] in (b"\x00", b"\x01", b"\x03"):
        return True
    return inner[:1] == b"\x30" and any(inner[2:].startswith(one) for one in _PASSWORD_BASED)
