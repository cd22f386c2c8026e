"""Reads objects of a representation: the same for each kind. Must not know about: single sections."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from realmctl.export.foreign.reading import HOME, Problem, Reading
from realmctl.export.foreign.values import Values
from realmctl.keycloak.kinds.model_values import model_within, types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.kinds.user_profile import DOCUMENT, PROFILE, UserProfileAttribute
from realmctl.model.address import Address
from realmctl.model.fields import wire_text
from realmctl.model.suggestion import meant

Steps = tuple[str | int, ...]
Item = Mapping[str, Any]

_UNSET: tuple[Any, ...] = (None, "", [], {}, False)
_GIVEN = frozenset({"id", "scheduledAt", "executionStatus", "status", "state", "name"})
"""Keys of parts of objects that say nothing of a declaration."""


class ExportReader:
    """Takes a representation apart into a `Reading`."""

    def __init__(self, reading: Reading, *, strict: bool) -> None:
        self.reading = reading
        self.values = Values(self.complain, strict=strict)
        self._seen: set[Address] = set()
        self._items: dict[Steps, Item] = {}

    def problem(self, path: Steps, what: str, advice: str = "") -> None:
        """Note what cannot be declared: `what` is the object of that sentence."""
        self.complain(path, f"realmctl cannot declare {what}", advice)

    def complain(self, path: Steps, message: str, advice: str = "") -> None:
        """Note what is wrong, once."""
        found = Problem(path, message, advice)
        if found not in self.reading.problems:
            self.reading.problems.append(found)

    def note(self, text: str) -> None:
        """Note what is left out on purpose."""
        self.reading.notes.append(text)

    def link(self, address: Address, field: str, path: Steps) -> None:
        """Note that the files state a field of a link."""
        self.reading.links.setdefault(address, {})[field] = path

    def at(self, path: Steps) -> Item:
        """Return the object that was read at a path."""
        return self._items[path]

    def demand_keys(self, value: Any, known: Collection[str], path: Steps) -> None:
        """Complain of the keys of a map that Keycloak does not know there."""
        for key in value if isinstance(value, Mapping) else ():
            if key not in known:
                self.problem((*path, key), f"the unknown key '{key}'{meant(str(key), list(known))}")

    def items(self, items: Any, path: Steps, kind: str, *, within: str = "") -> Iterator[tuple[dict[str, Any], Steps]]:
        """Each object of a list with its path; without those that have no name, or one that was there before."""
        key = kinds()[kind].key
        seen: set[tuple[str, str]] = set()
        for index, item in enumerate(items or ()):
            here = (*path, index)
            name = (str(item.get(within)), str(item.get(key) or ""))
            if not name[1]:
                known = next((f" ({one} {item[one]})" for one in ("name", "id") if item.get(one)), "")
                title = kinds()[kind].title
                self.problem(here, f"a {title} without {key}{known}", f"write {key}: realmctl knows a {title} by it")
            elif name in seen:
                self.problem(here, f"a second {kinds()[kind].title} '{name[1]}'", "join the two")
            else:
                seen.add(name)
                self._items[here] = item
                yield item, here

    def listed(
        self, kind: str, items: Any, section: str, extra: Collection[str] = (), *, at: Steps = ()
    ) -> list[dict[str, Any]]:
        """The objects of a section that is a list."""
        path = at or (section,)
        return [self.fields(kind, one, here, extra) for one, here in self.items(items, path, kind)]

    def fields(self, kind: str, item: Item, path: Steps, extra: Collection[str] = ()) -> dict[str, Any]:
        """The fields of an object of a kind, with its path; `extra` are keys that somebody else reads."""
        known = kinds()[kind]
        found: dict[str, Any] = {HOME: path}
        for key, value in item.items():
            here = (*path, key)
            if value is None or key in extra:
                continue
            if key == known.key:
                found[key] = str(value)
            elif key in known.fields():
                read = self.values.read(known, key, value, here)
                self._check_parts(types(known)[key], read, here)
                if read is not None:
                    found[key] = read
            else:
                self._unknown(kind, key, value, here)
        return found

    def _unknown(self, kind: str, key: str, value: Any, path: Steps) -> None:
        one = kinds()[kind]
        omission = one.omitted.get(key)
        if omission is None:
            known = (*one.fields(), *one.omitted)
            self.problem(path, f"the unknown key '{key}' of {one.title}{meant(key, known)}")
        elif omission.decided and value not in _UNSET:
            self.problem(path, f"'{key}' of {one.title}", omission.why)

    def _check_parts(self, annotation: Any, value: Any, path: Steps) -> None:
        """Complain of unknown keys in the maps that are parts of an object, such as the executors of a profile."""
        model = model_within(annotation)
        if model is None:
            return
        parts = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, Mapping) else ()
        for key, part in parts:
            self.check_part(model, part, (*path, key))

    def check_part(self, model: type[BaseModel], part: Any, path: Steps) -> None:
        """Complain of the keys of a part that its model has not."""
        for key, item in part.items() if isinstance(part, Mapping) else ():
            if key not in model.model_fields and key not in _GIVEN and item not in _UNSET:
                self.problem((*path, key), f"the unknown key '{key}'{meant(str(key), list(model.model_fields))}")

    def texts(self, value: Any, path: Steps) -> dict[str, Any]:
        """Return a map of texts, as Keycloak keeps settings."""
        if not isinstance(value, Mapping):
            return {}
        for key, item in value.items():
            if isinstance(item, (Mapping, list)):
                self.problem((*path, key), f"'{key}' is no text", "write a text")
        return {key: wire_text(item) for key, item in value.items()}

    def profile(self, profile: Item, path: Steps) -> None:
        """Take the user profile over."""
        known = {"attributes", "groups", "unmanagedAttributePolicy"}
        self.demand_keys(profile, known, path)
        for part in ("attributes", "groups"):
            for one, here in self.items(profile.get(part), (*path, part), "user-profile"):
                if part == "attributes":
                    self.check_part(UserProfileAttribute, one, here)
        self.reading.export[DOCUMENT] = {key: value for key, value in profile.items() if key in known}
        for name in sorted(known & set(profile)):
            if profile[name] is not None:
                self.link(PROFILE, name, (*path, name))
        if len(profile.get("attributes") or ()) > 1:
            self.link(PROFILE, "attributeOrder", (*path, "attributes"))
