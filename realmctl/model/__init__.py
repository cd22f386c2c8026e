"""What can be said: addresses, declared and live objects, changes, requests, and the meaning of fields.

Everything here is a value. Must not know about: YAML, HTTP, any single Keycloak kind.
"""
