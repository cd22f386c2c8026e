"""Two accounts of a realm's own for pipelines: one that reads, one that writes, each with the rights it needs.

What they are is a piece of a realm like any other, planned and applied by the same engine, and owned by an owner of
its own. Must not know about: terminals, files.
"""

from __future__ import annotations

from realmctl.engine.plan.inventory import BOOTSTRAP as OWNER
from realmctl.workflow.bootstrap.accounts import ACCOUNTS, BootstrapAccount, Wish, privates
from realmctl.workflow.bootstrap.environment import URL, AccountEndpoint, environment, public_url
from realmctl.workflow.bootstrap.exposure import changes, sight, warnings
from realmctl.workflow.bootstrap.login import ISSUER_ALIAS, Login, by_key, by_key_set, by_kubernetes, by_secret
from realmctl.workflow.bootstrap.plan import AccountsPlan, plan_accounts

__all__ = [
    "ACCOUNTS",
    "ISSUER_ALIAS",
    "OWNER",
    "URL",
    "AccountEndpoint",
    "AccountsPlan",
    "BootstrapAccount",
    "Login",
    "Wish",
    "by_key",
    "by_key_set",
    "by_kubernetes",
    "by_secret",
    "changes",
    "environment",
    "plan_accounts",
    "privates",
    "public_url",
    "sight",
    "warnings",
]
