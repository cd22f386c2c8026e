"""Reads what git knows of the files: tracked paths, and the files of a revision. Runs nothing of the repository."""
