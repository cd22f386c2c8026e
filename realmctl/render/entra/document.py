"""What was found, as versioned JSON.

Must not know about: how it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realmctl.integrations.entra.check import RegistrationCheck
from realmctl.integrations.entra.finding import SEVERITIES, EntraRemark
from realmctl.integrations.entra.rules.credentials import credentials_of
from realmctl.integrations.entra.rules.principal import count_assignments
from realmctl.render.entra.patch import patches
from realmctl.render.plan_json import dump


def document(checked: Sequence[RegistrationCheck]) -> str:
    """`{"format": 1, "realms": […]}`; `requests` are what puts right all that fails or warns."""
    return dump({"realms": [_realm(one) for one in checked]})


def _realm(one: RegistrationCheck) -> dict[str, Any]:
    found = one.registration
    who = count_assignments(found)
    return {
        "realm": one.want.realm,
        "clientId": one.want.client_id,
        "tenantId": one.want.word.home,
        "application": {"id": found.app.get("id"), "displayName": found.name} if found.application else None,
        "redirectUri": one.want.redirect_uri,
        "summary": {severity: one.counts[severity] for severity in SEVERITIES},
        "findings": [_remark(remark) for remark in one.remarks],
        "requests": [
            {"method": method, "url": url, "body": body}
            for (method, url), body in patches(r for r in one.remarks if r.severity != "note").items()
        ],
        "credentials": [
            {
                "kind": credential.kind,
                "keyId": credential.key_id,
                "displayName": credential.name or None,
                "endDateTime": credential.end.isoformat() if credential.end else None,
                "secondsLeft": int(credential.left(one.now).total_seconds()) if credential.end else None,
            }
            for credential in credentials_of(found)
        ],
        "assigned": {"users": who["User"], "groups": who["Group"]} if found.saw("assignments") else None,
        "unseen": [{"what": part.what, "right": part.right} for part in found.unseen],
    }


def _remark(remark: EntraRemark) -> dict[str, Any]:
    place, fix = remark.place, remark.fix
    return {
        "rule": remark.rule,
        "severity": remark.severity,
        "message": remark.message,
        "advice": remark.advice or None,
        "place": {"file": place.file, "line": place.line, "column": place.column} if place else None,
        "patch": {"method": fix.method, "url": fix.url, "body": fix.body} if fix and fix.body is not None else None,
        "az": fix.az if fix else None,
    }
