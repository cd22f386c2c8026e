"""Tests of tokens: who gets what, answered by Keycloak's own evaluation, without a login.

`cases` says what is asked, `people` asks, `judge` compares, `broker` says what an identity provider's mappers make of
claims, `copy` makes the throw-away realm that a plan is tested on.
"""
