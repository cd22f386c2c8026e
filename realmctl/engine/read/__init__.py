"""Reads a realm from a server into one snapshot, by its export or by lists."""
