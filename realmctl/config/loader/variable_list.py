"""The key `variables` of a realm's files, read before any reference is resolved.

Must not know about: what else the files declare.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from realmctl.config.inputs.file_access import SIZE_LIMIT, FileRefusedError, read_regular
from realmctl.config.inputs.variable_access import KEY, Allowed
from realmctl.config.yaml.syntax import document, literally


def allowed_in(files: Sequence[Path]) -> list[Allowed]:
    """Return the lists that the files hold: each of them restricts all files of the realm."""
    return [one for file in files for one in _list_in(file)]


def _list_in(file: Path) -> list[Allowed]:
    try:
        content = read_regular(file, SIZE_LIMIT)
    except (OSError, FileRefusedError):
        return []  # Reading the file itself tells of it.
    # A name may be written with escapes; most files have neither.
    if len(content) > SIZE_LIMIT or not (KEY.encode() in content or b"\\" in content):
        return []
    found = document(content, str(file), literally)
    if not isinstance(found.data, dict) or KEY not in found.data:
        return []
    said, place = found.data[KEY], found.locate((KEY,), key=True)[1]
    names = [str(one) for one in said] if isinstance(said, list) else []
    advice = f"add the name at {place}, which its reviewers have to approve"
    return [Allowed(names, f"'{KEY}' ({place})", advice)]
