"""Rules about user federation (LDAP, Kerberos and others): who comes from a directory, and how far it is trusted.

Must not know about: where the directory is (`endpoints`), which roles its mappers give.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.settings import Judge, Row, changed, emptied, raised, table, turned_off, turned_on
from realmctl.analysis.danger.settings import weaker as weaker_in
from realmctl.analysis.danger.sites import host_of
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, plain, text
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

FEDERATION = "userFederation"
_WHO = frozenset({"username", "email", "emailverified"})
"""Fields of an account by which Keycloak, or a service, knows a person."""


def _other_filter(old: Any, new: Any) -> Severity | None:
    """Judge a search filter: one that only adds a condition to the old one finds fewer people."""
    was, now = ("".join(plain(one).split()) for one in (old, new))
    if was == now or not was or (now.startswith("(&") and was in now and _is_member(was, now)):
        return None
    return H


def _is_member(part: str, whole: str) -> bool:
    """Whether a filter is one of the conditions that `(&…)` joins, or is itself joined in the same way."""
    inner, depth, start = whole[2:-1], 0, 0
    members = set()
    for at, char in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0 and char == ")":
            members.add(inner[start : at + 1])
            start = at + 1
    if part in members:
        return True
    return part.startswith("(&") and part.endswith(")") and inner.startswith(part[2:-1])


def _identity(old: Any, new: Any) -> Severity | None:
    """Judge which field of an account a directory sets."""
    if not plain(new) or plain(new) == plain(old):
        return None
    return H if plain(new).lower() in _WHO else M


def _row(key: str, judge: Judge, told: str, unsaid: object = None, *, born: bool = False) -> Row:
    return Row("component", f"config/{key}", judge, told, unsaid, born)


def _added(t: Transition) -> Iterator[Found]:
    for component in t.of("component"):
        if component.names[0] != FEDERATION:
            continue
        on = is_true(t.after.get(component, "config", "enabled"), default=True)
        was = component in t.before and is_true(t.before.get(component, "config", "enabled"), default=True)
        if on and not was:
            host = host_of(plain(t.after.get(component, "config", "connectionUrl")))
            where = say(" at {host}", host=host) if host else ()
            told = (*say("Everybody in the directory {name}", name=component.name), *where,
                    " can log in, and it receives their passwords.")  # fmt: skip
            yield Found(H, told, component)


def _clear(t: Transition) -> Iterator[Found]:
    """Passwords that go to a directory without TLS, and did not before."""
    for component in t.of("component"):
        if component.names[0] != FEDERATION:
            continue
        clear = []
        for view in (t.before, t.after):
            config = view.get(component, "config") or {}
            urls = plain(config.get("connectionUrl")).replace("##", " ").split()
            open_ = any(one.lower().startswith("ldap://") for one in urls)
            clear.append(open_ and not is_true(config.get("startTls")))
        if clear[1] and not clear[0]:
            told = say("Passwords of people in the directory {name} go over the network without TLS.",
                       name=component.name)  # fmt: skip
            yield Found(H, told, component, ("config", "connectionUrl"))


def _sources(t: Transition) -> Iterator[Found]:
    """Mappers that fill a field of an account from another attribute of the directory."""
    for mapper in t.of("sub-component"):
        old, new = (plain(one) for one in t.pair(mapper, "config", "ldap.attribute"))
        target = plain(t.after.get(mapper, "config", "user.model.attribute"))
        if old and new != old:
            told = say("The directory's attribute {new} fills {target} of people's accounts, instead of {old} (mapper "
                       "{name}).", new=new or "nothing", old=old, target=target or "a field",
                       name=mapper.name)  # fmt: skip
            yield Found(H if target.lower() in _WHO else M, told, mapper, ("config", "ldap.attribute"))


RULES = (
    DangerRule(
        "directory-attribute-moved",
        H,
        "A directory fills accounts from another attribute",
        "Anyone who may write the other attribute in the directory decides what stands in the account. High for names "
        "and addresses, by which Keycloak and services know a person; else medium.",
        "Check who may write the attribute in the directory.",
        _sources,
        ("sub-component.config.ldap.attribute",),
    ),
    DangerRule(
        "directory-added",
        H,
        "People of one more directory can log in",
        "A directory decides who a person is, and is given the password that the person types.",
        "Check who runs the directory.",
        _added,
        ("component.providerId", "component.config.enabled"),
    ),
    DangerRule(
        "directory-in-clear",
        H,
        "Passwords go to a directory without TLS",
        "With `ldap://` and without StartTLS everybody on the way reads people's passwords.",
        "Write an `ldaps://` URL, or `startTls: true`.",
        _clear,
        ("component.config.connectionUrl", "component.config.startTls"),
    ),
    table(
        "directory-weaker",
        H,
        "A directory is trusted further, or checked less",
        "A writable directory is changed by anyone who may change users here; another base, filter or name attribute "
        "means other people; addresses from there count as checked.",
        "Keep `editMode: READ_ONLY`, and the filter of people.",
        _row("editMode", weaker_in(H, "READ_ONLY", "UNSYNCED", "WRITABLE"),
             "Changes here are written into the directory {name}: {new} instead of {old}.", "READ_ONLY"),
        _row("validatePasswordPolicy", turned_off(H), "Passwords in the directory {name} need not keep to the policy."),
        _row("trustEmail", turned_on(H), "Addresses from the directory {name} count as checked."),
        _row("useTruststoreSpi", weaker_in(H, "always", "ldapsOnly", "never"),
             "Nobody checks which server the directory {name} is.", "always"),
        _row("usersDn", changed(H), "Other people of the directory {name} can log in: those below {new}."),
        _row("customUserSearchFilter", _other_filter, "Other people of the directory {name} can log in. The filter "
            "is now "
             "{new}."),
        _row("searchScope", raised(M), "People further down in the directory {name} can log in."),
        _row("usernameLDAPAttribute", changed(H), "People of the directory {name} have other names: by {new}."),
        _row("rdnLDAPAttribute", changed(M), "People of the directory {name} are found by {new}."),
        _row("uuidLDAPAttribute", changed(H), "People of the directory {name} are told apart by {new}."),
        _row("userObjectClasses", changed(M), "Other people of the directory {name} can log in."),
        _row("authType", weaker_in(H, "simple", "none"), "Keycloak asks the directory {name} without logging in."),
        _row("bindDn", changed(M), "Keycloak asks the directory {name} as {new}."),
        _row("importEnabled", changed(M), "People of the directory {name} are kept in another way."),
        _row("syncRegistrations", turned_on(H), "Accounts that are made here are made in the directory {name}, too.",
             born=True),
        _row("allowKerberosAuthentication", turned_on(M), "A Kerberos ticket logs people of {name} in.", born=True),
        _row("useKerberosForPasswordAuthentication", turned_on(M), "Passwords of {name} go to Kerberos."),
        _row("kerberosRealm", changed(H), "Tickets of the realm {new} log people of {name} in."),
        _row("serverPrincipal", changed(M), "Kerberos for {name} is another service: {new}."),
        _row("keyTab", changed(M), "Kerberos for {name} has another key file."),
        _row("krbPrincipalAttribute", changed(H), "Tickets lead to other people of {name}: by {new}."),
        _row("allowPasswordAuthentication", turned_on(M), "A password logs people of {name} in."),
        _row("updateProfileFirstLogin", turned_off(L), "People of {name} are not asked for their data."),
        _row("usePasswordModifyExtendedOp", changed(L), "Passwords of {name} are changed in another way."),
        _row("referral", weaker_in(M, "ignore", "follow"), "Passwords of {name} follow referrals to other servers."),
        _row("connectionTrace", turned_on(H), "What goes to the directory {name} is logged, passwords too.",
             born=True),
        _row("cachePolicy", changed(L), "What is withdrawn in the directory {name} stays here for another time."),
        _row("maxLifespan", raised(M), "What is withdrawn in the directory {name} stays here longer."),
        _row("removeInvalidUsersEnabled", turned_off(M), "People who left the directory {name} keep their accounts."),
        Row("sub-component", "config/ldap.full.name.attribute", changed(L), "{name} takes names from {new}."),
        Row("sub-component", "config/user.model.attribute", _identity,
            "The directory sets the attribute {new} of people.", born=True, shown=text),
        Row("sub-component", "config/always.read.value.from.ldap", turned_off(L), "{name} is read once."),
        Row("sub-component", "config/drop.non.existing.groups.during.sync", turned_on(H),
            "Groups that the directory does not have are deleted here, with the roles that they give: {name}.",
            born=True),
        Row("sub-component", "config/groups.dn", changed(H), "Groups come from another part of the directory: {new}."),
        Row("sub-component", "config/groups.ldap.filter", changed(M), "Other groups come from the directory."),
        Row("sub-component", "config/groups.path", changed(H), "Groups of the directory stand below {new}."),
        Row("sub-component", "config/roles.dn", changed(H), "Roles come from another part of the directory: {new}."),
        Row("sub-component", "config/roles.ldap.filter", changed(M), "Other roles come from the directory."),
        Row("sub-component", "config/client.id", changed(H), "The directory gives roles of client {new}."),
        Row("sub-component", "config/mode", weaker_in(H, "READ_ONLY", "IMPORT", "LDAP_ONLY"),
            "Changes of groups and roles here are written into the directory, and what the directory says counts less: "
            "{name} has the mode {new} instead of {old}."),
        Row("sub-component", "config/attribute.name", changed(M), "{name} sets {new}."),
        Row("sub-component", "config/attribute.value", changed(M), "{name} sets {new}."),
        Row("sub-component", "config/membership.ldap.attribute", emptied(M), "{name} finds members in another way."),
    ),
)  # fmt: skip
