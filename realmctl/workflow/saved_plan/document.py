"""The shape of a saved plan's document, and the only way in: bytes that anybody may have written → a checked document.

Must not know about: where the bytes come from, what a realm declares, the server.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from realmctl.engine.plan.value_text import clean, cut
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address

FORMAT = 3
LARGEST = 64 * 1024 * 1024
"""Bytes. A plan of 20,000 objects has some ten million."""
DEEPEST = 64
"""Levels of lists and maps. Keycloak's own representations have some twelve."""
NAMED = "saved plan"
ACTIONS = ("create", "update", "delete")


class Damaged(ValueError):
    """The bytes are not a saved plan of this format. The text says why, and is safe to print."""


class OtherFormat(Exception):
    """A saved plan of another format; `version` is the realmctl that says it wrote it."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


def _address(text: str) -> str:
    """The text, if it is an address as realmctl writes it, of a kind that this version knows. Raises ValueError."""
    address = Address.parse(text)
    if address.kind not in kinds():
        raise ValueError("not the address of a kind that this version knows")
    if not all(address.names) or str(address) != text:
        raise ValueError("not an address")
    return text


def _printable(text: str) -> str:
    if not text or clean(text) != text:
        raise ValueError("empty, or with characters that cannot be printed")
    return text


ObjectAddress = Annotated[str, StringConstraints(max_length=8192), AfterValidator(_address)]
Name = Annotated[str, StringConstraints(max_length=4096), AfterValidator(_printable)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FieldRecord(_Part):
    """One field of a change, as `engine.plan.fingerprint.field_values` gives it."""

    path: Annotated[str, StringConstraints(min_length=1)]
    compare: Literal["value", "list", "first", "set", "keys", "tree", "secret"]
    secret: bool
    old: JsonValue
    new: JsonValue
    added: list[JsonValue] | None = None
    removed: list[JsonValue] | None = None


class ChangeRecord(_Part):
    """One change, as `engine.plan.fingerprint.change_values` gives it."""

    action: Literal["create", "update", "delete"]
    address: ObjectAddress
    kind: str
    names: list[str]
    renamedFrom: ObjectAddress | None
    protected: bool
    fields: list[FieldRecord]

    @model_validator(mode="after")
    def _agree(self) -> ChangeRecord:
        if Address(self.kind, tuple(self.names)) != Address.parse(self.address):
            raise ValueError("its kind and names are not those of its address")
        if self.action == "delete" and self.fields:
            raise ValueError("a deletion has no fields")
        return self


class RealmRecord(_Part):
    """One realm: a digest of each declaration, and the changes that the reviewer saw."""

    realm: Name
    owner: Name
    declared: dict[ObjectAddress, Digest]
    absent: dict[ObjectAddress, Digest]
    createsRealm: bool
    changes: list[ChangeRecord]

    @model_validator(mode="after")
    def _belong(self) -> RealmRecord:
        _once((change.address for change in self.changes), "two changes have one address")
        if not self.declared.keys().isdisjoint(self.absent):
            raise ValueError("an object is declared, and declared absent")
        for change in self.changes:
            if (change.action != "delete") != (change.address in self.declared):
                raise ValueError("a change does not fit what is declared")
        return self


class FileRecord(_Part):
    """One file that the plan was made of."""

    path: Name
    sha256: Digest


class PlanDocument(_Part):
    """The whole saved plan."""

    realmctl: Literal["saved plan"]
    format: Literal[3]
    version: Name
    paths: Annotated[list[Name], Field(min_length=1)]
    files: Annotated[list[FileRecord], Field(min_length=1)]
    realms: Annotated[list[RealmRecord], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> PlanDocument:
        _once((one.path for one in self.files), "a file is named twice")
        _once((one.realm for one in self.realms), "a realm is planned twice")
        return self


def _once(names: Iterable[str], message: str) -> None:
    found = list(names)
    if len(set(found)) < len(found):
        raise ValueError(message)


def parse(content: bytes) -> PlanDocument:
    """The checked document. Raises Damaged, and OtherFormat for a saved plan of another version's format."""
    if len(content) > LARGEST:
        raise Damaged(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        data = json.loads(
            content.decode(),
            object_pairs_hook=_unique_keys,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        _check_depth(data)
    except UnicodeDecodeError as error:
        raise Damaged("it is not UTF-8 text") from error
    except RecursionError as error:
        raise Damaged(_DEEP) from error
    except json.JSONDecodeError as error:
        raise Damaged(f"it is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except ValueError as error:
        raise error if isinstance(error, Damaged) else Damaged("it is not JSON: a number is too long") from error
    if not isinstance(data, dict) or data.get("realmctl") != NAMED:
        raise Damaged("it is not a saved plan")
    written = data.get("format")
    if isinstance(written, int) and not isinstance(written, bool) and written != FORMAT:
        version = data.get("version")
        raise OtherFormat(cut(clean(version), 40) if isinstance(version, str) else "of an unknown version")
    try:
        return PlanDocument.model_validate(data)
    except ValidationError as error:
        raise Damaged(_first(error)) from error


_DEEP = f"its lists and maps are nested more than {DEEPEST} levels deep"


def _unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Damaged("a key stands twice in one map")
    return found


def _no_constant(name: str) -> Any:
    raise Damaged(f"{name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Damaged("a number is too large")
    return number


def _check_depth(data: Any) -> None:
    """Raises Damaged for what is nested too deep, and for texts that are no Unicode (lone surrogates)."""
    level = [data]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not value.isascii():
                _check_text(value)
        if not below:
            return
        level = below
    raise Damaged(_DEEP)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Damaged("a text holds half a character (a lone surrogate)") from None


def _first(error: ValidationError) -> str:
    """The first mistake in words: where it is, and what it is; never the value."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = clean(".".join(str(part) for part in found["loc"]))
    told = str(found["msg"]).removeprefix("Value error, ")
    return f"{cut(where, 80)}: {told}" if where else told
