"""The rule about what people keep when a broker's mapper is taken away, or names something else.

Must not know about: who has it now.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.former_mappings import Left, left_behind
from realmctl.analysis.danger.rule import DangerRule, Found, name_text, say
from realmctl.analysis.danger.transition import Transition
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

M, L = Severity.MEDIUM, Severity.LOW


def _left(t: Transition) -> Iterator[Found]:
    for one in left_behind(t):
        yield Found(L if one.is_retired or one.target is None else M, _sentence(one), one.mapper)


def _sentence(one: Left) -> Sentence:
    if one.target is None:
        what = say("the attribute {name}", name=one.attribute)
    else:
        kind = "group" if one.target.kind == "group" else "role"
        what = say(f"the {kind} {{name}}", name=name_text(one.target))
    if one.is_retired:
        return say(
            "People who have not logged in through {provider} since {what} was retired keep it: no mapper of the "
            "provider names it.",
            provider=one.provider,
            what=what,
        )
    return say(
        "People who have {what} from {provider} keep it: no mapper of the provider names it, and Keycloak takes away "
        "only what a mapper names.",
        what=what,
        provider=one.provider,
    )


RULES = (
    DangerRule(
        "mapping-left",
        M,
        "People keep what a former mapping of an identity provider gave",
        "With FORCE, Keycloak takes a role or a group away at a login if a mapper names it and the token does not give "
        "it. Where a mapper is deleted, or names another role or group, no mapper names the former one: people keep "
        "it, beside the new one. Medium for roles and groups; low for attributes.",
        "Retire it: with `entra`, list it in `retired`; with another provider, keep the mapper with `syncMode: FORCE` "
        "and a regular expression that no value matches, `(?!)`. Keycloak then takes it away at each person's next "
        "login.",
        _left,
        ("identity-provider-mapper.config.*", "identity-provider-mapper.identityProviderMapper"),
    ),
)
