"""What a team's file says, section by section: which it may use, and what is checked in high-level blocks and tests.

Default-deny: a key that is not listed here is the platform's. Must not know about: Keycloak's kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.loader.interpolated_text import reference_of
from realmctl.config.loader.interpolation import names_in
from realmctl.config.teams.mappers import check_attribute, check_audience, check_client_roles, check_shared_claim
from realmctl.config.teams.references import check_group_text, check_role_text
from realmctl.config.teams.subject import TeamFile, texts
from realmctl.errors import Finding
from realmctl.model.team import SECTIONS

_VAULT = re.compile(r"\$\{vault\.([^}]*)\}")
_BLOCKS = ("entra", "tokens")
"""High-level blocks of which a team may use a part."""


def check_sections(look: TeamFile) -> Iterator[Finding]:
    """The keys at the top of the file, and those of high-level blocks."""
    allowed = look.bounds.sections
    for key, value in look.data.items():
        if key in _BLOCKS:
            for inner in value if isinstance(value, Mapping) else ():
                if f"{key}.{inner}" not in allowed:
                    yield _section(look, f"{key}.{inner}", key, inner)
        elif key in SECTIONS:
            if key not in allowed:
                yield _section(look, key, key)
        elif not (_is_setting(look, key) and key in look.bounds.settings):
            yield _section(look, key, key)


def _is_setting(look: TeamFile, key: str) -> bool:
    from realmctl.keycloak.kinds.registry import ROOT, kinds

    return key in look.realm.language.file.model_fields and key in kinds()[ROOT].fields()


def _section(look: TeamFile, told: str, *path: str) -> Finding:
    if path[0] == "realm":
        message = f"the team {look.name} may not name the realm: the realm's own file does"
        advice = "remove `realm:` from this file"
        return Finding("outside-bounds", message, look.key_place(*path), advice)
    bound = "settings" if _is_setting(look, path[0]) else "sections"
    if told in SECTIONS or bound == "settings":
        return look.refuse(f"use '{told}'", look.key_place(*path), bound=bound, entry=told)
    platform = look.realm.owning.platform
    message = f"the team {look.name} may not use '{told}', which belongs to the platform"
    return Finding("outside-bounds", message, look.key_place(*path), f"Ask {platform.told} to declare it.")


def check_blocks(look: TeamFile) -> Iterator[Finding]:
    """The parts of `entra` and `tokens`: app roles and groups that map to the team's roles, audiences, claims."""
    entra, tokens = _map(look.data.get("entra")), _map(look.data.get("tokens"))
    for value, targets in _map(entra.get("appRoles")).items():
        at = ("entra", "appRoles", value)
        yield from _declared_elsewhere(look, at)
        if not look.bounds.includes("app-role", value):
            yield look.refuse_name(f"map the app role '{value}'", look.key_place(*at), "app-role", value)
        for path, text in texts(targets):
            yield from check_role_text(look, text, look.place(*at, *path))
    for group, targets in _map(entra.get("groups")).items():
        at = ("entra", "groups", group)
        yield from _declared_elsewhere(look, at)
        for path, text in texts(targets):
            check = check_group_text if text.startswith("/") else check_role_text
            yield from check(look, text, look.place(*at, *path))
    audiences = tokens.get("audiences")
    for index, audience in enumerate(audiences if isinstance(audiences, list) else ()):
        yield from check_audience(look, str(audience), look.place("tokens", "audiences", index))
    for claim, said in _map(tokens.get("claims")).items():
        yield from _claim(look, claim, _map(said))


def _claim(look: TeamFile, claim: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    at = ("tokens", "claims", claim)
    yield from _declared_elsewhere(look, at)
    yield from check_shared_claim(look, claim, look.key_place(*at))
    if said.get("clientRoles"):
        yield from check_client_roles(look, str(said["clientRoles"]), look.place(*at, "clientRoles"))
    attribute = str(said.get("userAttribute") or "")
    if _has_attribute(look, attribute):
        yield from check_attribute(look, attribute, look.place(*at, "userAttribute"))
    if attribute and not look.bounds.includes("attribute", attribute) and not _has_attribute(look, attribute):
        told = f"declare the user attribute '{attribute}'"
        yield look.refuse_name(told, look.place(*at, "userAttribute"), "attribute", attribute)


def _has_attribute(look: TeamFile, attribute: str) -> bool:
    """Whether the platform's files declare a user attribute, so that a claim of it changes no profile."""
    for document in look.realm.documents:
        if look.realm.team_by_file[document.file] == look.name:
            continue
        said = _map(document.data)
        claims = _map(_map(said.get("tokens")).get("claims")).values()
        known = [
            *_map(_map(said.get("userProfile")).get("attributes")),
            *_map(_map(said.get("entra")).get("attributes")).values(),
            *(_map(one).get("userAttribute") for one in claims),
        ]
        if attribute in known:
            return True
    return False


def check_tests(look: TeamFile) -> Iterator[Finding]:
    """The team's own tests: none that another file declares."""
    for name in _map(look.data.get("tests")):
        yield from _declared_elsewhere(look, ("tests", name))


def _declared_elsewhere(look: TeamFile, path: tuple[str, ...]) -> Iterator[Finding]:
    elsewhere = look.first_place_elsewhere(path)
    if elsewhere is not None:
        yield look.refuse(f"change '{path[-1]}' of {path[-2]}, which is declared at {elsewhere}", look.key_place(*path))


def check_interpolations(look: TeamFile) -> Iterator[Finding]:
    """References such as $(env:NAME) and ${vault.key}: to the team's own variables."""
    for path, text in texts(look.data):
        for key in _VAULT.findall(text):
            if not look.bounds.may_reference("vault", key):
                told = f"read ${{vault.{key}}}"
                yield look.refuse(told, look.place(*path), bound="variables", entry=f"vault:{key}")
        for named in names_in(reference_of(text)):
            source, _, name = named.partition(":")
            names = look.realm.owning.paths(name) if source == "file" else (name,)
            for name in (one for one in names if not look.bounds.may_reference(source, one)):
                told = f"read $({source}:{name})"
                yield look.refuse(told, look.place(*path), bound="variables", entry=f"{source}:{name}")


def own_claims(data: Mapping[str, Any]) -> Iterator[str]:
    """The claims of `tokens` that a file declares."""
    yield from _map(_map(data.get("tokens")).get("claims"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
