"""The app registration that a realm's word `entra` brokers to: read through Microsoft Graph, held against the realm.

Nothing here writes to Entra: every request is a GET. Must not know about: terminals, exit codes.
"""
