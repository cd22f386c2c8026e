"""References by text inside the config of mappers, steps, policies and others, which Keycloak takes as any text."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.keycloak.catalog import references as known
from realmctl.keycloak.references import Mention, Names, mentions, spell_reference
from realmctl.model.address import Address
from realmctl.model.objects import Declared
from realmctl.model.suggestion import did_you_mean

_ADVICE = "declare it, or check the spelling: Keycloak takes any text here"
_PROFILE = Address("user-profile")
_TITLES = {known.ATTRIBUTE: "attribute in the user profile", known.PROFILE_GROUP: "group in the user profile"}


def check(subject: Subject) -> Iterator[Finding]:
    """Find names that lead nowhere as far as the files and an untouched realm tell, and paths of several groups."""
    if not subject.complete:
        return
    declared = {address: one.fields for address, one in subject.desired.resources.items()}
    names = Names(declared, subject.builtin)
    for one in subject.desired.resources.values():
        for mention in mentions(one.address, one.fields, names.ask):
            if names.is_unknown(mention):
                continue
            if not names.find(mention):
                yield _nowhere(subject, names, one, mention)
            elif mention.reference.form == known.PATH and len(names.by_path(mention.text)) > 1:
                yield _unclear(names, one, mention)


def _nowhere(subject: Subject, names: Names, declared: Declared, mention: Mention) -> Finding:
    from realmctl.keycloak.kinds.registry import kinds

    target = names.intended(mention)
    title = _TITLES.get(target.kind) or kinds()[target.kind].title
    guess = _guess(subject, mention, target)
    message = f"there is no {title} '{mention.text}' in these files" + (f"; did you mean '{guess}'?" if guess else "")
    advice = _ADVICE
    if mention.reference.form == known.PATH and "~/" in mention.text:
        advice = "write the path without ~: Keycloak does not know ~/ here"
    elif mention.reference.form == known.PATH and names.by_path(mention.text):
        advice = "rename the group, or the one whose name its name begins with: Keycloak takes that one for the first"
    return Finding("config-reference", message, declared.origin.place(*mention.at), advice, "warning")


def _guess(subject: Subject, mention: Mention, target: Address) -> str:
    if target.kind == known.ATTRIBUTE:
        return did_you_mean(mention.text, subject.desired.resources[_PROFILE].fields.get("attributes") or {})
    if target.kind == known.PROFILE_GROUP:
        return did_you_mean(mention.text, subject.desired.resources[_PROFILE].fields.get("groups") or {})
    guess = subject.near(target)
    return spell_reference(mention.reference, Address(target.kind, (*target.names[:-1], guess))) if guess else ""


def _unclear(names: Names, declared: Declared, mention: Mention) -> Finding:
    told = " / ".join(names.find(mention)[0].names)
    message = f"several groups have the path '{mention.text}'; Keycloak finds {told} by it here"
    advice = "rename one of them: no id can stand here"
    return Finding("ambiguous-path", message, declared.origin.place(*mention.at), advice, "warning")
