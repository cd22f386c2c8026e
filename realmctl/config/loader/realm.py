"""Files of realms → what each realm is desired to be, with every mistake found on the way.

Must not know about: HTTP, printing, what a live server holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from realmctl.config.inputs.file_access import FileAccess, FileRefusedError, read_regular
from realmctl.config.inputs.secret_values import is_address, is_secret_content
from realmctl.config.inputs.variable_access import VariableAccess
from realmctl.config.loader.composed_texts import Holder
from realmctl.config.loader.discovery import RealmSource, discover, reason, siblings
from realmctl.config.loader.enclosing_file import check_enclosing
from realmctl.config.loader.finding_redaction import Mentions
from realmctl.config.loader.hidden_values import conceal
from realmctl.config.loader.ignore_rules import rules, wrong_rules
from realmctl.config.loader.interpolated_text import reference_of
from realmctl.config.loader.interpolation import Interpolation
from realmctl.config.loader.language import Language, standard
from realmctl.config.loader.macro_expansion import expand_macros
from realmctl.config.loader.management_keys import Frame
from realmctl.config.loader.merge import join
from realmctl.config.loader.misplaced_secrets import misplaced
from realmctl.config.loader.null_items import with_null_items
from realmctl.config.loader.origin import Files
from realmctl.config.loader.validation import validate_model
from realmctl.config.loader.variable_list import allowed_in
from realmctl.config.yaml.document import Document
from realmctl.config.yaml.syntax import read
from realmctl.errors import BadConfig, Finding
from realmctl.model.ignore_rule import IgnoreRule
from realmctl.model.objects import Desired
from realmctl.model.redaction import publish
from realmctl.model.secret import Secret
from realmctl.model.service import demanded_roles
from realmctl.model.suggestion import meant

if TYPE_CHECKING:
    from realmctl.config.teams import Ownership


@dataclass(frozen=True)
class RealmConfig:
    """One realm as its files want it. `findings` are the warnings; `variables` what was interpolated (`env:NAME`…)."""

    name: str
    folder: str
    desired: Desired
    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    referenced: tuple[str, ...]
    """Files read as `$(file:PATH)` that everybody with the repository knows; secret ones are left out."""
    variables: tuple[str, ...]
    frame: Frame
    origin: Files = field(repr=False)
    expanded: dict[str, Any] = field(repr=False)
    """Layer two as it was written and compiled, its secrets in the open: read `sections` instead."""
    model: BaseModel = field(repr=False)
    secret_texts: Holder = field(repr=False)
    """Knows the texts that are secret somewhere, and so shown nowhere."""
    words: Mapping[str, BaseModel] = field(repr=False)
    """What is said under each of the platform's words."""

    @property
    def ownership(self) -> Ownership | None:
        """Which file belongs to which team; None where the realm has no teams."""
        from realmctl.config.teams import Ownership

        if not self.frame.teams:
            return None
        return Ownership(self.frame.teams, next(one for one in self.origin.documents if "teams" in one.data))

    @property
    def ignored(self) -> tuple[IgnoreRule, ...]:
        """What drift leaves out."""
        return rules(self.frame.ignore, self.origin)

    @cached_property
    def sections(self) -> dict[str, Any]:
        """Layer two, the platform's words compiled to Keycloak's own terms, secrets as `Secret`."""
        shown: dict[str, Any] = _with_secrets(self.expanded, self.model, self.secret_texts)
        return shown


def load(
    paths: Sequence[str | Path] = (),
    *,
    environ: Mapping[str, str],
    variables: Mapping[str, str] | None = None,
    language: Language | None = None,
) -> tuple[RealmConfig, ...]:
    """The realms in `paths` (a realm's folder, files, a folder of realms; none: `realms/`), sorted by name.

    Raises BadConfig with every error found; warnings are in each realm's `findings`.
    """
    from realmctl.config.teams import misplaced

    configs: list[RealmConfig] = []
    findings: list[Finding] = []
    mentions = Mentions()
    for source in discover(paths):
        access = VariableAccess.of(environ, allowed_in(source.files))
        files = FileAccess.of(source.folder, environ)
        interpolation = Interpolation(environ, {} if variables is None else variables, files=files, access=access)
        documents = [read(path, interpolation.text) for path in source.files]
        for document in documents:
            _publish(document.data)
        mentions.learn(interpolation.parts)
        wrong = [finding for document in documents for finding in document.findings] + interpolation.findings
        unresolved = {finding.place for finding in interpolation.findings}
        saying = [document for document in documents if document.data]
        wrong += misplaced(saying) + check_enclosing(source)
        for group in _by_realm(saying):
            config, found = _realm(source, group, saying, interpolation, language or standard(), broken=bool(wrong))
            # Whatever else is said of a value that could not be resolved is about its absence.
            findings += [finding for finding in found if finding.place not in unresolved]
            if config:
                configs.append(config)
        findings += wrong
    findings += _same_realm_twice(configs)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise BadConfig(sorted(map(mentions.without, findings), key=_order))
    clean = (replace(one, findings=tuple(map(mentions.without, one.findings))) for one in configs)
    return tuple(sorted(clean, key=lambda config: config.name))


def _publish(value: Any) -> None:
    """Note every text that the files say, and so everybody can read: it is never hidden from a reviewer."""
    if isinstance(value, str):
        if not getattr(value, "private", False):
            publish(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _publish(key)
            _publish(item)
    elif isinstance(value, list):
        for item in value:
            _publish(item)


def _order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (finding.severity != "error", place is None, (place.file, place.line, place.column) if place else ())


def _by_realm(documents: list[Document]) -> list[list[Document]]:
    """Documents in groups of one realm each: all of them, unless every one names its realm and the names differ."""
    names = [document.data.get("realm") for document in documents]
    if not documents or None in names or len(set(map(str, names))) < 2:
        return [documents] if documents else []
    groups: dict[str, list[Document]] = {}
    for document, name in zip(documents, names, strict=True):
        groups.setdefault(str(name), []).append(document)
    return list(groups.values())


def _realm(
    source: RealmSource,
    documents: list[Document],
    beside: Sequence[Document],
    interpolation: Interpolation,
    language: Language,
    *,
    broken: bool,
) -> tuple[RealmConfig | None, list[Finding]]:
    joined = join(documents, depth=language.depth, lists=language.lists)
    files = Files(documents, joined.lists)
    data, unknown = _known(joined.data, language, files)
    findings = [*joined.findings, *unknown]
    own = {key: value for key, value in data.items() if key in Frame.model_fields and value is not None}
    if "realm" not in own:
        # A file that could not be read may have been the one that names the realm.
        return None, findings + ([] if broken else [_no_realm(source, files)])
    frame, wrong = validate_model(Frame, own, files)
    findings += wrong
    said = {key: value for key, value in data.items() if key in language.words}
    explicit = _bare_names({key: value for key, value in data.items() if key not in own and key not in said}, language)
    spoken = expand_macros(str(own["realm"]), said, explicit, language.words, files)
    findings += spoken.findings
    model, wrong = validate_model(language.file, spoken.sections, files)
    findings += with_null_items(spoken.sections, files, wrong)
    if frame is None or model is None or spoken.findings:
        return None, findings
    findings += _prune(frame, language, files)
    findings += wrong_rules(frame.ignore, files)
    name = str(frame.realm)
    desired = language.desired(
        name,
        language.expand(model, files),
        owner=str(frame.owner),
        limits=frame.limits,
        prune=frozenset(language.sections().get(section, "") for section in frame.prune),
        demanded=demanded_roles(frame.services),
        accepted=frozenset(frame.accept),
    )
    from realmctl.config.checks import Subject, check, convert_maps
    from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
    from realmctl.config.teams import Ownership, check_teams
    from realmctl.config.teams import TeamRealm as Bounded
    from realmctl.config.teams.adoption import adoption_rule

    gateway = spoken.words.get("oauth2Proxy")
    subject = Subject(
        desired,
        files,
        frozenset(frame.customProviders),
        complete=not broken,
        services=frame.services,
        gateway=gateway if isinstance(gateway, OAuth2ProxySaying) else None,
    )
    subject, checked = convert_maps(subject)
    desired = subject.desired
    checked += check(subject)
    if frame.teams:
        home = next(one for one in documents if "teams" in one.data)
        owning = Ownership(frame.teams, home)
        bounded = Bounded(owning, tuple(beside), desired, frame, files, language, subject.gateway, subject.builtin)
        findings += check_teams(bounded)
        desired = replace(desired, adoption=adoption_rule(bounded))
    findings += [replace(one, severity="warning") if one.rule in frame.accept else one for one in checked]
    findings += _accepted(frame, files)
    concealed = conceal(desired, interpolation.made, interpolation.parts)
    findings += concealed.findings
    findings += misplaced(concealed, interpolation.parts, documents, language.sections(), language.words)
    findings += _left_out(source, name, files)
    config = RealmConfig(
        name=name,
        folder=str(source.folder),
        desired=concealed.desired,
        findings=tuple(finding for finding in findings if finding.severity != "error"),
        files=tuple(document.file for document in documents),
        referenced=tuple(sorted(interpolation.public_files)),
        variables=tuple(sorted(interpolation.used)),
        frame=frame,
        origin=files,
        expanded=spoken.sections,
        model=model,
        secret_texts=concealed.texts,
        words=spoken.words,
    )
    return config, findings


def _known(data: Mapping[str, Any], language: Language, files: Files) -> tuple[dict[str, Any], list[Finding]]:
    """Return the data with the top-level keys of the language alone, and a finding for each other key."""
    known = set(language.keys())
    unknown = [_unknown(key, data, language, files) for key in data if key not in known]
    return {key: value for key, value in data.items() if key in known}, unknown


def _unknown(key: str, data: Mapping[str, Any], language: Language, files: Files) -> Finding:
    homes = [section for section in language.homes(key) if section in data] or language.homes(key)
    guess = meant(key, set(language.keys()))
    advice = f"it belongs to an object in '{homes[0]}': check the indentation" if homes and not guess else ""
    return Finding("unknown-key", f"unknown key '{key}'{guess}", files.key_place(key), advice)


def _bare_names(explicit: dict[str, Any], language: Language) -> dict[str, Any]:
    """An object declared by its bare name (`orders-reader:`) as an empty map, so that a word's can go under it."""
    return {
        key: {name: {} if item is None else item for name, item in value.items()}
        if key in language.top_sections() and isinstance(value, dict) and None in value.values()
        else value
        for key, value in explicit.items()
    }


def _no_realm(source: RealmSource, files: Files) -> Finding:
    where = files.documents[0].place_at(0)
    if source.whole:
        message = f"no file in {source.folder} names its realm"
        return Finding("no-realm", message, where, "write `realm: NAME` in one of them")
    advice = f"write `realm: NAME`, or name the realm's whole folder: {source.folder}"
    return Finding("no-realm", "the file does not name its realm", where, advice)


_REALM = re.compile(rb"^realm:[ \t]*[\"']?([^\"'#\r\n]*?)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def _left_out(source: RealmSource, realm: str, files: Files) -> list[Finding]:
    """A warning where a realm is read from some of its files: what the others declare looks undeclared."""
    here = files.place("realm")
    advice = f"name the folder: {source.folder}"
    try:
        beside = siblings(source)
    except OSError as error:
        message = f"what else is in {source.folder} cannot be seen ({reason(error)}): it looks undeclared"
        return [Finding("part-of-a-realm", message, here, advice, "warning")]
    others = [path.name for path in beside if _may_declare(path, realm)]
    if not others:
        return []
    told = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
    message = f"only a part of the folder is read: what {told} declares looks undeclared"
    return [Finding("part-of-a-realm", message, here, advice, "warning")]


def _may_declare(path: Path, realm: str) -> bool:
    """Whether a file may be about this realm, as far as can be seen without parsing it."""
    try:
        named = _REALM.search(read_regular(path, 64 * 1024))
    except (OSError, FileRefusedError):
        return True
    return not named or named[1].decode(errors="replace") == realm


def _prune(frame: Frame, language: Language, files: Files) -> list[Finding]:
    known = language.sections()
    return [
        Finding(
            "unknown-section",
            f"'{section}' is no section that can be pruned{meant(section, known)}",
            files.place("prune", index if isinstance(files.documents[0].data.get("prune"), list) else section),
            f"sections: {', '.join(known)}",
        )
        for index, section in enumerate(frame.prune)
        if section not in known
    ]


def _accepted(frame: Frame, files: Files) -> list[Finding]:
    from realmctl.config.checks import ACCEPTABLE

    return [
        Finding(
            "unknown-rule",
            f"'{rule}' is no rule whose findings can be accepted{meant(rule, ACCEPTABLE)}",
            files.place("accept", index),
            f"rules: {', '.join(sorted(ACCEPTABLE))}",
        )
        for index, rule in enumerate(frame.accept)
        if rule not in ACCEPTABLE
    ]


def _same_realm_twice(configs: list[RealmConfig]) -> list[Finding]:
    seen: dict[str, RealmConfig] = {}
    findings = []
    for config in configs:
        first = seen.setdefault(config.name, config)
        if first is not config:
            message = f"realm '{config.name}' is declared twice: first at {first.origin.place('realm')}"
            advice = "keep all files of a realm in one folder"
            findings.append(Finding("two-folders", message, config.origin.place("realm"), advice))
    return findings


def _with_secrets(raw: Any, seen: Any, texts: Holder) -> Any:
    """`raw` with a `Secret` wherever the validated side holds one, or the same text is typed out."""
    if isinstance(seen, Secret):
        return seen
    if isinstance(raw, str):
        secret = not reference_of(raw) and (texts.holds(raw) or (is_secret_content(raw) and not is_address(raw)))
        return Secret(raw, registered=False) if secret else raw
    if isinstance(raw, dict):
        inside = partial(getattr, seen) if isinstance(seen, BaseModel) else seen.get if isinstance(seen, dict) else None
        return {key: _with_secrets(item, inside and inside(key, None), texts) for key, item in raw.items()}
    if isinstance(raw, list):
        others = seen if isinstance(seen, list) and len(raw) == len(seen) else [None] * len(raw)
        return [_with_secrets(item, other, texts) for item, other in zip(raw, others, strict=True)]
    return raw
