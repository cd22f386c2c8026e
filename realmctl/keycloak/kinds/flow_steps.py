"""Changes of single steps of a flow that exists: names of steps, and the whole flow that follows from the changes.

Pure. Must not know about: how flows are read or compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.errors import BadConfig, Finding
from realmctl.keycloak.kinds.temporary_name import final_name
from realmctl.model.objects import Declared, Live
from realmctl.model.suggestion import meant

Step = Mapping[str, Any]

_BETWEEN = " / "
_TOLD = 12
"""How many names of steps an error shows."""


def names(flow: str, steps: Sequence[Step] | None) -> list[tuple[str, Step]]:
    """Return every step with its name, in order.

    A step is named after its authenticator or sub-flow. Where a flow has several of that name, the sub-flow around it
    comes first, as in `forms / auth-otp-form`; of several in one sub-flow, all but the first have a number.
    """
    found = list(_walk(flow, steps or ()))
    plain = Counter(label for _, label, _ in found)
    seen: Counter[str] = Counter()
    named: list[tuple[str, Step]] = []
    for above, label, step in found:
        name = label if plain[label] == 1 else f"{above}{_BETWEEN}{label}"
        seen[name] += 1
        named.append((name if seen[name] == 1 else f"{name} ({seen[name]})", step))
    return named


def laid_over(want: Declared, have: Live | None) -> list[dict[str, Any]]:
    """Return the executions of the live flow with the declared changes. Raises BadConfig where a step is not there."""
    changes: Mapping[str, Step | None] = want.fields["steps"] or {}
    if have is None:
        told = f"flow {want.address.name!r} is new, and steps change a flow that exists"
        raise BadConfig([Finding("impossible", told, want.origin.place("steps"), "write its executions")])
    found = found_steps(want, have)
    return _changed(
        have.fields.get("executions") or (), {id(found[name]): change or {} for name, change in changes.items()}
    )


def found_steps(want: Declared, have: Live) -> dict[str, Step]:
    """Return the live step that each declared name means. Raises BadConfig where one means none, or several."""
    living = have.fields.get("executions") or ()
    known = dict(names(want.address.name, living))
    # The sub-flow may be written also where the step is the only one of its name.
    around = [(f"{above}{_BETWEEN}{label}", step) for above, label, step in _walk(want.address.name, living)]
    ways = Counter(name for name, _ in around)
    found = {**{name: step for name, step in around if ways[name] == 1}, **known}
    wrong = [_unknown(want, name, list(known)) for name in want.fields["steps"] or () if name not in found]
    if wrong:
        raise BadConfig(wrong)
    return {name: found[name] for name in want.fields["steps"] or ()}


def between(flow: str, old: Sequence[Step] | None, new: Sequence[Step] | None) -> dict[str, dict[str, Any]] | None:
    """Return the changes of single steps that lead from one flow to another; None where a step comes, goes or moves."""
    first, second = names(flow, old), names(flow, new)
    if [(name, _runs(step)) for name, step in first] != [(name, _runs(step)) for name, step in second]:
        return None
    found: dict[str, dict[str, Any]] = {}
    for (name, was), (_, step) in zip(first, second, strict=True):
        change: dict[str, Any] = {}
        if was["requirement"] != step["requirement"]:
            change["requirement"] = step["requirement"]
        if (was.get("description") or "") != (step.get("description") or ""):
            return None  # Of a built-in flow no description can be changed in place (26.7.3).
        if (was.get("configAlias") or "") != (step.get("configAlias") or ""):
            if not step.get("configAlias"):
                return None  # Settings can't be taken away in place.
            change["configAlias"] = step["configAlias"]
        before, after = was.get("config") or {}, step.get("config") or {}
        config = {key: value for key, value in after.items() if value != before.get(key)}
        config |= dict.fromkeys((key for key in before if key not in after), None)
        if config:
            change["config"] = config
        if change:
            found[name] = change
    return found


def _walk(above: str, steps: Sequence[Step]) -> Iterator[tuple[str, str, Step]]:
    for step in steps:
        label = final_name(str(step.get("flow") or step.get("authenticator")))
        yield above, label, step
        yield from _walk(label, step.get("executions") or ())


def _runs(step: Step) -> tuple[Any, ...]:
    kind = (step.get("providerId") or "basic-flow") if step.get("flow") else None
    return (step.get("authenticator"), step.get("flow"), kind, len(step.get("executions") or ()))


def _changed(living: Sequence[Step], changes: Mapping[int, Step]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for step in living:
        # Without settings and description: what nobody changes is not compared either.
        made = {key: step[key] for key in ("authenticator", "flow", "providerId", "requirement") if step.get(key)}
        if made.get("flow"):
            made["flow"] = final_name(made["flow"])
            made["executions"] = _changed(step.get("executions") or (), changes)
        said = changes.get(id(step), {})
        found.append(made | {key: value for key, value in said.items() if value is not None})
    return found


def _unknown(want: Declared, name: str, known: list[str]) -> Finding:
    told = f"flow {want.address.name!r} has no step {name!r}{meant(name, known)}"
    several = [one for one in known if one.endswith(f"{_BETWEEN}{name}")]
    if several:
        told = f"flow {want.address.name!r} has several steps {name!r}"
    shown = several or known
    advice = f"its steps: {', '.join(shown[:_TOLD])}{' …' if len(shown) > _TOLD else ''}"
    return Finding("impossible", told, want.origin.place("steps", name), advice)
