"""The gateway's values as text, and where a file that is checked in differs from them.

Must not know about: how values are drawn from a realm; who reads files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from realmctl.config.yaml.text import comment, lines
from realmctl.engine.plan.value_text import json_safe, json_text
from realmctl.errors import Finding, Place
from realmctl.integrations.gateway.istio import NOTES, resources
from realmctl.integrations.gateway.istio import GatewayPlacement as Where
from realmctl.integrations.gateway.values import KEY, Gateway

Path = tuple[str | int, ...]

_MADE = "Made by `realmctl render` from the files of realm {}: change those, not this."


def data(gateway: Gateway) -> dict[str, Any]:
    """The values as plain data, as they stand in a file."""
    found: dict[str, Any] = json.loads(gateway.model_dump_json())
    return {KEY: found}


def as_yaml(gateway: Gateway) -> str:
    """A values file for Helm."""
    head = comment(_MADE.format(gateway.realm))
    return "\n".join([*head, *lines(data(gateway))]) + "\n"


def as_json(gateway: Gateway) -> str:
    """The same as JSON."""
    return json_text(data(gateway))


def as_istio(gateway: Gateway, where: Where) -> str:
    """Istio's resources, one YAML document each."""
    head = [*comment(_MADE.format(gateway.realm)), "#", *(f"# {line}" for line in NOTES.splitlines())]
    documents = ["\n".join(lines(one)) for one in resources(gateway, where)]
    return "\n".join(head) + "\n---\n" + "\n---\n".join(documents) + "\n"


def differences(gateway: Gateway, written: Any, place: Callable[[Path], Place]) -> list[Finding]:
    """Where `written`, the data of a values file, differs; `place` tells where a path of it stands.

    What a chart has beside `gateway` is its own.
    """
    wanted = data(gateway)[KEY]
    if not isinstance(written, dict) or KEY not in written:
        message = f"there are no values of a gateway in it: the key '{KEY}' is missing"
        return [Finding(_RULE, message, place(()), _ADVICE)]
    return list(_differences(wanted, written[KEY], (KEY,), place))


_RULE = "gateway-drift"
_ADVICE = "write it anew with `realmctl render … -o FILE`, or change the realm's files"


def _differences(wanted: Any, written: Any, path: Path, place: Callable[[Path], Place]) -> Iterator[Finding]:
    if isinstance(wanted, dict) and isinstance(written, dict):
        for key in [*wanted, *(key for key in written if key not in wanted)]:
            inner = (*path, key)
            if key not in written:
                yield Finding(_RULE, f"'{_name(inner)}' is missing; it is {_told(wanted[key])}", place(path), _ADVICE)
            elif key not in wanted:
                yield Finding(_RULE, f"'{_name(inner)}' is not what the realm's files give", place(inner), _ADVICE)
            else:
                yield from _differences(wanted[key], written[key], inner, place)
    elif isinstance(wanted, list) and isinstance(written, list) and len(wanted) == len(written):
        for index, (one, other) in enumerate(zip(wanted, written, strict=True)):
            yield from _differences(one, other, (*path, index), place)
    elif type(wanted) is not type(written) or wanted != written:
        message = f"'{_name(path)}' is {_told(written)}; the realm's files give {_told(wanted)}"
        yield Finding(_RULE, message, place(path), _ADVICE)


def _name(path: Path) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in path)


def _told(value: Any) -> str:
    if isinstance(value, (dict, list)) and value and not all(isinstance(one, str) for one in value):
        return "a map" if isinstance(value, dict) else f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a map of {', '.join(value)}" if value else "an empty map"
    return json_safe(json.dumps(value, ensure_ascii=False))
