"""Rules about how people log in to the realm: passwords, codes, keys, accounts, the pages on which they type.

Must not know about: flows, identity providers, single clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.settings import (
    Row,
    became,
    changed,
    grown,
    judge_settings,
    lost,
    lowered,
    raised,
    spoken_duration,
    table,
    turned_off,
    turned_on,
)
from realmctl.analysis.danger.settings import weaker as weaker_in
from realmctl.analysis.danger.sites import host_of, known_sites, site
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_REALM = Address("realm")
_PART = re.compile(r"\s*([A-Za-z]+)\s*(?:\((.*?)\))?\s*(?:\band\b|$)")
_AT_LEAST = {
    "length": "are shorter", "digits": "have fewer digits", "upperCase": "have fewer capitals",
    "lowerCase": "have fewer small letters", "specialChars": "have fewer special characters",
    "passwordHistory": "may be used again sooner", "hashIterations": "are hashed fewer times",
    "passwordAge": "may be used again sooner",
}  # fmt: skip
_AT_MOST = {"forceExpiredPasswordChange": "hold longer", "maxAuthAge": "are asked for again later"}
_HASHES = ("argon2", "pbkdf2-sha512", "pbkdf2-sha256", "pbkdf2")


def _parts(policy: str) -> dict[str, str]:
    return {name: (value or "").strip() for name, value in _PART.findall(policy)}


def _policy(t: Transition) -> Iterator[Found]:
    """Each part of the password policy by itself."""
    if _REALM not in t.touched:
        return
    old, new = (_parts(plain(one)) for one in t.pair(_REALM, "passwordPolicy"))
    worse = list(_weaker_parts(old, new))
    if not worse:
        return
    severity = min((one for one, _ in worse), key=lambda one: one.rank)
    told: list[str | Name] = []
    for _, part in worse:
        told += ["; " if told else "Passwords may be weaker: ", *part]
    yield Found(severity, (*told, "."), _REALM, ("passwordPolicy",))


_DEFAULT_ITERATIONS = {"argon2": 5, "pbkdf2-sha512": 210_000, "pbkdf2-sha256": 600_000, "pbkdf2": 1_300_000}
"""What Keycloak takes where the policy names no number (26.7.3)."""
_SHORT = 64
"""Characters: a lower maximum keeps people from long pass phrases."""


def _new_parts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[Severity, Sentence]]:
    """Parts that are new in the policy and make it weaker than Keycloak's own default."""
    said = new.get("hashIterations", "")
    usual = _DEFAULT_ITERATIONS.get(new.get("hashAlgorithm", "argon2"), 0)
    if "hashIterations" not in old and said.isdigit() and int(said) < usual:
        yield H, say("{part} is less than Keycloak's own {usual}", part=f"hashIterations({said})", usual=str(usual))
    longest = new.get("maxLength", "")
    if "maxLength" not in old and longest.isdigit() and int(longest) < _SHORT:
        yield H if int(longest) < 16 else M, say("{part} forbids longer ones", part=f"maxLength({longest})")


def _weaker_parts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[Severity, Sentence]]:
    yield from _new_parts(old, new)
    for name, was in old.items():
        if name not in new:
            severity = M if name in ("hashIterations", "maxLength", "forceExpiredPasswordChange", "maxAuthAge") else H
            yield severity, say("no {part} any more", part=f"{name}({was})" if was else name)
            continue
        now = new[name]
        if was == now:
            continue
        told = say("{old} is now {new}", old=f"{name}({was})", new=f"{name}({now})")
        if was.isdigit() and now.isdigit():
            less = int(now) < int(was)
            if (name in _AT_LEAST and less) or (name in _AT_MOST and not less):
                yield H if name in ("length", "passwordHistory", "hashIterations") else M, told
        elif name == "hashAlgorithm" and was in _HASHES and now in _HASHES:
            if _HASHES.index(now) > _HASHES.index(was):
                yield H, told
        else:
            yield M, told


def _reset(t: Transition) -> Iterator[Found]:
    """A forgotten password: by mail, everybody gets one, also who came from an identity provider."""
    if _REALM not in t.touched:
        return
    old, new = t.pair(_REALM, "resetPasswordAllowed")
    if is_true(new) and not is_true(old):
        brokered = any(is_true(t.after.get(one, "enabled"), default=True) for one in t.after.of("identity-provider"))
        past = ", past the identity providers" if brokered else ""
        yield Found(
            H if brokered else M,
            (f"Everybody who reads a person's mail can set a password and log in with it{past}.",),
            _REALM,
            ("resetPasswordAllowed",),
        )


_HEADERS = {
    "xFrameOptions": "Other sites' pages may show Keycloak's pages inside their own",
    "strictTransportSecurity": "Browsers may reach Keycloak's pages without TLS",
    "xContentTypeOptions": "Browsers guess what Keycloak's files are",
    "referrerPolicy": "Addresses of logins reach other sites",
    "xRobotsTag": "Search engines list Keycloak's pages",
}
_CSP = "contentSecurityPolicy"
_OPEN = frozenset({"*", "'unsafe-inline'", "'unsafe-eval'", "data:", "https:", "http:"})


def _headers(t: Transition) -> Iterator[Found]:
    if _REALM not in t.touched:
        return
    for key, told in _HEADERS.items():
        old, new = (plain(one) for one in t.pair(_REALM, "browserSecurityHeaders", key))
        if old == new or not old:
            continue
        hardly = key == "xRobotsTag"
        allowed = key == "xFrameOptions" and new.upper() == "DENY"
        if not allowed:
            severity = L if hardly else H if not new or key == "xFrameOptions" else M
            yield Found(
                severity, (f"{told}: ", *say("{key} changed.", key=key)), _REALM, ("browserSecurityHeaders", key)
            )
    known = known_sites(t.before)
    was, now = (_directives(plain(one)) for one in t.pair(_REALM, "browserSecurityHeaders", _CSP))
    for name, sources in was.items():
        # 'none' allows nothing, so it is stricter than everything else.
        come = now.get(name, frozenset({"*"})) - sources - {"'none'"}
        if come:
            how = "allows {more}." if name in now else "is gone."
            sentence = say(
                f"Keycloak's pages are protected less: {{name}} of their content security policy {how}",
                name=name,
                more=" ".join(sorted(come)),
            )
            foreign = any(one in _OPEN or site(host_of(f"https://{one}")) not in known for one in map(_host, come))
            yield Found(H if foreign else M, sentence, _REALM, ("browserSecurityHeaders", _CSP))


def _host(source: str) -> str:
    """The host of a source; one of the policy's own words as it is."""
    return source if source in _OPEN else source.rpartition("://")[2].removeprefix("*.")


def _directives(policy: str) -> dict[str, frozenset[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {part[0].lower(): frozenset(part[1:]) for part in parts if part}


_FACTORS = ("CONFIGURE_TOTP", "CONFIGURE_RECOVERY_AUTHN_CODES", "VERIFY_EMAIL", "webauthn-register")
_ACTION_ROWS = (
    Row("required-action", "config/max_auth_age", raised(H, over=900),
        "{name} works up to {new} after a login, not {old}.", 300, shown=spoken_duration),
    Row("required-action", "config/verifyEmail", turned_off(H), "{name} takes an address that nobody checked."),
    Row("required-action", "providerId", changed(M), "{name} is done by {new} instead of {old}."),
)  # fmt: skip


def _actions(t: Transition) -> Iterator[Found]:
    yield from judge_settings(_ACTION_ROWS, t)
    for action in (one for one in t.changed if one.kind == "required-action"):
        was = action in t.before and is_true(t.before.get(action, "enabled"), default=True)
        now = action in t.after and is_true(t.after.get(action, "enabled"), default=True)
        if was and not now:
            told = say("The required action {name} is off: nobody has to do it any more.", name=action.name)
            yield Found(H if action.name.startswith(_FACTORS) else M, told, action, ("enabled",))
        elif (
            now and is_true(t.before.get(action, "defaultAction")) and not is_true(t.after.get(action, "defaultAction"))
        ):
            told = say("New users no longer have to do {name}.", name=action.name)
            yield Found(H if action.name.startswith(_FACTORS) else M, told, action, ("defaultAction",))


def _webauthn(prefix: str, what: str) -> Iterator[Row]:
    for field, judge, told, unsaid in (
        ("UserVerificationRequirement", weaker_in(H, "required", "preferred", "not specified", "discouraged"),
         "works without a PIN or a fingerprint", "not specified"),
        ("AttestationConveyancePreference", weaker_in(M, "direct", "indirect", "none", "not specified"),
         "may be of any make", "not specified"),
        ("AuthenticatorAttachment", changed(M), "may be of another sort", "not specified"),
        ("RequireResidentKey", weaker_in(M, "Yes", "not specified", "No"), "need not hold the account",
         "not specified"),
        ("ResidentKey", weaker_in(M, "required", "preferred", "not specified", "discouraged"),
         "need not hold the account", "not specified"),
        ("RpId", changed(H, only_from=bool(not prefix)), "works at another domain ({new})", ""),
        ("SignatureAlgorithms", grown(M), "may sign by one more algorithm", ["ES256", "RS256"]),
        ("AcceptableAaguids", lost(M), "may be of another make", []),
        ("ExtraOrigins", grown(H), "is taken from pages of one more site", []),
        ("AvoidSameAuthenticatorRegister", turned_off(L), "may be registered twice", False),
        ("CreateTimeout", raised(L), "may take longer to register", 0),
        ("RpEntityName", changed(L), "is asked for under another name", "keycloak"),
    ):  # fmt: skip
        yield Row("realm", f"webAuthnPolicy{prefix}{field}", judge, f"A security key {told}{what}.", unsaid)


RULES = (
    table(
        "brute-force-weaker",
        H,
        "Passwords can be guessed more often",
        "Brute-force protection locks an account after wrong passwords. High where it is off, allows three times as "
        "many guesses or more than 50, or stops locking; else medium.",
        "Write `bruteForceProtected: true` and a `failureFactor` of 10 or less.",
        Row("realm", "bruteForceProtected", turned_off(H), "Brute-force protection is off: passwords can be guessed "
            "without a limit."),
        Row("realm", "failureFactor", raised(H, over=10, factor=3), "{new} instead of {old} wrong passwords in a row "
            "are allowed.", 30),
        Row("realm", "maxSecondaryAuthFailures", raised(H, over=10, factor=2),
            "{new} instead of {old} wrong one-time codes in a row are allowed.", 0),
        Row("realm", "permanentLockout", turned_off(M), "An account that is attacked is no longer locked for good."),
        Row("realm", "maxTemporaryLockouts", raised(M), "An account is locked for good only after {new} lockouts.", 0),
        Row("realm", "waitIncrementSeconds", lowered(H, under=30), "A locked account is free after {new}, not {old}.",
            60, shown=spoken_duration),
        Row("realm", "maxFailureWaitSeconds", lowered(H, under=300), "A lock ends after {new} at most, not {old}.",
            900, shown=spoken_duration),
        Row("realm", "maxDeltaTimeSeconds", lowered(H, under=3600), "Wrong passwords are forgotten after {new}, not "
            "{old}.", 43200, shown=spoken_duration),
        Row("realm", "quickLoginCheckMilliSeconds", lowered(M), "Faster guesses are allowed: {new} ms apart.", 1000),
        Row("realm", "minimumQuickLoginWaitSeconds", lowered(M), "Fast guesses wait for {new}, not {old}.", 60,
            shown=spoken_duration),
        Row("realm", "bruteForceStrategy", weaker_in(M, "MULTIPLE", "LINEAR"), "Locks grow as {new}, not {old}.",
            "MULTIPLE"),
    ),
    DangerRule(
        "password-policy-weaker",
        H,
        "Passwords may be weaker",
        "Each part of the policy is compared by itself: a part that is gone, a lower number, a weaker hash.",
        "Keep every part of the policy.",
        _policy,
        ("realm.passwordPolicy",),
    ),
    table(
        "one-time-codes-weaker",
        H,
        "One-time codes are easier to guess or reuse",
        "A code that works twice, for longer or with fewer digits is worth more to anyone who sees or guesses it.",
        "Keep 6 digits or more, 30 seconds, a window of 1, and codes for one use.",
        Row("realm", "otpPolicyCodeReusable", turned_on(H), "A one-time code works again and again while it is fresh."),
        Row("realm", "attributes/realmReusableOtpCode", turned_on(H),
            "A one-time code works again and again while it is fresh."),
        Row("realm", "otpPolicyDigits", lowered(H, under=6), "One-time codes have {new} digits, not {old}.", 6),
        Row("realm", "otpPolicyLookAheadWindow", raised(H, over=3), "One-time codes of {new} periods are taken.", 1),
        Row("realm", "otpPolicyPeriod", raised(H, over=60), "A one-time code works for {new}, not {old}.", 30,
            shown=spoken_duration),
        Row("realm", "otpPolicyAlgorithm", weaker_in(M, "HmacSHA512", "HmacSHA256", "HmacSHA1"),
            "One-time codes are made with {new}, not {old}.", "HmacSHA1"),
        Row("realm", "otpPolicyType", weaker_in(M, "totp", "hotp"), "One-time codes do not age ({new}).", "totp"),
        Row("realm", "otpPolicyInitialCounter", changed(L), "One-time codes begin to count at {new}.", "0"),
    ),
    table(
        "security-keys-weaker",
        H,
        "Security keys and passkeys prove less",
        "A key that asks for no PIN or fingerprint proves that somebody has it, not who. One that is taken from pages "
        "of another site can be asked for by that site.",
        "Keep `required` for user verification.",
        *_webauthn("", ""),
        *_webauthn("Passwordless", ", and is all that a login asks for"),
        Row("realm", "webAuthnPolicyPasswordlessPasskeysEnabled", turned_on(M), "A passkey alone logs people in."),
        Row("realm", "webAuthnPolicyPasswordlessMediation", changed(L), "Browsers offer passkeys in another way."),
    ),
    table(
        "accounts-opened",
        H,
        "Anybody may make an account, or pass as another one",
        "An account that anybody can make, under an address that nobody checked, has the default roles; services that "
        "go by an address or a name believe anyone who typed it.",
        "Keep `registrationAllowed: false`, or write `verifyEmail: true`.",
        Row("realm", "registrationAllowed", turned_on(H), "Anybody can make an account and log in."),
        Row("realm", "verifyEmail", turned_off(H), "Keycloak no longer verifies e-mail addresses: a person can use "
            "the address of somebody else."),
        Row("realm", "editUsernameAllowed", turned_on(H), "People can change their username to any free one, and "
            "pass as somebody else."),
        Row("realm", "duplicateEmailsAllowed", turned_on(H), "Several accounts may have the same address."),
        Row("realm", "loginWithEmailAllowed", turned_on(M), "People log in with an address instead of a name.", True),
        Row("realm", "registrationEmailAsUsername", turned_on(M), "The address that a person types is the name."),
        Row("realm", "userManagedAccessAllowed", turned_on(M), "People may share their resources with others."),
        Row("realm", "requiredCredentials", lost(H), "Accounts need fewer credentials.", ["password"]),
    ),
    DangerRule(
        "password-reset-opened",
        H,
        "People can set a password by mail",
        "A link in a mail sets a password. In a realm where people come from an identity provider, that is a way past "
        "it: high there, else medium.",
        "Keep `resetPasswordAllowed: false` where people come from an identity provider.",
        _reset,
        ("realm.resetPasswordAllowed",),
    ),
    table(
        "tls-not-required",
        H,
        "Logins work without TLS",
        "Without TLS everybody on the way reads passwords and tokens.",
        "Write `sslRequired: external`, or `all`.",
        Row("realm", "sslRequired", weaker_in(H, "all", "external", "none"), "TLS is required for {new}, not for "
            "{old}.",
            "external"),
    ),
    DangerRule(
        "page-protection-weaker",
        H,
        "Keycloak's pages are protected less",
        "These headers keep other sites from showing the login page inside their own, from running scripts in it, and "
        "from seeing the addresses of logins.",
        "Keep Keycloak's own values.",
        _headers,
        tuple(f"realm.browserSecurityHeaders.{key}" for key in (*_HEADERS, _CSP)),
    ),
    DangerRule(
        "required-action-weaker",
        H,
        "People have to prove less before they go on",
        "A required action makes people set up a second factor, prove an address or accept terms. Switched off, nobody "
        "has to: high for second factors and addresses, else medium. A longer age asks for no fresh login before a "
        "credential is changed.",
        "Keep the action enabled.",
        _actions,
        tuple(f"required-action.{field}" for field in (
            "enabled", "defaultAction", "providerId", "config.max_auth_age", "config.verifyEmail")),
    ),
    table(
        "login-page-changed",
        M,
        "The login page looks different",
        "A theme is a program of its own on the server, and what people type into the page goes through it.",
        "Check who wrote the theme.",
        Row("realm", "loginTheme", changed(M, only_from=False), "The pages on which people type passwords are {new}."),
        Row("client", "attributes/login_theme", changed(M, only_from=False),
            "The login page for client {name} is {new}.", born=True),
        Row("realm", "accountTheme", changed(L, only_from=False), "People's account pages are {new}."),
        Row("realm", "adminTheme", changed(L, only_from=False), "The administration pages are {new}."),
        Row("realm", "emailTheme", changed(L, only_from=False), "Mails look like {new}."),
        Row("realm", "internationalizationEnabled", became(L, "true"), "Pages are shown in people's languages."),
    ),
)  # fmt: skip
