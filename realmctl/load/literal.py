"""A YAML text as plain data, references in it left as they stand: files that are not realmctl's own.

Must not know about: what the data means.
"""

from __future__ import annotations

from typing import Any

from realmctl.errors import BadConfig, Place
from realmctl.load.syntax import document


def plain_data(text: str, file: str) -> Any:
    """The data of a YAML document that is a map. Raises BadConfig naming what is wrong with it, and where."""
    found = document(text.encode(), file, _literally)
    if found.findings:
        raise BadConfig(found.findings)
    return found.data


def _literally(text: str, _place: Place) -> str:
    return text
