"""The file with `teams` of a realm around the files that are read: files named by path alone do not escape its bounds.

Must not know about: what teams may declare.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from realmctl.config.git.index import work_tree
from realmctl.config.inputs.file_access import SIZE_LIMIT, FileRefusedError, read_regular
from realmctl.config.loader.discovery import RealmSource, yaml_files
from realmctl.config.yaml.syntax import document, literally
from realmctl.errors import Finding, Place

_KEY = "teams"


def check_enclosing(source: RealmSource) -> list[Finding]:
    """Return an error if a folder at or above the source's has a realm with teams, and the source leaves it out.

    Below the folder of a realm, every file belongs to that realm.
    """
    home = next(_homes_around(source), None)
    if home is None:
        return []
    folder = Path(home.file).parent
    message = f"{source.files[0]} belongs to the realm of {home}, whose teams bound what the file may declare"
    advice = f"Name the whole folder instead: {folder}"
    return [Finding("part-of-teams", message, Place(str(source.files[0])), advice)]


def _homes_around(source: RealmSource) -> Iterator[Place]:
    folder = Path(os.path.realpath(source.folder))
    root = work_tree(folder)
    taken = {os.path.realpath(file) for file in source.files}
    for one in (folder, *folder.parents):
        yield from _homes([file for file in _files_in(one) if os.path.realpath(file) not in taken])
        if one == root:
            return


def _files_in(folder: Path) -> Sequence[Path]:
    try:
        return yaml_files(folder)
    except OSError:
        return ()  # Who may not list the folder gets no realm from there either.


def _homes(files: Sequence[Path]) -> Iterator[Place]:
    for file in files:
        try:
            content = read_regular(file, SIZE_LIMIT)
        except (OSError, FileRefusedError):
            continue
        # A key may be written with escapes; most files have neither.
        if len(content) > SIZE_LIMIT or not (_KEY.encode() in content or b"\\" in content):
            continue
        found = document(content, str(file), literally)
        if isinstance(found.data, dict) and _KEY in found.data and "realm" in found.data:
            place = found.locate((_KEY,), key=True)[1]
            yield Place(os.path.relpath(file), place.line, place.column)
