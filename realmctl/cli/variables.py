"""--var and --var-file into one map of variables.

Must not know about: where the variables are used.
"""

from __future__ import annotations

from collections.abc import Sequence

from realmctl.errors import UsageProblem


def variables(assignments: Sequence[str], files: Sequence[str]) -> dict[str, str]:
    """The variables by name: of the files in their order, then of the command line, later ones winning.

    Raises UsageProblem for an assignment without a name or `=`, and BadConfig for what is wrong in a file.
    """
    found: dict[str, str] = {}
    if files:
        from realmctl.config.loader import read_variables

        found |= read_variables(files)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise UsageProblem(f"--var {name}: write NAME=VALUE", advice="such as --var stage=test")
        found[name.strip()] = value
    return found
