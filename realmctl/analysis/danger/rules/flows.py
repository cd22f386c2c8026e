"""Rules about authentication flows: what a login needs, wherever a flow is used.

Must not know about: how a flow is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.analysis.danger.login_paths import (
    KNOWN,
    NOTHING,
    STRENGTH,
    STRONG,
    Ways,
    Weaker,
    executions,
    label,
    proofs,
    ways,
    weaker,
)
from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, items, plain, text
from realmctl.keycloak.kinds.flow import flat
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_BINDINGS = Address("flow-bindings")
_USES: Mapping[str, str] = {
    "browserFlow": "A login in the browser",
    "directGrantFlow": "A login by password grant",
    "resetCredentialsFlow": "A new password for a forgotten one",
    "registrationFlow": "A registration",
    "firstBrokerLoginFlow": "A first login through an identity provider",
    "clientAuthenticationFlow": "The login of a client",
    "dockerAuthenticationFlow": "A login of Docker",
}
_OVERRIDES: Mapping[str, tuple[str, str]] = {
    "browser": ("browserFlow", "A login in the browser to client "),
    "direct_grant": ("directGrantFlow", "A login by password grant to client "),
}


@dataclass(frozen=True)
class Use:
    """A place where a flow is used: what happens there (the subject of a sentence), and which object says so."""

    what: Sentence
    sort: str
    at: Address
    path: tuple[str, ...]


def uses(view: RealmView, other: RealmView) -> Iterator[tuple[Use, str]]:
    """Return every use of a flow in a realm, with the flow's alias; "" where a login goes on without one.

    `other` is the other side: a client counts where it has a flow of its own on either.
    """
    bound = view.fields(_BINDINGS)
    for field, what in _USES.items():
        yield Use((what,), field, _BINDINGS, (field,)), text(bound.get(field))
    for client in view.of("client-flow-overrides"):
        said = view.get(client, "authenticationFlowBindingOverrides") or {}
        there = other.get(client, "authenticationFlowBindingOverrides") or {}
        for key, (field, what) in _OVERRIDES.items():
            if not said.get(key) and not there.get(key):
                continue
            path = ("authenticationFlowBindingOverrides", key)
            yield Use((what, Name(client.name)), field, client, path), text(said.get(key)) or text(bound.get(field))
    for policy in view.of("client-policy"):
        alias = _enforced(view, policy)
        if alias or _enforced(other, policy):
            there = say("A login in the browser to the clients of the policy {name}", name=policy.name)
            yield Use(there, "browserFlow", policy, ("profiles",)), alias or text(bound.get("browserFlow"))
    for provider in view.of("identity-provider"):
        alias = text(view.get(provider, "firstBrokerLoginFlowAlias")) or text(bound.get("firstBrokerLoginFlow"))
        first = say("A first login through {name}", name=provider.name)
        yield Use(first, "firstBrokerLoginFlow", provider, ("firstBrokerLoginFlowAlias",)), alias
        post = text(view.get(provider, "postBrokerLoginFlowAlias"))
        each = say("Each login through {name}", name=provider.name)
        yield Use(each, "postBrokerLoginFlow", provider, ("postBrokerLoginFlowAlias",)), post


def _enforced(view: RealmView, policy: Address) -> str:
    """The flow that a client policy makes its clients use, by the executor `auth-flow-enforcer`; "" for none."""
    if policy not in view or not is_true(view.get(policy, "enabled")):
        return ""
    for profile in items(view.get(policy, "profiles")):
        for one in view.get(Address("client-profile", (profile,)), "executors") or ():
            if text(one.get("executor")) == "auth-flow-enforcer":
                return text((one.get("configuration") or {}).get("auth-flow-alias"))
    return ""


def _ways(view: RealmView, alias: str) -> Ways | None:
    if not alias:
        return NOTHING
    steps = executions(view, alias)
    return None if steps is None else ways(view, steps)


def _sides(t: Transition) -> tuple[tuple[RealmView, RealmView], ...]:
    return ((t.before, t.after), (t.after, t.before))


def _needs_less(t: Transition) -> Iterator[Found]:
    before = dict(uses(t.before, t.after))
    told: set[tuple[Any, ...]] = set()
    for use, alias in uses(t.after, t.before):
        # What a new client or provider does is measured by what the realm itself does.
        was = before.get(use, before.get(Use((_USES.get(use.sort, ""),), use.sort, _BINDINGS, (use.sort,)), ""))
        old, new = _ways(t.before, was), _ways(t.after, alias)
        if old is None or new is None or old == new:
            continue
        flow = Address("flow", (alias,))
        root = flow if flow in t.touched and alias == was else use.at
        path = use.path if root == use.at else ("executions",)
        for severity, sentence in _judged(t, use, old, new, alias):
            # Nobody came that way before.
            severity = M if use not in before and severity is H else severity
            # One flow that is used in several places is reported once.
            if (root, severity, sentence) not in told:
                told.add((root, severity, sentence))
                by = say(" (flow {alias}).", alias=alias) if alias else (": it goes by no flow any more.",)
                yield Found(severity, (*use.what, *sentence, *by), root, path)


def _judged(t: Transition, use: Use, old: Ways, new: Ways, alias: str) -> Iterator[tuple[Severity, Sentence]]:
    """How bad the worst new way is, and what it is; and whether nobody gets through any more."""
    fresh = [way for way in new if proofs(way) != {_SESSION}]
    if not fresh and any(proofs(way) != {_SESSION} for way in old) and use.sort != "postBrokerLoginFlow":
        yield H, (" is impossible", " without an earlier one" if new else "")
    come = weaker(old, new)
    if use.sort in ("browserFlow", "postBrokerLoginFlow") and _brokered(t.before):
        come = [one for one in come if proofs(one.way) != {_BROKER}]
    if not come:
        return
    worst = min(come, key=lambda one: (_severity(use, one).rank, len(one.way), sorted(one.way)))
    asked, missing = sorted(proofs(worst.way)), sorted(worst.missing)
    told: Sentence
    if not asked and use.sort == "firstBrokerLoginFlow" and _links_by_itself(t.after, alias):
        told = (" gives the person the account of the same name or address, without proof that it is theirs",)
    elif not asked:
        told = (" needs no proof of who it is",)
    elif missing:
        told = (" no longer needs ", *_and(missing), ": ", *_and(asked), " will do")
    else:
        told = (" is possible with ", *_and(asked), " where it was refused")
    limits = sorted(worst.way - proofs(worst.way))
    yield _severity(use, worst), (*told, *((", ", *list_names(limits, 3)) if limits else ()))


def _and(asked: list[str]) -> Sentence:
    """Proofs in a row; one of a step that is not Keycloak's own is a name."""
    parts: list[str | Name] = []
    for one in asked:
        parts += [" and "] if parts else []
        parts += [one if one in KNOWN else Name(one)]
    return tuple(parts)


_SESSION, _BROKER = "an earlier login", "a login at an identity provider"


def _severity(use: Use, one: Weaker) -> Severity:
    asked = proofs(one.way)
    if use.sort == "registrationFlow":
        return M
    if not asked:
        return C
    if use.sort == "clientAuthenticationFlow" or asked == {_SESSION}:
        return M
    return M if _replaced(one) else H


def _replaced(one: Weaker) -> bool:
    """Whether for each proof that is missing another one has come that is as good."""
    come = sorted((STRENGTH.get(proof, 0) for proof in one.instead), reverse=True)
    gone = sorted((STRENGTH.get(proof, 2) for proof in one.missing), reverse=True)
    if not gone:
        return bool(proofs(one.way) & STRONG)
    return len(come) >= len(gone) and all(new >= old for new, old in zip(come, gone, strict=False))


def _links_by_itself(view: RealmView, alias: str) -> bool:
    steps = (step for _, step in flat(executions(view, alias)))
    return any(text(one.get("authenticator")) == "idp-auto-link" for one in steps)


def _brokered(view: RealmView) -> bool:
    return any(is_true(view.get(one, "enabled"), default=True) for one in view.of("identity-provider"))


_HARMLESS_KEYS = frozenset({"denyErrorMessage", "errorMessage", "site.key", "useRecaptchaNet", "action",
                            "default.reference.value", "alias"})  # fmt: skip
_STRICT_KEYS = ("x509-cert-auth", "loa-", "skipOtpRole", "forceOtpRole", "noOtp", "defaultOtp", "defaultProvider",
                "default.reference.maxAge", "credentials", "included", "condUserRole", "negate", "not", "attribute_",
                "require.password.update", "force-login", "requiresUserMembership", "secret.key")  # fmt: skip


def _settings(t: Transition) -> Iterator[Found]:
    """Settings of steps that stay in a flow that is used."""
    used = {text(alias) for one, other in _sides(t) for _, alias in uses(one, other)}
    for flow in t.of("flow"):
        if flow.name not in used or t.is_new(flow):
            continue
        old, new = ({_where(path, step): step for path, step in flat(view.fields(flow).get("executions"))}
                    for view in (t.before, t.after))  # fmt: skip
        for where, step in new.items():
            if where not in old or text(step.get("requirement")) == "DISABLED":
                continue
            was, now = ({k: plain(v) for k, v in (one.get("config") or {}).items()} for one in (old[where], step))
            moved = [key for key in sorted({*was, *now}) if was.get(key, "") != now.get(key, "")]
            moved = [key for key in moved if key not in _HARMLESS_KEYS]
            if moved:
                severity = H if any(key.startswith(_STRICT_KEYS) for key in moved) else M
                told = say(
                    "The step {step} of the login flow {flow} has other settings: {keys}.",
                    step=text(step.get("authenticator")) or text(step.get("flow")), flow=flow.name,
                    keys=list_names(moved),
                )  # fmt: skip
                yield Found(severity, told, flow, ("executions",))


def _where(path: tuple[int, ...], step: Mapping[str, Any]) -> tuple[Any, ...]:
    return (path, step.get("authenticator"), step.get("flow"))


def _order(t: Transition) -> Iterator[Found]:
    """Steps of a flow in use that stand in another order."""
    used = {text(alias) for _, alias in uses(t.after, t.before)}
    for flow in t.of("flow"):
        if flow.name not in used or t.is_new(flow):
            continue
        old, new = ([label(step) or text(step.get("flow")) for _, step in flat(view.fields(flow).get("executions"))
                     if text(step.get("requirement")) != "DISABLED"] for view in (t.before, t.after))  # fmt: skip
        if old != new and sorted(old) == sorted(new):
            told = say(
                "The steps of the flow {flow} come in another order: what is asked first changes.", flow=flow.name
            )
            yield Found(M, told, flow, ("executions",))


def _bound(t: Transition) -> Iterator[Found]:
    """A place that uses another flow, whichever proofs that asks for."""
    before = dict(uses(t.before, t.after))
    for use, alias in uses(t.after, t.before):
        was = before.get(use)
        if was is not None and was != alias and use.at in t.touched:
            to: Sentence = ("the flow ", Name(alias)) if alias else ("no flow of its own",)
            yield Found(M, (*use.what, " uses ", *to, " instead of ", Name(was or "none"), "."), use.at, use.path)


RULES = (
    DangerRule(
        "login-needs-less",
        C,
        "A login needs less proof",
        "realmctl follows every way through each flow that is in use, and reports a combination of proofs that "
        "suffices "
        "now and did not before: a step that is gone or only an alternative, a sub-flow that is skipped, a "
        "condition that "
        "changed or is never met, a deny step that is gone, an account that is linked without proof, or another flow. "
        "Critical where no proof is left, high where a proof is missing, medium where the new way is as strong.",
        "Keep each proof REQUIRED, and conditions as they are.",
        _needs_less,
        ("flow.executions", *(f"flow-bindings.{field}" for field in _USES), "flow.providerId",
         "client-flow-overrides.authenticationFlowBindingOverrides", "identity-provider.firstBrokerLoginFlowAlias",
         "identity-provider.postBrokerLoginFlowAlias", "client-profile.executors"),
    ),
    DangerRule(
        "login-step-settings",
        H,
        "A step of a login decides by other settings",
        "Settings say which certificates count, which level is needed, who is asked for a code, and which identity "
        "provider people are sent to.",
        "Compare the settings with the ones before.",
        _settings,
        ("flow.executions",),
    ),
    DangerRule(
        "login-steps-reordered",
        M,
        "Steps of a login come in another order",
        "What is asked first decides what the next steps know, and which alternative people are offered.",
        "Log in once with each sort of account.",
        _order,
        ("flow.executions",),
    ),
    DangerRule(
        "flow-bound",
        M,
        "Another flow is used",
        "The realm, a client or an identity provider uses another flow than before. `login-needs-less` compares what "
        "the two ask for.",
        "Compare the two flows.",
        _bound,
        ("flow-bindings.browserFlow", "client-flow-overrides.authenticationFlowBindingOverrides"),
    ),
)  # fmt: skip
