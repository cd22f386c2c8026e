"""The stand: what the charts render, run as processes of this machine."""
