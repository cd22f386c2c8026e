"""The command line: one file per command, the only room that prints and exits.

Must not know about: HTTP, YAML, how a plan is made.
"""
