"""From files to desired realms: YAML, references, macros, teams, checks, lint and the JSON Schema of the language."""
