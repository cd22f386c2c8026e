"""References by text that a plan breaks: new ones that lead nowhere, and those to an object that goes or is renamed.

Keycloak takes nearly any text, and what names no object then does nothing, or the wrong thing. Pure. Must not know
about: requests, how a plan is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holders
from realmctl.engine.plan.renames import under_new_name
from realmctl.errors import Finding
from realmctl.keycloak.catalog import references as known
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.references import Mention, Names, mentions
from realmctl.keycloak.references.mention import decides_logins
from realmctl.model.address import Address
from realmctl.model.change import Change
from realmctl.model.objects import Declared
from realmctl.model.suggestion import did_you_mean

_LISTED = 5


class LostNames:
    """The references by text of one plan. `goes` tells what the plan deletes."""

    def __init__(self, comparison: Comparison, goes: Callable[[Address], bool]) -> None:
        self._desired, self._live, self._seen = comparison.desired, comparison.as_read, comparison.live
        self._renames, self._goes = comparison.renames, goes

    @cached_property
    def _before(self) -> Names:
        return Names({a: one.fields for a, one in self._live.objects.items()}, ignored=self._live.unseen_kinds)

    @cached_property
    def _after(self) -> Names:
        declared = {a: one.fields for a, one in self._desired.resources.items()}
        staying = {a: one.fields for a, one in self._seen.objects.items() if not self._goes(a)}
        return Names(declared, staying, ignored=self._seen.unseen_kinds)

    @cached_property
    def _former(self) -> Mapping[Address, Address]:
        return {self._renamed(address): address for address in self._live.objects}

    def findings(self) -> Iterator[Finding]:
        """Yield an error for each declared text that leads nowhere, unless the server has the same already."""
        return (finding for _, finding in self.by_object())

    def by_object(self) -> Iterator[tuple[str, Finding]]:
        """Yield the same errors, each with the title and the name of the object that has the text."""
        for want in () if self._desired.undoes else self._desired.resources.values():
            for mention in mentions(want.address, want.fields, self._after.ask):
                found = self._after.find(mention)
                is_wrong = self._is_unclear(mention) if found else not self._may_lead_nowhere(mention)
                # Whether the server has it already takes the longest to find out.
                if is_wrong and not self._after.is_unknown(mention) and not self._is_settled(want, mention):
                    whose = f"{_title(want.address)} {_named(want.address)}"
                    yield whose, self._unclear(want, mention, found[0]) if found else self._nowhere(want, mention)

    def _may_lead_nowhere(self, mention: Mention) -> bool:
        reference = mention.reference
        return reference.free or reference.kind == known.ATTRIBUTE or "config-reference" in self._desired.accepted

    def _is_unclear(self, mention: Mention) -> bool:
        """Return whether the path of a group is that of another group, too: Keycloak takes no id here."""
        is_path = mention.reference.form == known.PATH and "ambiguous-path" not in self._desired.accepted
        return is_path and len(self._after.by_path(mention.text)) > 1

    def _is_settled(self, want: Declared, mention: Mention) -> bool:
        """Return whether the server has the same text at the same place, and it leads to the same objects there."""
        live = self._live.objects.get(self._former.get(want.address, want.address) if self._renames else want.address)
        there = mentions(live.address, live.fields, self._before.ask) if live else ()
        same = (one for one in there if (one.path, one.text) == (mention.path, mention.text))
        return any(self._before.find(one) == self._after.find(mention) for one in same)

    def _nowhere(self, want: Declared, mention: Mention) -> Finding:
        target = self._after.intended(mention)
        title = _title(target)
        told = f"refers to the {title} {_named(target)}, which is neither declared nor on the server"
        new = self._renames.get(target)
        if new is not None:
            told, advice = f"refers to the {title} {_named(target)}, which becomes {_named(new)}", "write the new name"
        elif target in self._live.objects and self._goes(target):
            told, advice = f"refers to the {title} {_named(target)}, which this plan deletes", "declare it again"
        else:
            advice = self._advice(mention, target)
        if decides_logins(mention):
            told += ": Keycloak then writes to its log, and the login goes on"
        return Finding("unknown-reference", told, want.origin.place(*mention.at), advice)

    def _advice(self, mention: Mention, target: Address) -> str:
        same = self._after.by_path(mention.text) if mention.reference.form == known.PATH else []
        if same:
            return f"Keycloak finds no group {_named(same[0])} by a path here: rename it, or what begins like it"
        if mention.reference.form == known.PATH and "~/" in mention.text:
            return "write the path without ~: Keycloak does not know ~/ here"
        # A name of either kind of role may be meant.
        near = [".".join(one.names) for one in self._after if one.kind in _alike(target.kind)]
        guess = did_you_mean(".".join(target.names), near)
        return f"did you mean {guess}?" if guess else "declare it, or take the reference out"

    def _unclear(self, want: Declared, mention: Mention, taken: Address) -> Finding:
        same = self._after.by_path(mention.text)
        told = f"the path {mention.text} is that of {len(same)} groups: Keycloak finds {_named(taken)} by it"
        advice = "rename one of the groups: no id can stand here"
        return Finding("ambiguous-path", told, want.origin.place(*mention.at), advice)

    def with_notes(self, changes: list[Change], deletions: list[Change]) -> tuple[list[Change], list[Change]]:
        """Return the changes with a note on each rename and deletion that leaves a live text leading nowhere."""
        gone = {change.address for change in deletions}
        if not gone and not self._renames:
            return changes, deletions
        lost: dict[Address, list[str]] = {}
        for live in self._live.objects.values():
            address = self._renamed(live.address)
            if self._goes(address):
                continue
            for mention in mentions(live.address, live.fields, self._before.ask):
                for target in self._lost(mention, address):
                    lost.setdefault(target, []).append(_place(address, mention))
        return _noted(changes, lost, _OLD_NAME), _noted(deletions, lost, _GONE)

    def _lost(self, mention: Mention, holder: Address) -> Iterator[Address]:
        """Yield the addresses of the changes by which a live text that stays comes to lead nowhere."""
        found = self._before.find(mention)
        now = [self._renamed(target) for target in found]
        if not found or now == [target for target in found if not self._goes(target)]:
            return
        want = self._desired.resources.get(holder)
        if want is not None and _says(want.fields, mention.path):
            return
        live = self._seen.objects.get(holder)
        kept = mentions(holder, live.fields, self._after.ask) if live else ()
        texts = [one for one in kept if one.path == mention.path]
        for target in now:
            if not any(target in self._after.find(one) for one in texts):
                yield target

    def _renamed(self, old: Address) -> Address:
        return under_new_name(old, self._renames)


_OLD_NAME = "is still named by its former name in {}, which Keycloak does not change: declare it there by the new one"
_GONE = "is still named in {}, where its name then leads nowhere"


def _noted(changes: list[Change], lost: Mapping[Address, list[str]], told: str) -> list[Change]:
    def note(change: Change) -> Change:
        within = {one for one in lost if one == change.address or change.address in holders(one)}
        texts = sorted({text for one in within for text in lost[one]})
        if not texts or (told is _OLD_NAME and change.renamed_from is None):
            return change
        more = f" and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
        return replace(change, notes=(*change.notes, told.format(", ".join(texts[:_LISTED]) + more)))

    return [note(change) for change in changes]


def _alike(kind: str) -> Collection[str]:
    return ("role", "client-role") if kind in ("role", "client-role") else (kind,)


def _says(fields: Any, path: tuple[str | int, ...]) -> bool:
    """Return whether the value at `path`, or a list that holds it, is declared."""
    for step in path:
        if isinstance(step, int):
            return True
        if not isinstance(fields, Mapping) or step not in fields:
            return False
        fields = fields[step]
    return True


def _place(address: Address, mention: Mention) -> str:
    keys = [str(one) for one in mention.path if isinstance(one, str) and one not in ("executions", "config")]
    return f"{_title(address)} {_named(address)} ({keys[-1]})"


def _title(address: Address) -> str:
    return kinds()[address.kind].title if address.kind in kinds() else address.kind.replace("-", " ")


def _named(address: Address) -> str:
    return " / ".join(address.names)
