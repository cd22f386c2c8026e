"""Realms in files of other tools: Keycloak's exports and import files, and keycloak-config-cli's import files.

`documents` finds the files and joins those of one realm, `substitutions` reads `$(…)` in their texts, and
`representation` reads the realm: what the files state, where, and what realmctl cannot declare.
Must not know about: what becomes of it.
"""
