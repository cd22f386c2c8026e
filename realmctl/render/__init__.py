"""Plans, findings and apply reports as text, JSON and markdown: pure functions from values to strings.

Must not know about: terminals, files, how a plan is made.
"""
