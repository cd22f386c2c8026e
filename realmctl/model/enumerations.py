"""Closed choices: the fields of which Keycloak knows every value (26.7.3, its enumerations and its admin console).

Keycloak takes other texts of most of these, and ignores them or fails later. Must not know about: which kind has them.
"""

from __future__ import annotations

from typing import Literal

SslRequired = Literal["external", "all", "none"]
BruteForceStrategy = Literal["MULTIPLE", "LINEAR"]
OtpType = Literal["totp", "hotp"]
OtpAlgorithm = Literal["HmacSHA1", "HmacSHA256", "HmacSHA512"]
Attestation = Literal["not specified", "none", "indirect", "direct", "enterprise"]
Attachment = Literal["not specified", "platform", "cross-platform"]
ResidentKeyRequired = Literal["not specified", "Yes", "No"]
ResidentKey = Literal["not specified", "required", "preferred", "discouraged"]
UserVerification = Literal["not specified", "required", "preferred", "discouraged"]
Mediation = Literal["conditional", "none", "silent", "optional", "required"]
"""The values of the browser's own `mediation` (Credential Management, W3C), and Keycloak's none."""
Logic = Literal["POSITIVE", "NEGATIVE"]
DecisionStrategy = Literal["UNANIMOUS", "AFFIRMATIVE", "CONSENSUS"]
PolicyEnforcementMode = Literal["ENFORCING", "PERMISSIVE", "DISABLED"]
PolicyMode = Literal["DEFAULT", "STRICT"]
Requirement = Literal["REQUIRED", "ALTERNATIVE", "CONDITIONAL", "DISABLED"]
FlowType = Literal["basic-flow", "client-flow"]
SubFlowType = Literal["basic-flow", "form-flow"]
