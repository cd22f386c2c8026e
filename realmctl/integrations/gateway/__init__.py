"""What the gateway in front of the services has to know of a realm, so that the two can't disagree.

Drawn from what the realm's files compile to. Must not know about: Keycloak's Admin API, terminals, YAML.
"""
