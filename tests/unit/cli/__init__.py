"""The command line and what stands behind it, as a user meets them."""
