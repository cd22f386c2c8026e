"""Variable files (`--var-file`): a flat YAML map of names to values, for `$(var:NAME)`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from realmctl.config.inputs.file_access import is_kept, link_leading_out, read_named
from realmctl.config.loader.interpolated_text import Private
from realmctl.config.yaml.syntax import literally, read
from realmctl.errors import BadConfig, Finding, Place


def read_variables(paths: Iterable[str | Path]) -> dict[str, str]:
    """The variables of the files, later files winning. Raises BadConfig where one is no flat map.

    Values are texts; numbers and booleans become the text that they are written as. Those of a file that git does not
    keep are `Private`: it may hold secrets.
    """
    variables: dict[str, str] = {}
    findings: list[Finding] = []
    for path in map(Path, paths):
        if link := link_leading_out(path):
            message = f"the link {link} leads to what the repository does not keep"
            findings.append(Finding("link-refused", message, Place(str(path)), "name the file that it leads to"))
            continue
        document = read(path, literally, read_named)
        made = str if is_kept(path) else Private
        findings += document.findings
        for key, value in (document.data or {}).items():
            if isinstance(value, (dict, list)) or value is None:
                place = document.locate((key,))[1]
                message = f"the variable '{key}' has to be a text, a number, or true or false"
                findings.append(Finding("bad-variable", message, place, "write `name: value`"))
            else:
                variables[str(key)] = made(str(value).lower() if isinstance(value, bool) else value)
    if findings:
        raise BadConfig(findings)
    return variables
