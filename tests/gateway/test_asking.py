"""What `gateway check` makes of a gateway's answers, and of none: the answers are made up, in `asking.yaml`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from realmctl.errors import Unreachable
from realmctl.integrations.gateway.probe.checks import PointState, group_evidence
from realmctl.integrations.gateway.probe.logins import logins, with_token
from realmctl.integrations.gateway.probe.public_access import outside
from realmctl.integrations.gateway.probe.requests import Asking
from realmctl.integrations.gateway.values import KEY, Gateway
from realmctl.keycloak.admin import Seen
from tests.charts.helm import EXAMPLE

SAID: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "asking.yaml").read_text(encoding="utf-8"))
VALUES = Gateway.model_validate(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))[KEY])
CLAIMS = {"iss": VALUES.issuer, "aud": "orders-api"}


class Answers:
    """A gateway whose answers are known."""

    def __init__(self, answers: Sequence[Mapping[str, Any]]) -> None:
        self.answers = answers

    def send(self, method: str, target: str, headers: Mapping[str, str]) -> Seen:
        request = "\n".join([f"{method} {target}", *(f"{name}: {value}" for name, value in headers.items()), ""])
        said = next(one for one in self.answers if re.search(one["when"], request))
        if said.get("none"):
            raise Unreachable(f"no answer to {method} {target}")
        shown = tuple((name, said[name]) for name in ("location", "set-cookie") if name in said)
        return Seen(said["status"], shown, said.get("body", ""))


@pytest.mark.parametrize("name", SAID["cases"])
def test_what_is_made_of_the_answers(name: str) -> None:
    case = SAID["cases"][name]
    origin = case.get("origin", "https://apps.example.com")
    answers = Answers([*case.get("answers", ()), *SAID["answers"]])
    values = VALUES if case.get("values", True) else None
    asking = Asking(answers.send, origin, urlsplit(origin).netloc, values)
    claims = base64.urlsafe_b64encode(json.dumps(CLAIMS).encode()).rstrip(b"=").decode()
    token = f"{case['token']}.{claims}." if "token" in case else ""
    found = {
        one.point.id: one
        for one in group_evidence(
            [*outside(asking), *logins(asking), *with_token(asking, token, "/echo" if token else "")]
        )
    }
    told = {state: case.get(state.value, {}) for state in PointState}
    evidence = [each for one in found.values() for each in one.evidence if each.state is PointState.OPEN]
    assert {each.point for each in evidence} == {*told[PointState.OPEN]}, evidence
    for state, points in told.items():
        for point, words in points.items():
            if words:
                messages = [each.message for each in found[point].evidence if each.state is state]
                assert any(words in each for each in messages), (state, point, found[point].evidence)
            else:
                assert found[point].state is state, (point, found[point].evidence)
