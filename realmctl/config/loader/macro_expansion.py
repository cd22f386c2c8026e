"""The platform's words of a realm → the resources they stand for, laid under what the files say themselves.

Must not know about: any single word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from realmctl.config.loader.merge import beside, under
from realmctl.config.loader.origin import Files
from realmctl.config.loader.validation import validate_model
from realmctl.errors import Finding


@dataclass(slots=True)
class Spoken:
    """`sections` is layer two, words compiled; `words` are what they say; `findings` is what is wrong in them."""

    sections: dict[str, Any]
    words: dict[str, BaseModel] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def expand_macros(
    realm: str, said: Mapping[str, Any], explicit: dict[str, Any], words: Mapping[str, Any], files: Files
) -> Spoken:
    """Compiles the words in `said` (word → plain data) and lays `explicit` over the result.

    The places of what a word made are noted in `files`.
    """
    findings: list[Finding] = []
    values: dict[str, BaseModel] = {}
    for name, data in said.items():
        fields = words[name].model.model_fields
        needed = (key for key, field in fields.items() if field.is_required())
        files.needed[name] = frozenset((*needed, *words[name].model.main))
        value, wrong = validate_model(words[name].model, {} if data is None else data, files, (name,))
        findings += wrong
        if value is not None:
            values[name] = value
    if not values:
        return Spoken(explicit, findings=findings)
    from realmctl.config.macros import Context

    context = Context(realm, explicit, values)
    made: dict[str, Any] = {}
    for name, value in values.items():
        fragment = words[name].compile(value, context)
        made = beside(made, fragment.sections)
        files.words[name] = fragment.sources
    return Spoken(under(explicit, made), values, findings)
