"""From two sides to changes, from changes to requests, and back: plans, reads, applies and undoes one realm."""
