"""Where Keycloak is and as whom to log in: from flags and environment variables to one checked value.

Must not know about: HTTP, the command line's library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from realmctl.errors import UsageProblem
from realmctl.model.secret import Secret

VARIABLES = {
    "url": "KEYCLOAK_URL",
    "login_realm": "KEYCLOAK_REALM",
    "client_id": "KEYCLOAK_CLIENT_ID",
    "client_secret": "KEYCLOAK_CLIENT_SECRET",
    "user": "KEYCLOAK_USER",
    "password": "KEYCLOAK_PASSWORD",
    "assertion_file": "KEYCLOAK_JWT_TOKEN_FILE",
    "key_file": "KEYCLOAK_CLIENT_KEY_FILE",
    "public_url": "KEYCLOAK_PUBLIC_URL",
    "ca": "KEYCLOAK_CA_FILE",
    "client_cert": "KEYCLOAK_CLIENT_CERT",
    "client_key": "KEYCLOAK_CLIENT_KEY",
    "timeout": "KEYCLOAK_CLIENT_TIMEOUT",
}
"""An option's name, and the environment variable that stands in where the option was not given."""

IN_CLEAR = "KEYCLOAK_ALLOW_HTTP"
"""With the value `true`, http:// is taken wherever the server is. No option: a command line is easily copied."""

_LONGEST_PATH = 1024
_SHORTEST_SECONDS = 0.001
_LONGEST_SECONDS = 86_400.0
_JWT = re.compile(r"[\w-]{16,}\.[\w-]*\.[\w-]*")

PUBLIC_CLIENT = "admin-cli"
"""The client every realm has for users who log in with a password."""


@dataclass(frozen=True)
class Connection:
    """Where and as whom.

    `url` ends without a slash and includes Keycloak's own path (`/auth`). `realm` is the realm to log in to, which
    need not be the one that is managed. `client_id` may be "" with an assertion that names its client itself.
    `timeout` is in seconds and holds for each single answer.
    """

    url: str
    realm: str = "master"
    client_id: str = PUBLIC_CLIENT
    client_secret: Secret | None = None
    user: str = ""
    password: Secret | None = None
    assertion_file: str | None = None
    key_file: str | None = None
    """A private key (PEM) that assertions are signed with here."""
    public_url: str = ""
    """Keycloak's public address where that is another one than `url`."""
    ca: str | None = None
    client_cert: str | None = None
    """The certificate that is shown to the server (mutual TLS, PEM); set together with `client_key`."""
    client_key: str | None = None
    timeout: float = 60

    @property
    def account(self) -> str:
        """The account's name as far as it can be told without asking the server."""
        return self.user or f"service-account-{self.client_id}"

    @property
    def issuer(self) -> str:
        """The realm to log in to, as it calls itself. Assertions are signed for it: it is never asked of a server."""
        return f"{self.public_url or self.url}/realms/{quote(self.realm, safe='')}"


def connection(options: Mapping[str, Any], environ: Mapping[str, str]) -> Connection:
    """The connection that options (by the names in `VARIABLES`) and environment describe; an option wins.

    Raises UsageProblem that says what is missing or can't be meant.
    """

    def given(name: str) -> str:
        value = options.get(name)
        return str(environ.get(VARIABLES[name], "") if value is None else value)

    def secret(name: str) -> Secret | None:
        text = given(name)
        return Secret(text, f"$(env:{VARIABLES[name]})") if text else None

    url = _url(given("url").strip(), in_clear=environ.get(IN_CLEAR) == "true")
    user, password, client_secret = given("user"), secret("password"), secret("client_secret")
    client_cert, client_key = _certificate(url, given)
    assertion_file, key_file = _files(options, given)
    if options.get("client_secret") and not options.get("user") and not options.get("assertion_file"):
        user, password = "", None
    client_id = given("client_id")
    if key_file and not client_id:
        raise UsageProblem("There is a key, but no client to log in as.", advice=f"Set {VARIABLES['client_id']}.")
    if client_key and not (user or client_secret or assertion_file or key_file):
        raise UsageProblem(
            "Nothing says as whom to log in to Keycloak: a client certificate is for TLS alone.",
            advice="To log in with a key that realmctl bootstrap made, set KEYCLOAK_CLIENT_ID and "
            "KEYCLOAK_CLIENT_KEY_FILE; KEYCLOAK_CLIENT_KEY is another setting.",
        )
    if assertion_file or key_file:
        user, password, client_secret = "", None, None
    elif user:
        if password is None:
            raise UsageProblem(
                f"There is no password for the user {user!r}.",
                advice=f"Set {VARIABLES['password']} in the environment.",
            )
        client_id = client_id or PUBLIC_CLIENT
    elif client_secret is None:
        raise UsageProblem(
            "Nothing says as whom to log in to Keycloak.",
            advice="Set KEYCLOAK_CLIENT_ID and KEYCLOAK_CLIENT_KEY_FILE (an account that realmctl bootstrap made), "
            "or KEYCLOAK_CLIENT_ID and KEYCLOAK_CLIENT_SECRET, "
            "or KEYCLOAK_USER and KEYCLOAK_PASSWORD, or KEYCLOAK_JWT_TOKEN_FILE (a signed JWT).",
        )
    elif not client_id:
        raise UsageProblem(
            "There is a client secret, but no client to log in as.", advice=f"Set {VARIABLES['client_id']}."
        )
    return Connection(
        url=url,
        realm=given("login_realm") or "master",
        client_id=client_id,
        client_secret=client_secret,
        user=user,
        password=password,
        assertion_file=assertion_file,
        key_file=key_file,
        public_url=_public(given("public_url").strip()),
        ca=_authorities(given("ca")),
        client_cert=client_cert,
        client_key=client_key,
        timeout=_seconds(given("timeout")),
    )


def _files(options: Mapping[str, Any], given: Callable[[str], str]) -> tuple[str | None, str | None]:
    """The file with an assertion, or else the one with a key; of both only one counts.

    A way to log in that an option names is not overruled by another one that the environment happens to hold.
    """
    assertion, key = given("assertion_file") or None, given("key_file") or None
    named = [name for name in ("assertion_file", "key_file", "user", "client_secret") if options.get(name)]
    if named:
        assertion = assertion if named[0] == "assertion_file" else None
        key = key if named[0] == "key_file" else None
    elif assertion:
        key = None
    if assertion and not _is_file(assertion):
        raise UsageProblem(
            f"The client assertion's file {_shown(assertion)} does not exist.",
            advice=f"Correct --assertion-file or {VARIABLES['assertion_file']}, or mount the token there.",
        )
    if key and not _is_file(key):
        raise UsageProblem(
            f"The client's key {_shown(key)} does not exist.",
            advice=f"Correct --key-file or {VARIABLES['key_file']}: the path of a file.",
        )
    return assertion, key


def _certificate(url: str, given: Callable[[str], str]) -> tuple[str | None, str | None]:
    """The files of the client certificate and its key: both, or none."""
    cert, key = given("client_cert"), given("client_key")
    cert_name, key_name = VARIABLES["client_cert"], VARIABLES["client_key"]
    if not cert and not key:
        return None, None
    if not cert:
        raise UsageProblem(
            f"{key_name} (--client-key) is set without {cert_name} (--client-cert).",
            advice=f"{key_name} is the key of a TLS client certificate. The key that realmctl bootstrap made to log in "
            f"with is {VARIABLES['key_file']} (--key-file).",
        )
    if not key:
        login = f"; {VARIABLES['key_file']} is the key for the login, not for TLS" if given("key_file") else ""
        raise UsageProblem(
            f"{cert_name} (--client-cert) is set without {key_name} (--client-key){login}.",
            advice=f"Set {key_name} to the file with the certificate's private key.",
        )
    for path, name, option in ((cert, cert_name, "--client-cert"), (key, key_name, "--client-key")):
        if not _is_file(path):
            raise UsageProblem(
                f"The file {_shown(path)} of the client certificate does not exist.",
                advice=f"Correct {name} or {option}: the path of a PEM file.",
            )
    if not url.startswith("https:"):
        raise UsageProblem(
            f"A client certificate is set, and {url} is not https://: the certificate would never be shown.",
            advice=f"Use https:// in KEYCLOAK_URL, or unset {cert_name} and {key_name}.",
        )
    return cert, key


def _is_file(path: str) -> bool:
    """Whether `path` names a file. The text of a key is no path: it may be too long, or hold a null."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _shown(path: str) -> str:
    """A path as errors show it. Somebody may have set the variable to the content of the file: never shown."""
    if "\n" in path or "-----BEGIN" in path or len(path) > _LONGEST_PATH or _JWT.fullmatch(path):
        return "(not a path: the content of a file?)"
    return path


def _url(text: str, *, in_clear: bool) -> str:
    if not text:
        raise UsageProblem(
            "Nothing says where Keycloak is.",
            advice="Set KEYCLOAK_URL or --url to its address with its path, such as https://example.com/auth; "
            "`realmctl local up` starts one here.",
        )
    url = _address(text, VARIABLES["url"])
    if url.startswith("http:") and not in_clear and not _near(urlsplit(url).hostname or ""):
        raise UsageProblem(
            f"{url} is not https://: everybody on the way could read the login and the tokens, and use them.",
            advice=f"Use https:// in KEYCLOAK_URL. If nobody else is on the way, set {IN_CLEAR}=true.",
        )
    return url


def _near(host: str) -> bool:
    """Whether a host is this machine, or goes by a name that only a network of containers or a cluster knows."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        name = host.removesuffix(".")
        return "." not in name or name.endswith((".localhost", ".svc", ".svc.cluster.local"))


def _address(text: str, variable: str) -> str:
    """An address, checked, without the slash at its end. Raises UsageProblem."""
    try:
        parts = urlsplit(text)
        port = parts.port
        # No host has such a name, and no address a blank: that is a remark, which some files of variables can't have.
        labels = (parts.hostname or "").removesuffix(".").split(".")
        if not all(0 < len(label) < 64 for label in labels) or not text.isprintable() or " " in text:
            raise ValueError(text)
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = text.rpartition("@")[2]
        raise UsageProblem(
            f"{shown!r} is not an address that starts with https:// or http://.",
            advice=f"Write {variable} like https://example.com/auth.",
        )
    if parts.username or parts.password:
        # Addresses are shown in errors, so a password in one would be, too.
        raise UsageProblem(
            f"{variable} holds a user or a password.", advice="Set KEYCLOAK_USER and KEYCLOAK_PASSWORD instead."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def web_address(text: str) -> SplitResult | None:
    """Return the parts of an http:// or https:// address with a host; None if it is none, or its port can't be one."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _public(text: str) -> str:
    return _address(text, "KEYCLOAK_PUBLIC_URL") if text else ""


def _authorities(path: str) -> str | None:
    if path and not _is_file(path) and not (len(path) <= _LONGEST_PATH and Path(path).is_dir()):
        raise UsageProblem(
            f"The file of certificates {_shown(path)} does not exist.", advice=f"Correct --ca or {VARIABLES['ca']}."
        )
    return path or None


def _seconds(text: str) -> float:
    if not text:
        return 60.0
    try:
        seconds = float(text) if text.isascii() and "_" not in text else 0.0
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
        raise UsageProblem(
            f"{text!r} is not a time-out that realmctl can use.",
            advice=f"Set {VARIABLES['timeout']} or --timeout to a number of seconds from {_SHORTEST_SECONDS:g} to "
            f"{_LONGEST_SECONDS:g}.",
        )
    return seconds
