"""Values that realmctl refuses, or takes on purpose, and what Keycloak does with each: data for two tests.

Offline, each row has the finding that it names (`tests/cases/refused/test_rows.py`). On a server, Keycloak does what
the row says (`tests/live/test_refused_values.py`).
"""
