"""What others are told of a result, by HTTP: a push gateway gets gauges, a webhook a message.

Must not know about: how anything was found, terminals.
"""
