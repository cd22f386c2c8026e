"""No danger says a secret, wherever a rule takes it from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realmctl.analysis.danger import Transition, dangers
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.model.address import Address
from realmctl.model.secret import HIDDEN, Secret
from realmctl.model.sentence import Name
from tests.cases.kinds.case import Case

CANARY = "canary-7f3a9c"
PLACES: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "a fixed claim": ("protocol-mapper/app/fixed", ("config", "claim.value"), Secret(CANARY)),
    "a redirect": ("client/app", ("redirectUris",), [Secret(f"https://{CANARY}.test/cb")]),
    "the root of a client": ("client/app", ("rootUrl",), Secret(f"https://{CANARY}.test")),
    "the host of a provider": ("identity-provider/corp", ("config", "tokenUrl"), Secret(f"https://{CANARY}.test/t")),
    "a mail server": ("realm", ("smtpServer", "host"), Secret(f"smtp.{CANARY}.test")),
    "a policy": ("realm", ("passwordPolicy",), Secret(f"regexPattern({CANARY})")),
    "a text": ("localization", ("localization", "en", "hello"), Secret(f"see https://{CANARY}.test")),
    "a user name template": ("identity-provider-mapper/corp/name", ("config", "template"), Secret(CANARY)),
}
SAID = {
    "desired": {
        "passwordPolicy": "length(8)",
        "smtpServer": {"host": "smtp.example.com"},
        "localization": {"en": {"hello": "x"}},
        "clients": {
            "app": {
                "rootUrl": "https://apps.example.com",
                "redirectUris": ["/cb"],
                "protocolMappers": {
                    "fixed": {
                        "protocolMapper": "oidc-hardcoded-claim-mapper",
                        "config": {"claim.name": "roles", "claim.value": "x"},
                    }
                },
            }
        },
        "identityProviders": {
            "corp": {
                "providerId": "oidc",
                "config": {"tokenUrl": "https://a.example.com/t"},
                "mappers": {
                    "name": {"identityProviderMapper": "oidc-username-idp-mapper", "config": {"template": "x"}}
                },
            }
        },
    },
    "live": {
        "passwordPolicy": "regexPattern(a) and length(9)",
        "smtpServer": {"host": "mail.example.com"},
        "clients": [{"clientId": "app", "id": "c1", "redirectUris": ["https://apps.example.com/old"]}],
        "identityProviders": [
            {"alias": "corp", "providerId": "oidc", "config": {"tokenUrl": "https://b.example.com/t"}},
        ],
    },
}


def _with(value: Any, path: tuple[str, ...], new: Any) -> Any:
    return {**value, path[0]: _with(value.get(path[0]) or {}, path[1:], new)} if path else new


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_in_no_sentence(place: str) -> None:
    case = Case(Path("x.yaml"), SAID)
    text, path, value = PLACES[place]
    address = Address.parse(text)
    want = case.desired.resources[address]
    resources = {**case.desired.resources, address: replace(want, fields=_with(want.fields, path, value))}
    desired = replace(case.desired, resources=resources)
    comparison = compare(desired, case.snapshot)
    found = dangers(Transition.of_plan(make_plan(comparison), comparison))
    said = [part.text if isinstance(part, Name) else part for one in found for part in one.sentence]
    assert said
    assert CANARY not in "".join(said)
    assert place == "a policy" or HIDDEN in said
