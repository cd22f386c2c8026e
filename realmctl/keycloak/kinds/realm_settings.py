"""The fields of a realm's own settings, by Keycloak's names (RealmRepresentation, 26.7.3); durations may be 5m, 12h.

Left out: what is an object of its own, and keys and secrets that Keycloak makes itself.
"""

from __future__ import annotations

from pydantic import Field

from realmctl.model import enumerations
from realmctl.model.fields import ConfigStrings, Duration, Milliseconds, Names, Resource, Strings, Texts


class RealmSettings(Resource):
    """A realm's settings."""

    displayName: str | None = Field(None, description="The name people see.")
    displayNameHtml: str | None = None
    notBefore: int | None = None
    defaultSignatureAlgorithm: str | None = None
    revokeRefreshToken: bool | None = None
    refreshTokenMaxReuse: int | None = None
    accessTokenLifespan: Duration | None = Field(None, description="How long an access token is good.")
    accessTokenLifespanForImplicitFlow: Duration | None = None
    ssoSessionIdleTimeout: Duration | None = Field(None, description="How long a session lives without use.")
    ssoSessionMaxLifespan: Duration | None = Field(None, description="How long a session lives at most.")
    ssoSessionIdleTimeoutRememberMe: Duration | None = None
    ssoSessionMaxLifespanRememberMe: Duration | None = None
    offlineSessionIdleTimeout: Duration | None = None
    offlineSessionMaxLifespanEnabled: bool | None = None
    offlineSessionMaxLifespan: Duration | None = None
    clientSessionIdleTimeout: Duration | None = None
    clientSessionMaxLifespan: Duration | None = None
    clientOfflineSessionIdleTimeout: Duration | None = None
    clientOfflineSessionMaxLifespan: Duration | None = None
    accessCodeLifespan: Duration | None = None
    accessCodeLifespanUserAction: Duration | None = None
    accessCodeLifespanLogin: Duration | None = None
    actionTokenGeneratedByAdminLifespan: Duration | None = None
    actionTokenGeneratedByUserLifespan: Duration | None = None
    oauth2DeviceCodeLifespan: Duration | None = None
    oauth2DevicePollingInterval: Duration | None = None
    enabled: bool | None = Field(None, description="Whether anybody can log in; true for a new realm.")
    sslRequired: enumerations.SslRequired | None = Field(None, description="external, all or none.")
    registrationAllowed: bool | None = None
    registrationEmailAsUsername: bool | None = None
    rememberMe: bool | None = None
    verifyEmail: bool | None = None
    loginWithEmailAllowed: bool | None = None
    duplicateEmailsAllowed: bool | None = None
    resetPasswordAllowed: bool | None = None
    editUsernameAllowed: bool | None = None
    bruteForceProtected: bool | None = Field(None, description="Lock out who guesses passwords.")
    permanentLockout: bool | None = None
    maxTemporaryLockouts: int | None = None
    bruteForceStrategy: enumerations.BruteForceStrategy | None = None
    maxFailureWaitSeconds: Duration | None = None
    minimumQuickLoginWaitSeconds: Duration | None = None
    waitIncrementSeconds: Duration | None = None
    quickLoginCheckMilliSeconds: Milliseconds | None = None
    maxDeltaTimeSeconds: Duration | None = None
    failureFactor: int | None = None
    maxSecondaryAuthFailures: int | None = None
    requiredCredentials: Names | None = Field(None, description="Such as password.")
    passwordPolicy: str | None = Field(None, description="Such as length(12) and notUsername.")
    otpPolicyType: enumerations.OtpType | None = None
    otpPolicyAlgorithm: enumerations.OtpAlgorithm | None = None
    otpPolicyInitialCounter: int | None = None
    otpPolicyDigits: int | None = None
    otpPolicyLookAheadWindow: int | None = None
    otpPolicyPeriod: Duration | None = None
    otpPolicyCodeReusable: bool | None = None
    otpSupportedApplications: Names | None = None
    webAuthnPolicyRpEntityName: str | None = None
    webAuthnPolicySignatureAlgorithms: Texts | None = None
    webAuthnPolicyRpId: str | None = None
    webAuthnPolicyAttestationConveyancePreference: enumerations.Attestation | None = None
    webAuthnPolicyAuthenticatorAttachment: enumerations.Attachment | None = None
    webAuthnPolicyRequireResidentKey: enumerations.ResidentKeyRequired | None = None
    webAuthnPolicyResidentKey: enumerations.ResidentKey | None = None
    webAuthnPolicyUserVerificationRequirement: enumerations.UserVerification | None = None
    webAuthnPolicyCreateTimeout: Duration | None = None
    webAuthnPolicyAvoidSameAuthenticatorRegister: bool | None = None
    webAuthnPolicyAcceptableAaguids: Names | None = None
    webAuthnPolicyExtraOrigins: Names | None = None
    webAuthnPolicyPasswordlessRpEntityName: str | None = None
    webAuthnPolicyPasswordlessSignatureAlgorithms: Texts | None = None
    webAuthnPolicyPasswordlessRpId: str | None = None
    webAuthnPolicyPasswordlessAttestationConveyancePreference: enumerations.Attestation | None = None
    webAuthnPolicyPasswordlessAuthenticatorAttachment: enumerations.Attachment | None = None
    webAuthnPolicyPasswordlessRequireResidentKey: enumerations.ResidentKeyRequired | None = None
    webAuthnPolicyPasswordlessResidentKey: enumerations.ResidentKey | None = None
    webAuthnPolicyPasswordlessUserVerificationRequirement: enumerations.UserVerification | None = None
    webAuthnPolicyPasswordlessCreateTimeout: Duration | None = None
    webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister: bool | None = None
    webAuthnPolicyPasswordlessAcceptableAaguids: Names | None = None
    webAuthnPolicyPasswordlessExtraOrigins: Names | None = None
    webAuthnPolicyPasswordlessPasskeysEnabled: bool | None = None
    webAuthnPolicyPasswordlessMediation: enumerations.Mediation | None = None
    browserSecurityHeaders: Strings | None = None
    smtpServer: ConfigStrings | None = Field(
        None, description="host, port, from, user, password (a secret)…; null for a key takes it away."
    )
    loginTheme: str | None = None
    accountTheme: str | None = None
    adminTheme: str | None = None
    emailTheme: str | None = None
    eventsEnabled: bool | None = None
    eventsExpiration: Duration | None = None
    eventsListeners: Names | None = None
    enabledEventTypes: Names | None = None
    adminEventsEnabled: bool | None = None
    adminEventsDetailsEnabled: bool | None = None
    internationalizationEnabled: bool | None = None
    supportedLocales: Names | None = None
    defaultLocale: str | None = None
    attributes: ConfigStrings | None = Field(None, description="Free and built-in attributes of the realm.")
    userManagedAccessAllowed: bool | None = None
    organizationsEnabled: bool | None = None
    verifiableCredentialsEnabled: bool | None = None
    adminPermissionsEnabled: bool | None = None
    scimApiEnabled: bool | None = None
