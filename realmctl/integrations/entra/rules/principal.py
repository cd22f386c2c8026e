"""The application in its tenant: it is there and enabled, who may use it, and what an administrator has consented to.

learn.microsoft.com/graph/api/resources/serviceprincipal (accountEnabled, appRoleAssignmentRequired),
…/oauth2permissiongrant (consentType, scope). Must not know about: what tokens hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.integrations.entra.registration import Object, Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("service-principal", "assignment-required", "admin-consent")


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """service-principal, assignment-required, admin-consent."""
    app = str(found.app.get("appId"))
    if found.principal is None:
        yield EntraRemark(
            "service-principal",
            "fail",
            "the application has no service principal in the tenant (AADSTS700016): nobody can sign in",
            want.place("clientId"),
            "Create it: an enterprise application of this registration.",
            Fix(command=("az", "ad", "sp", "create", "--id", app)),
        )
        return
    principal = found.principal
    if principal.get("accountEnabled") is False:
        yield EntraRemark(
            "service-principal",
            "fail",
            "the enterprise application is disabled (AADSTS7000112): nobody can sign in",
            want.place("clientId"),
            "Enable it (Enterprise applications → Properties → Enabled for users to sign-in).",
            Fix(found.principal_address, {"accountEnabled": True}),
        )
    disabled = principal.get("disabledByMicrosoftStatus") or found.app.get("disabledByMicrosoftStatus")
    if disabled and disabled != "NotDisabled":
        message = f"Microsoft has disabled the application ({disabled})"
        yield EntraRemark("service-principal", "fail", message, want.place("clientId"), "Ask Microsoft's support.")
    yield from _assignment(want, found, principal)
    yield from _consent(want, found, app)


def _assignment(want: Want, found: Registration, principal: Object) -> Iterator[EntraRemark]:
    who = count_assignments(found)
    if not principal.get("appRoleAssignmentRequired"):
        message = "everybody in the tenant may sign in: no assignment is required"
        if want.word.appRoles:
            message += ". Who has no app role gets in, too, without what the roles map to"
        yield EntraRemark(
            "assignment-required",
            "note",
            message,
            want.tenant_place,
            "Require it (Enterprise applications → Properties), if not everybody should.",
            Fix(found.principal_address, {"appRoleAssignmentRequired": True}),
        )
    elif found.saw("assignments") and not who:
        message = "an assignment is required, and nobody is assigned: nobody can sign in (AADSTS50105)"
        advice = "Assign people or groups (Enterprise applications → Users and groups)."
        yield EntraRemark("assignment-required", "fail", message, want.tenant_place, advice)


def count_assignments(found: Registration) -> Counter[str]:
    """How many people (`User`) and groups (`Group`) are assigned to the application."""
    pairs = {(str(one.get("principalType")), str(one.get("principalId"))) for one in found.assignments}
    return Counter(kind for kind, _ in pairs if kind in ("User", "Group"))


def _consent(want: Want, found: Registration, app: str) -> Iterator[EntraRemark]:
    if not found.saw("grants"):
        return
    for_all = {
        scope
        for grant in found.grants
        if grant.get("consentType") == "AllPrincipals"
        for scope in str(grant.get("scope") or "").split()
    }
    # A scope may be asked for with its resource in front: https://graph.microsoft.com/User.Read.
    lacking = [scope for scope in want.scopes if scope.rpartition("/")[2] not in for_all]
    if lacking:
        yield EntraRemark(
            "admin-consent",
            "warn",
            f"no administrator has consented for everybody to {', '.join(lacking)}: people are asked at their first "
            "login, and turned away where the tenant lets them consent to nothing (AADSTS65001, AADSTS90094)",
            want.place("scopes"),
            "Grant admin consent (API permissions); scopes that are not among them have to be added there first.",
            Fix(command=("az", "ad", "app", "permission", "admin-consent", "--id", app)),
        )
