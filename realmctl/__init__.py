"""realmctl: Keycloak as code. Only the version is public here; the command line is `realmctl.cli`."""

__version__ = "0.1.0"
