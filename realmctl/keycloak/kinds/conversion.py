"""One value of a map → what Keycloak wants of it, by what it means by the key; and back, as a person writes it.

Pure. Must not know about: which key it is, files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from realmctl.keycloak.catalog.key_types import BOOLEAN, DURATION, INTEGER, JSON, LIST, PAIRS, KeyInfo
from realmctl.model.fields import as_duration, duration, wire_text
from realmctl.model.joined_list import Joined
from realmctl.model.redaction import is_vault
from realmctl.model.suggestion import did_you_mean

_NUMBER = re.compile(r"[-+]?\d+")


class WrongValueError(ValueError):
    """A value that Keycloak would misread: what is wrong as the end of a sentence, what to write, and the rule."""

    def __init__(self, wrong: str, advice: str, rule: str = "wrong-value", at: int | None = None) -> None:
        super().__init__(wrong)
        self.wrong, self.advice, self.rule, self.at = wrong, advice, rule, at


def text_for_wire(value: Any, setting: KeyInfo) -> Any:
    """A text of a `config` or of attributes, as Keycloak keeps it. Raises WrongValueError."""
    if not isinstance(value, str):
        return value
    if setting.type == LIST:
        return _joined(value, setting)
    if isinstance(value, Joined):
        if setting.type == JSON:
            return json.dumps(list(value.items), ensure_ascii=False, separators=(",", ":"))
        if len(value.items) > 1:
            raise _no_list()
        value = "".join(value.items)
    if not value or is_vault(value):
        return value
    convert = _TEXTS.get(setting.type)
    value = convert(value, setting) if convert else value
    return _chosen(value, setting)


def stored_for_wire(values: Any, setting: KeyInfo) -> Any:
    """The stored values of a component's key. Raises WrongValueError."""
    if not isinstance(values, list):
        return values
    if setting.type == LIST:
        if not setting.separator:
            return [_chosen(one, setting) for one in values]
        return [Joined.of((part for one in values for part in _joined(one, setting).items), setting.separator)]
    if len(values) > 1:
        raise _no_list()
    return [text_for_wire(one, setting) for one in values]


def data_for_wire(value: Any, setting: KeyInfo) -> Any:
    """A value in JSON, such as an executor's configuration. Raises WrongValueError."""
    if setting.type == PAIRS:
        # A text with JSON in it here, too (ClientAttributesCondition, 26.7.3).
        return _pairs(value if isinstance(value, str) else str(wire_text(value)), setting)
    if isinstance(value, list):
        if setting.type not in (LIST, JSON):
            raise _no_list()
        return [_chosen(one, setting) if isinstance(one, str) else one for one in value]
    if setting.type == BOOLEAN and isinstance(value, str):
        return _boolean(value, setting)
    if setting.type == LIST and isinstance(value, str) and value:
        return [_chosen(value, setting)]
    if setting.type == DURATION and isinstance(value, str) and not _NUMBER.fullmatch(value):
        return int(_duration(value, setting))
    if setting.type == INTEGER and isinstance(value, str) and value:
        return _integer(value, setting)
    return _chosen(value, setting) if isinstance(value, str) else value


def as_person(text: Any, setting: KeyInfo) -> Any:
    """A live value as a person writes it: `5m`, a list, true; the value itself where that says no more."""
    if not isinstance(text, str) or not text:
        return text
    if setting.type == LIST and setting.separator:
        items = Joined.read(text, setting.separator).items
        return list(items) if len(items) > 1 and setting.separator.join(items) == text else text
    if setting.type == DURATION and _NUMBER.fullmatch(text):
        return as_duration(int(text), setting.unit) or int(text)
    return text


def _joined(text: str, setting: KeyInfo) -> Joined:
    if isinstance(text, Joined):
        made = Joined.of(text.items, setting.separator, ordered=setting.ordered)
    else:
        made = Joined.read(text, setting.separator, ordered=setting.ordered)
    for at, item in enumerate(made.items):
        try:
            _chosen(item, setting)
        except WrongValueError as error:
            raise WrongValueError(error.wrong, error.advice, error.rule, at) from None
    return made


def _no_list() -> WrongValueError:
    return WrongValueError("takes one value, and this is a list", "write one of them")


def _boolean(text: str, _setting: KeyInfo) -> str:
    if text.strip().lower() not in ("true", "false"):
        raise WrongValueError(f"is true or false, and '{text}' counts as false", "write true or false")
    return text


def _integer(text: str, setting: KeyInfo) -> str:
    if not _NUMBER.fullmatch(text.strip()):
        raise WrongValueError(f"is a whole number, and '{text}' is none", "write a number such as 10")
    return _in_range(text, setting)


def _duration(text: str, setting: KeyInfo) -> str:
    if _NUMBER.fullmatch(text.strip()):
        return _in_range(text, setting)
    try:
        return _in_range(str(duration(text, setting.unit)), setting)
    except ValueError as error:
        raise WrongValueError(f"is a duration, and '{text}' is none", str(error)) from None


def _in_range(text: str, setting: KeyInfo) -> str:
    if setting.least is not None and int(text) < setting.least:
        raise WrongValueError(f"is at least {setting.least}", f"write {setting.least} or more")
    return text


def _json(text: str, _setting: KeyInfo) -> str:
    try:
        json.loads(text)
    except ValueError:
        raise WrongValueError("is JSON, and Keycloak can't read this", "write it as a map or list") from None
    return text


def _pairs(text: str, setting: KeyInfo) -> str:
    """A map as the list of keys and values that Keycloak reads."""
    _json(text, setting)
    data = json.loads(text)
    if not isinstance(data, dict):
        return text
    pairs = [
        {"key": key, "value": one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)}
        for key, held in data.items()
        for one in (held if isinstance(held, list) else [held])
    ]
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))


def _chosen(text: Any, setting: KeyInfo) -> Any:
    if not setting.options or not text or text in setting.options or not isinstance(text, str):
        return text
    guess = did_you_mean(text, setting.options)
    known = f"Keycloak knows: {', '.join(setting.options[:12])}"
    raise WrongValueError(f"has no choice '{text}'", f"did you mean {guess}?" if guess else known, "unknown-choice")


_TEXTS: Mapping[str, Callable[[str, KeyInfo], str]] = {
    BOOLEAN: _boolean,
    INTEGER: _integer,
    DURATION: _duration,
    JSON: _json,
    PAIRS: _pairs,
}
