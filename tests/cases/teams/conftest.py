"""The realm of `base`, read with files laid over it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

import realmctl.config.teams
from realmctl.config.loader import RealmConfig, load
from realmctl.config.teams.subject import TeamFile, TeamRealm, expand_file
from realmctl.errors import BadConfig, Finding
from realmctl.model.address import Address

BASE = Path(__file__).parent / "base"


def lay(folder: Path, files: Mapping[str, str]) -> None:
    """The base realm with these files, in a folder."""
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(folder: Path) -> tuple[RealmConfig | None, list[Finding]]:
    """The realm, or None; and its errors."""
    try:
        (config,) = load([folder], environ={})
    except BadConfig as error:
        return None, [one for one in error.findings if one.severity == "error"]
    return config, []


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TeamFile:
    """What the rules look at for the file orders.yaml of the base realm."""
    found: list[TeamRealm] = []

    def keep(realm: TeamRealm) -> list[Finding]:
        found.append(realm)
        return []

    lay(tmp_path, {})
    monkeypatch.setattr(realmctl.config.teams, "check_teams", keep)
    read(tmp_path)
    (realm,) = found
    document = next(one for one in realm.documents if one.file.endswith("orders.yaml"))
    declared, _ = expand_file(document, realm.language)
    return TeamFile(realm, "orders", document, declared, frozenset({*declared, Address("client", ("orders-x",))}))
