"""One file per Keycloak kind: its fields, how it is found in a realm, written and deleted, and what it depends on.

Must not know about: YAML, HTTP, how a plan is made or shown. A new kind is one new module here: `registry` finds it.
"""
