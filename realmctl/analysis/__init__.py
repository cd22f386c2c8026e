"""Explains and judges a change: explanations, reviews, dangers, access at the gateway, and the access graph."""
