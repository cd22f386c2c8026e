"""Pure: compares the declared with the live realm, and decides what an apply would change."""
