"""What Keycloak is: its kinds of objects, its catalog, its Admin API, and a server on this machine."""
