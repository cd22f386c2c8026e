"""The bases of the review's corpus on a real Keycloak: each applies, and is then as the corpus takes it to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader import RealmConfig
from realmctl.engine.apply.apply import apply
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import BadConfig, Refused
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Snapshot
from tests.cases.review.applied import applied
from tests.cases.review.corpus import CORPUS, loaded, read_all

BASES = sorted((CORPUS / "bases").iterdir())


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_base_of_the_corpus(admin: Admin, realm_name: str, tmp_path: Path, base: Path) -> None:
    named = tmp_path / "base"
    named.mkdir()
    for file in base.iterdir():
        text = file.read_text(encoding="utf-8")
        (named / file.name).write_text(_renamed(text, base.name, realm_name), encoding="utf-8")
    config = loaded(named)
    apply(
        admin,
        config.desired,
        make_plan(compare(config.desired, read(admin, scope_of(config.desired)))),
        source="a test",
    )
    admin.renew()
    real = read(admin, scope_of(config.desired))
    assert make_plan(compare(config.desired, real)).changes == ()
    offline = applied(config.desired)
    assert make_plan(compare(config.desired, offline)).changes == ()
    for request in (one for which in ("hostile", "harmless") for one in read_all(CORPUS, which)):
        if request.base != base:
            continue
        scratch = tmp_path / request.name
        scratch.mkdir()
        head = request.write_head(scratch)
        main = head / "realm.yaml"
        main.write_text(_renamed(main.read_text(encoding="utf-8"), base.name, realm_name), encoding="utf-8")
        try:
            wanted = loaded(head)
        except BadConfig:
            continue  # Refused before any server is asked.
        assert _told(wanted, real) == _told(wanted, offline), request.name


def _renamed(text: str, old: str, new: str) -> str:
    return text.replace(f"\nrealm: {old}\n", f"\nrealm: {new}\n")


def _told(config: RealmConfig, snapshot: Snapshot) -> list[str]:
    """What a plan changes, one line a field; or why there is none."""
    try:
        plan = make_plan(compare(config.desired, snapshot))
    except (BadConfig, Refused) as error:
        return [error.message]
    found = [f"{change.action.value} {change.address} {change.renamed_from or ''}" for change in plan.changes]
    for change in plan.changes:
        for field in change.fields:
            old = sorted(map(str, field.old)) if isinstance(field.old, list) else field.old
            new = sorted(map(str, field.new)) if isinstance(field.new, list) else field.new
            found.append(f"{change.address} {field.path}: {old!r} → {new!r}")
    return sorted(found)
