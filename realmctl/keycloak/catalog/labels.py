"""What Keycloak's forms call the keys of config: errors about components name a key by its label (26.7.3).

Packaged data of a real server. Must not know about: files, errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def keys_of_label(label: str) -> tuple[str, ...]:
    """The config keys with that label, of whichever type; none where no form has it."""
    return _labels().get(label.strip(), ())


@cache
def _labels() -> Mapping[str, tuple[str, ...]]:
    found = json.loads(files(__package__).joinpath("data", "labels.json").read_text(encoding="utf-8"))
    return {label: tuple(keys) for label, keys in found.items()}
