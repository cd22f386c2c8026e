"""Verdicts on tokens as text, JSON, markdown and JUnit's XML.

Must not know about: how a token was got.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from realmctl.engine.plan.value_text import clean
from realmctl.errors import BadConfig, RealmctlError
from realmctl.model.test_result import Verdict, Verdicts
from realmctl.render.change_lines import many
from realmctl.render.colors import paint
from realmctl.render.findings import finding_lines, paragraph
from realmctl.render.plan_json import FORMAT, dump, place_data


def text(tested: Sequence[Verdicts], *, color: bool = False, verbose: bool = False) -> str:
    """Every test that failed, with why and where; with `verbose` every test, and the tokens."""
    lines: list[str] = []
    for realm in tested:
        for verdict in realm.verdicts:
            lines += _lines(verdict, color=color, verbose=verbose)
    return "\n".join([*lines, *map(_summary, tested), ""])


def _lines(verdict: Verdict, *, color: bool, verbose: bool) -> Iterator[str]:
    if verdict.passed and not verbose and not verdict.notes:
        return
    word = paint("passed", "good", color) if verdict.passed else paint("FAILED", "error", color)
    yield f"{word}  {clean(verdict.name)}  ({clean(str(verdict.place))})"
    for failure in verdict.failures:
        yield f"    {clean(str(failure.place))}: {clean(failure.message)}"
    for note in verdict.notes:
        yield f"    note: {clean(note)}"
    if verbose and verdict.token:
        for line in dump({"token": dict(verdict.token)}).splitlines()[2:-1]:
            yield f"    {clean(line)}"


def _summary(realm: Verdicts) -> str:
    failed = sum(not verdict.passed for verdict in realm.verdicts)
    state = "as it will be" if realm.planned else "as it is"
    if not realm.verdicts:
        return f"{clean(realm.realm)}: no tests."
    told = f"{failed} of {many(len(realm.verdicts), 'test')} failed" if failed else f"{_all(realm)} passed"
    return f"{clean(realm.realm)} {state}: {told}."


def _all(realm: Verdicts) -> str:
    count = len(realm.verdicts)
    return "the one test" if count == 1 else f"all {count} tests"


def json_(tested: Sequence[Verdicts]) -> str:
    """All verdicts as one document, with the tokens."""
    return dump({"passed": all(realm.passed for realm in tested), "realms": [_realm_data(realm) for realm in tested]})


def _realm_data(realm: Verdicts) -> dict[str, Any]:
    return {
        "realm": realm.realm,
        "planned": realm.planned,
        "passed": realm.passed,
        "tests": [
            {
                "name": verdict.name,
                "place": place_data(verdict.place),
                "client": verdict.client,
                "passed": verdict.passed,
                "asked": verdict.asked,
                "failures": [
                    {"message": failure.message, "place": place_data(failure.place)} for failure in verdict.failures
                ],
                "changes": list(verdict.changed),
                "notes": list(verdict.notes),
                "token": dict(verdict.token),
            }
            for verdict in realm.verdicts
        ],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of `json_`, draft 2020-12. It allows further keys: a reader must ignore what it does not know."""
    text: dict[str, Any] = {"type": "string"}
    flag: dict[str, Any] = {"type": "boolean"}
    count = {"type": "integer", "minimum": 1}
    place = _object({"file": text, "line": count, "column": count})
    test = {
        "name": text,
        "place": place,
        "client": {**text, "description": "The client that asked."},
        "passed": flag,
        "asked": {**flag, "description": "Whether there was a token; false: the test itself can't be carried out."},
        "failures": {"type": "array", "items": _object({"message": text, "place": place})},
        "changes": {"type": "array", "items": text, "description": "How the token differs from what is given now."},
        "notes": {
            "type": "array",
            "items": text,
            "description": "What the author of the test should know, such as a claim that no mapper reads.",
        },
        "token": {"type": "object", "description": "The claims; empty where there was no token."},
    }
    planned = {**flag, "description": "Whether the realm was tested as it will be, or as it is."}
    tests = {"type": "array", "items": _object(test)}
    realm = {"realm": text, "planned": planned, "passed": flag, "tests": tests}
    error = {"type": "object", "description": "Why the command failed: message, advice, exit, findings."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "realmctl's tests of tokens as JSON",
        "description": "What test prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "passed": flag,
            "realms": {"type": "array", "items": _object(realm)},
            "error": error,
        },
        "required": ["format", "realms"],
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def markdown(tested: Sequence[Verdicts]) -> str:
    """A comment: what failed, and how many passed."""
    from realmctl.render.plan_markdown import Head, comment

    failed = sum(not verdict.passed for realm in tested for verdict in realm.verdicts)
    heading = f"realmctl test: {many(failed, 'test')} failed" if failed else "realmctl test: passed"
    return comment(Head("test", heading, text(tested).strip()))


def junit(tested: Sequence[Verdicts]) -> str:
    """JUnit's XML, a suite for each realm: a test without a token is an error, one with another token a failure."""
    suites = ET.Element("testsuites", name="realmctl test")
    for realm in tested:
        failures = sum(verdict.asked and not verdict.passed for verdict in realm.verdicts)
        errors = sum(not verdict.asked for verdict in realm.verdicts)
        counts = {"tests": str(len(realm.verdicts)), "failures": str(failures), "errors": str(errors)}
        suite = ET.SubElement(suites, "testsuite", {"name": clean(realm.realm), **counts})
        for verdict in realm.verdicts:
            place = {"file": clean(verdict.place.file), "line": str(verdict.place.line)}
            said = {"name": clean(verdict.name), "classname": clean(realm.realm), **place}
            case = ET.SubElement(suite, "testcase", said)
            if verdict.notes:
                ET.SubElement(case, "system-out").text = "\n".join(clean(f"note: {note}") for note in verdict.notes)
            if verdict.passed:
                continue
            told = [clean(f"{failure.place}: {failure.message}") for failure in verdict.failures]
            kind = "failure" if verdict.asked else "error"
            ET.SubElement(case, kind, message=clean(verdict.failures[0].message)).text = "\n".join(told)
    return _document(suites)


def junit_error(error: RealmctlError) -> str:
    """What stands there where no test could be asked: one case with the error, so that a report is never missing."""
    suites = ET.Element("testsuites", name="realmctl test")
    suite = ET.SubElement(suites, "testsuite", name="realmctl test", tests="1", failures="0", errors="1")
    case = ET.SubElement(suite, "testcase", name="the tests could be run", classname="realmctl test")
    told = "\n".join(
        [line for finding in error.findings for line in finding_lines(finding)]
        if isinstance(error, BadConfig)
        else [*paragraph(error.message), *paragraph(error.advice)]
    )
    ET.SubElement(case, "error", message=clean(error.message)).text = told
    return _document(suites)


def _document(suites: ET.Element) -> str:
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"
