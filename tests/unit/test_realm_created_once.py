"""A realm that another transaction created while ours was under way: what the server shows of it, and when."""

from __future__ import annotations

from typing import Any, cast

import pytest

from realmctl.engine.apply.writer import Writer
from realmctl.errors import Conflict, Forbidden, NotFound
from realmctl.keycloak.admin import Admin, Answer

_BODY = {"realm": "acme", "attributes": {"realmctl.inventory.realmctl": "mine"}}
_THEIRS = {"realm": "acme", "attributes": {"realmctl.inventory.realmctl": "theirs"}}
_HIDDEN = Forbidden("403", status=403)
_ABSENT = NotFound("404", status=404)


class _Server:
    """Answers every POST with 409, and each GET with the next of `answers`; the last one stays."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self._answers = list(answers)

    def send(self, method: str, path: object, body: object = None, **_: object) -> Answer:
        if method == "POST":
            raise Conflict("409", status=409)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Answer(200, body=answer)

    def get(self, *path: str, query: object = None) -> Any:
        return self.send("GET", path).body

    def renew(self) -> None:
        pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.engine.apply.creation.PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("answers", [(_BODY,), (_HIDDEN, _BODY), (_ABSENT, _HIDDEN, _BODY)])
def test_a_realm_of_an_earlier_attempt_counts_when_it_becomes_visible(answers: tuple[Any, ...]) -> None:
    Writer(cast(Admin, _Server(*answers)), "acme", {}).create_realm(_BODY)


@pytest.mark.parametrize("answers", [(_THEIRS,), (_HIDDEN, _THEIRS), (_HIDDEN,), (_ABSENT,)])
def test_a_realm_of_somebody_else_is_a_conflict(answers: tuple[Any, ...]) -> None:
    with pytest.raises(Conflict):
        Writer(cast(Admin, _Server(*answers)), "acme", {}).create_realm(_BODY)
