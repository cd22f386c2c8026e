"""Drift: a plan told from the server's side, who did it by the realm's admin events, and what is ignored.

Must not know about: terminals, output formats, how plans are made.
"""
