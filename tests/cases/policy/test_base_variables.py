"""Variables of a base: the list of a pipeline is that of the change, and the base may be older than it."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.workflow import BaseVariables, compared_with, read_base
from tests.cases.policy.repository import repository, write
from tests.cases.policy.scene import FILES
from tests.cases.policy.test_against import ENV, OPENED, REALM, WEAKER, rules


def test_the_base_may_refer_to_what_the_pipeline_lists_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that takes a variable out of the files and the pipeline's list is compared all the same."""
    old = FILES["realm.yaml"].replace("description: Reads", "description: $(env:GONE_NAME)")
    repo = repository(tmp_path / "repo", {**REALM, "realms/platform/realm.yaml": old})
    write(repo, {**REALM, **OPENED})
    monkeypatch.chdir(repo)
    environ = {**ENV, "GONE_NAME": "of no importance", "REALMCTL_ALLOW_VARIABLES": "SECRET"}
    configs = load((), environ=environ)
    read = read_base("HEAD", (), ["platform"], environ=environ, variables=BaseVariables({}))
    assert read.problem == ""
    assert rules(compared_with(read, configs)["platform"]) == WEAKER
    assert "of no importance" not in repr(read.policies["platform"].config.desired)
