"""Commands to paste for what has drifted: put it back, take it over into the files, explain it.

Pure. Must not know about: terminals, how a command is carried out.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from realmctl.model.drift import Command, Deviation, RealmDrift, What

_ADOPTABLE = frozenset({What.CHANGED, What.UNMANAGED})


@dataclass(frozen=True, slots=True)
class Call:
    """How drift was called: its paths, and its options without those of its output. It holds no secret."""

    paths: Sequence[str] = ()
    options: Sequence[str] = ()
    """Options that `apply` and `drift` both take, such as `--var-file`, each beside its value."""
    fleet: str = ""

    def put_back(self) -> str:
        """The command that makes the server as declared; "" for a fleet, of which each server has its own."""
        return "" if self.fleet else shlex.join(("realmctl", "apply", *self.options, *self.paths))

    def drift(self, option: str, address: str) -> str:
        """The command of drift with one more option about an object."""
        fleet = ("--fleet", self.fleet) if self.fleet else ()
        return shlex.join(("realmctl", "drift", option, address, *fleet, *self.options, *self.paths))


def with_commands(found: Sequence[RealmDrift], call: Call) -> tuple[RealmDrift, ...]:
    """Return the same drift, each deviation with the commands that fit it."""
    return tuple(
        replace(realm, deviations=tuple(replace(one, commands=commands(one, call)) for one in realm.deviations))
        for realm in found
    )


def commands(one: Deviation, call: Call) -> tuple[Command, ...]:
    """Return the commands for one deviation, the most usual first."""
    address = str(one.address)
    back = call.put_back() if one.what is not What.UNMANAGED else ""
    adopt = call.drift("--adopt", address) if one.what in _ADOPTABLE and not call.fleet else ""
    told = (
        Command("putBack", "put back", back),
        Command("adopt", "adopt", adopt),
        Command("explain", "explain", call.drift("--explain", address)),
    )
    return tuple(each for each in told if each.text)


def options_of(given: Mapping[str, object], secret: frozenset[str]) -> tuple[str, ...]:
    """Return options as words of a command line; those in `secret` are left out."""
    found: list[str] = []
    for name, value in given.items():
        if name not in secret:
            found += [f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value)]
    return tuple(found)
