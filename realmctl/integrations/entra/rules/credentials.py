"""The broker's own credential: there is one of the kind the realm uses, and it is valid for a while yet.

Graph tells of a secret its end and its first three characters (`hint`), so which of several the realm's own is can be
told without showing either (learn.microsoft.com/graph/api/resources/passwordcredential, …/keycredential).
Must not know about: who else uses the registration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from realmctl.errors import Place
from realmctl.integrations.entra.finding import EntraRemark, Fix, Severity
from realmctl.integrations.entra.registration import Registration, moment
from realmctl.integrations.entra.requirements import Want

RULES = (
    "client-authentication",
    "credential-missing",
    "credential-unknown",
    "credential-expiry",
    "credential-leftover",
    "federated-credential",
)

WARN = timedelta(days=30)
FAIL = timedelta(days=7)
AUDIENCE = "api://AzureADTokenExchange"
"""What a federated credential accepts as `aud` (federatedIdentityCredential); other clouds' begin like it, and end in
USGov or China (learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret or certificate of the registration; `end` is None where Graph says none."""

    kind: str
    key_id: str
    name: str
    start: datetime | None
    end: datetime | None
    hint: str

    @property
    def label(self) -> str:
        """`'ci' (1f0a…)`: the name people gave it, and the beginning of its id."""
        return f"'{self.name}' ({self.key_id[:8]})" if self.name else self.key_id

    def left(self, now: datetime) -> timedelta:
        """How long it is valid yet; negative when it has expired."""
        return self.end - now if self.end else timedelta.max


def credentials_of(found: Registration) -> list[Credential]:
    """All secrets and certificates, the soonest to end first."""
    all_ = [
        Credential(
            kind,
            str(one.get("keyId") or ""),
            str(one.get("displayName") or ""),
            moment(one.get("startDateTime")),
            moment(one.get("endDateTime")),
            str(one.get("hint") or ""),
        )
        for kind, field in (("secret", "passwordCredentials"), ("certificate", "keyCredentials"))
        for one in found.app.get(field) or ()
        if one.get("usage") in (None, "Verify")  # the others encrypt tokens, or sign SAML
    ]
    return sorted(all_, key=lambda one: (one.end is None, one.end.isoformat() if one.end else "", one.key_id))


def check(want: Want, found: Registration, now: datetime) -> Iterator[EntraRemark]:
    """client-authentication, credential-missing, -unknown, -expiry, -leftover, federated-credential."""
    place = want.provider_place("clientAuthMethod", "clientSecret")
    if want.authentication == "unsupported":
        message = "Entra takes no JWT that is signed with the client's secret (client_secret_jwt)"
        yield EntraRemark("client-authentication", "fail", message, place, "Use client_secret_post or private_key_jwt.")
        return
    if want.authentication == "federated":
        yield from _federated(found, place)
        return
    if want.authentication == "certificate" and not want.x509_headers:
        yield EntraRemark(
            "client-authentication",
            "fail",
            "Entra finds the certificate by its thumbprint, which Keycloak doesn't send (AADSTS700027)",
            place,
            "Set jwtX509HeadersEnabled: true in the provider's config.",
        )
    yield from _own(want, found, place, now)


def _own(want: Want, found: Registration, place: Place, now: datetime) -> Iterator[EntraRemark]:
    kind = want.authentication
    there = [one for one in credentials_of(found) if one.kind == kind]
    fix = _reset(found, kind)
    if not there:
        yield EntraRemark("credential-missing", "fail", f"the registration has no {kind}", place, _renew(kind), fix)
        return
    possible = [one for one in there if _may_be(one, want)]
    if not possible:
        yield EntraRemark(
            "credential-unknown",
            "fail",
            f"the realm's secret is none of the registration's ({_labels(there)}): its first characters are others",
            place,
            "Put the secret's value (not its id) where the realm file takes it from.",
        )
        return
    yield from _expiry(possible, want, place, now, fix)
    leftover = [one for one in there if one.left(now) < timedelta(0)]
    if leftover and len(leftover) < len(there):
        message = f"expired, and still there: {_labels(leftover)}"
        yield EntraRemark("credential-leftover", "note", message, place, "Delete what is not used any more.")


def _may_be(one: Credential, want: Want) -> bool:
    return want.secret is None or not one.hint or want.secret.reveal().startswith(one.hint)


def _expiry(possible: Sequence[Credential], want: Want, place: Place, now: datetime, fix: Fix) -> Iterator[EntraRemark]:
    kind = want.authentication
    began = [one for one in possible if one.start is None or one.start <= now]
    if not began:
        message = f"the {kind} is not valid yet: {_labels(possible)}"
        yield EntraRemark("credential-expiry", "fail", message, place, "Wait, or make another one.")
        return
    # Which one Keycloak uses is not known where several may be meant: as long as the last one lives, it may be that.
    last = began[-1]
    severity = _severity(last.left(now))
    several = f", the last of {len(began)} that it may be" if len(began) > 1 else ""
    if severity:
        message = f"the {kind} {last.label}{several} {_when(last, now)}"
        yield EntraRemark("credential-expiry", severity, message, place, _renew(kind), fix)
        return
    soon = [one for one in began if timedelta(0) <= one.left(now) < WARN]
    if soon:
        told = "; ".join(f"{one.label} {_when(one, now)}" for one in soon)
        valid = sum(one.left(now) >= timedelta(0) for one in began)
        message = f"{told}. Which {kind} of {valid} the realm uses can't be told from here"
        yield EntraRemark("credential-expiry", "warn", message, place, _renew(kind), fix)


def _severity(left: timedelta) -> Severity | None:
    if left < FAIL:
        return "fail"
    return "warn" if left < WARN else None


def _when(one: Credential, now: datetime) -> str:
    day = one.end.date().isoformat() if one.end else ""
    days = one.left(now) // timedelta(days=1)
    if one.left(now) < timedelta(0):
        return f"expired on {day}: nobody can sign in (AADSTS7000222)"
    return f"expires in {days} day{'' if days == 1 else 's'}, on {day}"


def _labels(several: Sequence[Credential]) -> str:
    return ", ".join(one.label for one in several)


def _renew(kind: str) -> str:
    if kind == "secret":
        return "Make a new secret, give it to the realm, apply, and delete the old one afterwards."
    return "Register the certificate of the realm's signing key (Certificates & secrets)."


def _reset(found: Registration, kind: str) -> Fix:
    app = str(found.app.get("appId"))
    if kind == "secret":
        # --append keeps the secret that is in use, which is deleted without it.
        return Fix(command=("az", "ad", "app", "credential", "reset", "--id", app, "--append", "--years", "1"))
    return Fix(command=("az", "ad", "app", "credential", "reset", "--id", app, "--append", "--cert", "@realm.pem"))


def _federated(found: Registration, place: Place) -> Iterator[EntraRemark]:
    if not found.saw("federated"):
        return
    if any(str(audience).startswith(AUDIENCE) for one in found.federated for audience in one.get("audiences") or ()):
        return
    parameters = (
        '{"name":"keycloak","issuer":"https://CLUSTER-OIDC-ISSUER/","subject":"system:serviceaccount:NAMESPACE:NAME",'
        f'"audiences":["{AUDIENCE}"]}}'
    )
    command = ("az", "ad", "app", "federated-credential", "create", "--id", str(found.app.get("appId")))
    yield EntraRemark(
        "federated-credential",
        "fail",
        "the realm logs in with a token of its platform, and the registration has no federated credential for the "
        f"audience {AUDIENCE}",
        place,
        "Add one for the issuer and the subject of Keycloak's service-account token.",
        Fix(command=(*command, "--parameters", parameters)),
    )
