"""How an app proves who it is at the token endpoint: secret, certificate, another issuer's token, or not at all.

Sources: Learn, "Microsoft identity platform and the OAuth 2.0 client credentials flow", "… application authentication
certificate credentials", "Workload identity federation". Must not know about: grants.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from standin.errors import Aadsts
from standin.state import Client, State
from standin.tenant import App, FederatedCredential

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OURS = ["RS256", "PS256"]
_THEIRS = ["RS256", "RS384", "RS512", "PS256", "ES256"]


class Headers(jws.JWSRegistry):
    """Room for the certificate (`x5c`) that msal sends along."""

    max_header_length = 65536


def authenticate(state: State, client: Client, form: Mapping[str, str], authorization: str | None, url: str) -> None:
    """Raises Aadsts unless the request proves that it comes from `client`. `url` is the token endpoint's."""
    app = client.app
    if not app.accountEnabled:
        raise Aadsts(7000112, app=app.appId, name=app.displayName)
    secret = form.get("client_secret") or basic(authorization)[1]
    assertion = form.get("client_assertion")
    if assertion and form.get("client_assertion_type") == ASSERTION_TYPE:
        _check_assertion(state, app, assertion, client.tenant.id, url)
    elif secret:
        _check_secret(app, secret)
    elif not (app.isFallbackPublicClient or form.get("redirect_uri", "-") in app.publicRedirectUris):
        raise Aadsts(7000218)


def basic(authorization: str | None) -> tuple[str | None, str | None]:
    """Client id and secret of an Authorization header."""
    kind, _, coded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return None, None
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(name), unquote_plus(secret)


def _check_secret(app: App, given: str) -> None:
    for secret in app.secrets:
        if hmac.compare_digest(secret.value.get_secret_value().encode(), given.encode()):
            if secret.expired():
                raise Aadsts(7000222, app=app.appId)
            return
    raise Aadsts(7000215, app=app.appId)


def _check_assertion(state: State, app: App, assertion: str, tenant: str, url: str) -> None:
    try:
        header, claims = (_object(part) for part in assertion.split(".")[:2])
    except ValueError as error:
        raise Aadsts(50013, why="The assertion is not a JWT.") from error
    if claims.get("iss") == app.appId:
        _check_certificate(app, assertion, header, _audiences(state, tenant, url))
    else:
        _check_federated(state, app, assertion, claims)


def _audiences(state: State, tenant: str, url: str) -> set[str]:
    """What the assertion may be for: the token endpoint as it was addressed, or as it is published."""
    base = f"{state.place.base}/{tenant}"
    return {url, f"{base}/oauth2/v2.0/token", f"{base}/v2.0"}


def _check_certificate(app: App, assertion: str, header: Mapping[str, Any], audiences: set[str]) -> None:
    named = [str(header[name]).rstrip("=") for name in ("x5t#S256", "x5t", "kid") if header.get(name)]
    found = [one for one in app.certificates if not one.thumbprints().isdisjoint(named)]
    if not found:
        raise Aadsts(700027, thumbprint=named[0] if named else "")
    if found[0].expired():
        raise Aadsts(50012, why="The signing certificate has expired.")
    key = RSAKey.import_key(found[0].pem)
    claims = _verified(assertion, key, _OURS)
    if claims.get("sub") != app.appId:
        raise Aadsts(50012, why="The assertion's subject is not the application.")
    if not audiences & set(_list(claims.get("aud"))):
        raise Aadsts(50013, why=f"The assertion's audience is none of {', '.join(sorted(audiences))}.")


def _check_federated(state: State, app: App, assertion: str, claims: Mapping[str, Any]) -> None:
    """Issuer, subject and audience as registered, letter by letter; the keys are the issuer's own."""
    issuer, subject, audience = str(claims.get("iss")), str(claims.get("sub")), _list(claims.get("aud"))
    by_issuer = [one for one in app.federatedCredentials if one.issuer == issuer]
    if not by_issuer:
        raise Aadsts(700211, issuer=issuer)
    by_subject = [one for one in by_issuer if one.subject == subject]
    if not by_subject:
        raise Aadsts(700213, subject=subject)
    if not any(set(one.audiences) & set(audience) for one in by_subject):
        raise Aadsts(700212, audience=", ".join(audience))
    _verified(assertion, _keys_of(state, by_subject[0]), _THEIRS)


def _keys_of(state: State, credential: FederatedCredential) -> KeySet:
    """The issuer's keys, by its discovery document."""
    try:
        found = requests.get(
            f"{credential.issuer.rstrip('/')}/.well-known/openid-configuration", verify=state.trust, timeout=10
        ).json()
        keys = requests.get(found["jwks_uri"], verify=state.trust, timeout=10).json()["keys"]
    except (requests.RequestException, KeyError, ValueError) as error:
        raise Aadsts(50013, why="The keys of the issuer could not be fetched.") from error
    signing = [key for key in keys if key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC"}]
    return KeySet([(RSAKey if key["kty"] == "RSA" else ECKey).import_key(key) for key in signing])


def _object(part: str) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _verified(assertion: str, key: RSAKey | KeySet, algorithms: list[str]) -> dict[str, Any]:
    try:
        claims = dict(
            jwt.decode(assertion, key, registry=Headers(algorithms=algorithms, strict_check_header=False)).claims
        )
    except (JoseError, ValueError) as error:
        raise Aadsts(50013, why="The signature is not by the key it names.") from error
    now, leeway = time.time(), 300
    if not claims.get("nbf", 0) - leeway <= now < float(claims.get("exp", 0)):
        raise Aadsts(700024)
    return claims


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
