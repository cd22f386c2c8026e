"""The platform's words, each compiled to Keycloak's own resources.

Must not know about: YAML, HTTP, how an object is read or written.
"""

from __future__ import annotations

from collections.abc import Mapping

from realmctl.words.entra import Entra
from realmctl.words.oauth2_proxy import OAuth2Proxy
from realmctl.words.tokens import Tokens
from realmctl.words.word import Context, Fragment, Word

WORDS: Mapping[str, Word] = {word.name: word for word in (Entra(), OAuth2Proxy(), Tokens())}
"""Every word by its key in a realm's file."""

__all__ = ["WORDS", "Context", "Fragment", "Word"]
