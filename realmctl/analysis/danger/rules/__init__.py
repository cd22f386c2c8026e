"""The rules of danger, one file per subject; each has `RULES`, and is found by being here.

Must not know about: each other.
"""
