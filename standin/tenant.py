"""The directory as a test may change it while the stand-in runs: tenants, apps, users, groups, assignments.

Owns the model and its look-ups. Must not know about: tokens, HTTP. Field names are Microsoft Graph's where it has one.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from pydantic import BaseModel, ConfigDict, Field, SecretStr

GRAPH = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's appId, the same in every tenant (Learn: "Microsoft Graph permissions reference")."""

GRAPH_PERMISSIONS = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}
"""Application permissions → ids of Graph's app roles (same page)."""

MULTI_TENANT = frozenset({"AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount"})
_NAMES = uuid.UUID("9d8f1f0e-53f4-4f0b-9f0e-0d6f2f0c7a11")

T = TypeVar("T")

Membership = Literal["None", "SecurityGroup", "ApplicationGroup", "DirectoryRole", "All"]


@cache
def guid(*names: str) -> str:
    """A GUID that is the same every time for the same names."""
    return str(uuid.uuid5(_NAMES, "\x00".join(names)))


def _in_two_years() -> datetime:
    return datetime.now(UTC) + timedelta(days=730)


class Model(BaseModel):
    """Base: unknown keys are errors; whatever a test assigns is validated, too."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Secret(Model):
    """A client secret (Graph: passwordCredential)."""

    value: SecretStr
    displayName: str = ""
    keyId: str = Field(default_factory=lambda: str(uuid.uuid4()))
    endDateTime: datetime = Field(default_factory=_in_two_years)

    def expired(self) -> bool:
        """Whether its end lies in the past."""
        return self.endDateTime <= datetime.now(UTC)


class Certificate(Model):
    """A certificate with which the app signs its assertions (Graph: keyCredential). `pem` is the public part."""

    pem: str
    displayName: str = ""
    keyId: str = Field(default_factory=lambda: str(uuid.uuid4()))

    def parsed(self) -> x509.Certificate:
        """The certificate itself."""
        return x509.load_pem_x509_certificate(self.pem.encode())

    def thumbprints(self) -> set[str]:
        """Every spelling by which an assertion's header may name it: base64url and hex, SHA-1 and SHA-256.

        Learn, "Microsoft identity platform application authentication certificate credentials": `x5t#S256` is the
        base64url SHA-256 thumbprint; `x5t` and a `kid` in hex are the older spelling.
        """
        algorithms: tuple[HashAlgorithm, ...] = (SHA1(), SHA256())
        found: set[str] = set()
        for algorithm in algorithms:
            digest = self.parsed().fingerprint(algorithm)
            found |= {base64.urlsafe_b64encode(digest).decode().rstrip("="), digest.hex(), digest.hex().upper()}
        return found

    def hex_thumbprint(self) -> str:
        """Graph's: the SHA-1 thumbprint in hex, upper case."""
        return self.parsed().fingerprint(SHA1()).hex().upper()

    def expired(self) -> bool:
        """Whether its end lies in the past."""
        return self.parsed().not_valid_after_utc <= datetime.now(UTC)


class FederatedCredential(Model):
    """Trust in another issuer's tokens instead of a secret (Graph: federatedIdentityCredential)."""

    name: str
    issuer: str
    subject: str
    audiences: list[str] = ["api://AzureADTokenExchange"]


class AppRole(Model):
    """A role that the app defines; `value` is what stands in `roles`."""

    value: str
    displayName: str = ""
    description: str = ""
    id: str = ""
    isEnabled: bool = True
    allowedMemberTypes: list[Literal["User", "Application"]] = ["User"]


class OptionalClaims(Model):
    """Names of optional claims by token. Learn, "Optional claims reference"."""

    idToken: list[str] = []
    accessToken: list[str] = []


class App(Model):
    """An app registration together with its service principal."""

    appId: str
    displayName: str = "app"
    signInAudience: str = "AzureADMyOrg"
    redirectUris: list[str] = Field([], description="Of the platform Web.")
    publicRedirectUris: list[str] = Field([], description="Of the platform Mobile and desktop.")
    logoutUrl: str | None = Field(None, description="Called in the browser when the user signs out elsewhere.")
    identifierUris: list[str] = []
    isFallbackPublicClient: bool = Field(False, description="Allow public client flows: device code.")
    idTokenIssuance: bool = Field(False, description="ID tokens straight from /authorize (implicit).")
    secrets: list[Secret] = []
    certificates: list[Certificate] = []
    federatedCredentials: list[FederatedCredential] = []
    appRoles: list[AppRole] = []
    groupMembershipClaims: Membership | None = None
    optionalClaims: OptionalClaims = OptionalClaims()
    mappedClaims: dict[str, str] = Field(
        {}, description="Claim → user attribute: what *Attributes & Claims* of the enterprise app adds."
    )
    appRoleAssignmentRequired: bool = False
    accountEnabled: bool = True
    consentedScopes: list[str] = Field(
        ["openid", "profile", "email", "offline_access", "User.Read"],
        description="Delegated permissions that an administrator consented to for everybody.",
    )
    graphPermissions: list[str] = Field([], description="Application permissions of Graph, granted.")

    @property
    def object_id(self) -> str:
        """The application object's id."""
        return guid("application", self.appId)

    def multi_tenant(self) -> bool:
        """Whether accounts of other tenants may use it."""
        return self.signInAudience in MULTI_TENANT

    def all_redirect_uris(self) -> list[str]:
        """Of every platform."""
        return [*self.redirectUris, *self.publicRedirectUris]

    def role_id(self, role: AppRole) -> str:
        """The role's GUID, made up from its value where none is given."""
        return role.id or guid("role", self.appId, role.value)


class User(Model):
    """An account. A guest's user principal name has #EXT# in it; `signInName` is what it types to log in."""

    userPrincipalName: str
    password: SecretStr = SecretStr("secret")
    id: str = ""
    displayName: str = ""
    givenName: str | None = None
    surname: str | None = None
    mail: str | None = Field(None, description="Only accounts with a mailbox have one.")
    mailVerified: bool = Field(True, description="xms_edov: the address's domain is the tenant's own, verified.")
    userType: Literal["Member", "Guest"] = "Member"
    identityProvider: str | None = Field(None, description="A guest's home: `idp`.")
    signInName: str | None = None
    accountEnabled: bool = True
    attributes: dict[str, str] = {}
    claims: dict[str, Any] = Field(
        {}, description="Claims of its ID tokens as they stand, over all others; null takes one out."
    )

    @property
    def oid(self) -> str:
        """The object id."""
        return self.id or guid("user", self.userPrincipalName)

    @property
    def login(self) -> str:
        """What is typed at login, and `preferred_username`."""
        return self.signInName or self.userPrincipalName


class Group(Model):
    """A group; `members` are user principal names, or display names or ids of groups and users."""

    displayName: str
    id: str = ""
    securityEnabled: bool = True
    unified: bool = Field(False, description="A Microsoft 365 group.")
    members: list[str] = []

    @property
    def oid(self) -> str:
        """The object id."""
        return self.id or guid("group", self.displayName)

    def has(self, *names: str) -> bool:
        """Whether one of `names` is a direct member."""
        return not set(names).isdisjoint(self.members)


class Assignment(Model):
    """Who may use an app, and in which role: a user, group or app by name or id. `role` None is default access."""

    app: str
    principal: str
    role: str | None = None


class Tenant(Model):
    """A directory."""

    id: str = "6f1d6d0e-0000-4000-8000-00000000aaaa"
    domain: str = "contoso.onmicrosoft.com"
    displayName: str = "Contoso"
    userConsent: bool = Field(True, description="Users may consent to apps themselves.")
    apps: list[App] = []
    users: list[User] = []
    groups: list[Group] = []
    assignments: list[Assignment] = []

    def app(self, app_id: str) -> App:
        """The app of that appId. Raises KeyError."""
        return _only((app for app in self.apps if app.appId == app_id), app_id)

    def user(self, name: str) -> User:
        """The user of that user principal name, sign-in name or id. Raises KeyError."""
        key = name.lower()
        return _only((u for u in self.users if key in {u.userPrincipalName.lower(), u.login.lower(), u.oid}), name)

    def group(self, name: str) -> Group:
        """The group of that display name or id. Raises KeyError."""
        return _only((group for group in self.groups if name in {group.displayName, group.oid}), name)

    def direct_groups(self, user: User) -> list[Group]:
        """The groups that have the user as a member, nesting aside."""
        return [group for group in self.groups if group.has(user.userPrincipalName, user.login, user.oid)]

    def groups_of(self, user: User) -> list[Group]:
        """All groups that the user is in, through other groups, too."""
        holders: dict[str, list[Group]] = {}
        for group in self.groups:
            for member in group.members:
                holders.setdefault(member, []).append(group)
        found: dict[str, Group] = {}
        waiting = self.direct_groups(user)
        while waiting:
            group = waiting.pop(0)
            if group.displayName not in found:
                found[group.displayName] = group
                waiting += [one for name in (group.displayName, group.oid) for one in holders.get(name, ())]
        return list(found.values())

    def assigned(self, app_id: str, principals: Iterable[str]) -> list[Assignment]:
        """The app's assignments to any of `principals`."""
        wanted = set(principals)
        return [a for a in self.assignments if a.app == app_id and a.principal in wanted]

    def assignments_of(self, app_id: str, user: User) -> list[Assignment]:
        """The user's assignments, own and through groups.

        Learn, "Manage users and groups assignment to an application": nested group memberships don't count.
        """
        names = {user.userPrincipalName, user.login, user.oid}
        names |= {name for group in self.direct_groups(user) for name in (group.displayName, group.oid)}
        return self.assigned(app_id, names)

    def roles_of(self, app: App, assignments: Iterable[Assignment]) -> list[str]:
        """Values of the enabled roles among the assignments, in the app's order."""
        given = {assignment.role for assignment in assignments}
        return [role.value for role in app.appRoles if role.isEnabled and role.value in given]

    # What a test does to a tenant, in one word each.

    def assign(self, app: str, principal: str, role: str | None = None) -> None:
        """Give a user, a group or an app a role of the app."""
        self.assignments.append(Assignment(app=app, principal=principal, role=role))

    def withdraw(self, app: str, principal: str, role: str | None = None) -> None:
        """Take it back. Raises KeyError where there is no such assignment."""
        left = [a for a in self.assignments if (a.app, a.principal, a.role) != (app, principal, role)]
        if len(left) == len(self.assignments):
            raise KeyError(f"{principal} has no role {role} of {app}")
        self.assignments = left


Tenants = Annotated[list[Tenant], Field(min_length=1)]


class Directory(Model):
    """All tenants that the stand-in is home to; the first one is the main one."""

    tenants: Tenants

    def tenant(self, name: str) -> Tenant:
        """The tenant of that id or domain. Raises KeyError."""
        key = name.lower()
        return _only((t for t in self.tenants if key in {t.id, t.domain.lower()}), name)

    def app(self, app_id: str) -> tuple[Tenant, App]:
        """The app with its home tenant. Raises KeyError."""
        return _only(((t, app) for t in self.tenants for app in t.apps if app.appId == app_id), app_id)

    def home(self, login: str) -> Tenant:
        """The tenant in which somebody who types `login` has their account. Raises KeyError."""
        return _only((t for t in self.tenants if _knows(t, login)), login)


def _knows(tenant: Tenant, login: str) -> bool:
    return any(login.lower() in {u.login.lower(), u.userPrincipalName.lower()} for u in tenant.users)


def _only(found: Iterator[T], name: str) -> T:
    for one in found:
        return one
    raise KeyError(name)
