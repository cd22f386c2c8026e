"""YAML and JSON files as data that remembers its places, and edits that keep every other character."""
