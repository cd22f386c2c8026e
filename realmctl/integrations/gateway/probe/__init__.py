"""Looks at a live gateway for what must hold: nothing reaches a service without login, no forged header arrives.

`public_access` sends requests as anybody could. `cluster` reads what stands in Kubernetes:
`external_authorization` (which requests oauth2-proxy decides about), `routes` (where the others end), `filters` (which
headers are removed), `services` (how services guard themselves), `callers` (whom they let pass). `checks` lists each
check and its fix.
Must not know about: terminals, Keycloak's Admin API.
"""
