"""The platform's words, each compiled to Keycloak's own resources.

Must not know about: YAML, HTTP, how an object is read or written.
"""

from __future__ import annotations

from collections.abc import Mapping

from realmctl.config.macros.entra import Entra
from realmctl.config.macros.macro import Context, Fragment, Word
from realmctl.config.macros.oauth2_proxy import OAuth2Proxy
from realmctl.config.macros.tokens import Tokens

WORDS: Mapping[str, Word] = {word.name: word for word in (Entra(), OAuth2Proxy(), Tokens())}
"""Every word by its key in a realm's file."""

__all__ = ["WORDS", "Context", "Fragment", "Word"]
