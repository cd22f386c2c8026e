"""A stand-in for Microsoft Entra ID and the part of Microsoft Graph that realmctl looks at, for tests and the demo.

No part of what is installed. Run it with `python -m standin --dir FOLDER`, or in a test with
`with standin.running(tenant) as entra:`.
"""

from __future__ import annotations

from standin.server import Standin, running
from standin.tenant import (
    App,
    AppRole,
    Assignment,
    Certificate,
    Directory,
    FederatedCredential,
    Group,
    OptionalClaims,
    Secret,
    Tenant,
    User,
)

__all__ = [
    "App",
    "AppRole",
    "Assignment",
    "Certificate",
    "Directory",
    "FederatedCredential",
    "Group",
    "OptionalClaims",
    "Secret",
    "Standin",
    "Tenant",
    "User",
    "running",
]
