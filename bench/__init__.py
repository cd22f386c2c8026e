"""Measurements of realmctl against its limits on one machine, in one run. Start with `make bench`."""
