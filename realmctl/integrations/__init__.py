"""Other systems beside Keycloak: the Entra app registration, the gateway, and kcwarden."""
