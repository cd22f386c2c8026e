"""The corpus of pull requests: hostile and harmless ones, each judged as a reviewer is shown it, and the two rates.

A pull request is a YAML file: a `base` folder, `edits` to its files, a `title`; of a hostile one also what it `does`,
who `gains`, and what a good review has to name (`expect`). Must not know about: how dangers are found.

    python -m tests.cases.review.corpus [FOLDER] [-v]    prints the rates; fails below 58 of 60 caught, above 3 false
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any

from realmctl.analysis.access import Policy, compare
from realmctl.analysis.review import review
from realmctl.config.loader import RealmConfig, load
from realmctl.config.loader.suppressions import allowances
from realmctl.engine.plan.comparison import compare as align
from realmctl.engine.plan.deletion_policy import guard
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.plan.value_text import clean, cut
from realmctl.errors import BadConfig, RealmctlError, Refused
from realmctl.model.danger import Danger, Severity
from realmctl.model.objects import Inventory, Snapshot
from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.render.plan_markdown import error_markdown, markdown
from tests.cases.review.applied import applied
from tests.support.case_file import read_cases

CORPUS = Path(__file__).parent / "corpus"
CAUGHT_AT_LEAST = 58 / 60
FALSE_AT_MOST = 3 / 60

_ALARMING = frozenset({Severity.CRITICAL, Severity.HIGH})


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request, read from its file. `expect` is empty for a harmless one."""

    name: str
    title: str
    category: str
    base: Path
    edits: Mapping[str, Any]
    expect: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, path: Path) -> PullRequest:
        """Read one file of a corpus, whose bases are in `bases` beside its folder."""
        text = read_cases(path)
        base = path.parent.parent / "bases" / text["base"]
        expect = text.get("expect") or {}
        return cls(path.stem, text["title"], text.get("category", ""), base, text["edits"], expect)

    def write_head(self, folder: Path) -> Path:
        """Write the files of the pull request's branch into `folder`/BASE, and return that."""
        head = folder / self.base.name
        head.mkdir()
        texts = {one.name: one.read_text(encoding="utf-8") for one in sorted(self.base.iterdir())}
        for name, edit in self.edits.items():
            changed = edited(texts.get(name, ""), edit, f"{self.name}: {name}")
            texts.pop(name, None)
            if changed is not None:
                texts[name] = changed
        for name, text in texts.items():
            (head / name).write_text(text, encoding="utf-8")
        return head


def edited(text: str, edit: Any, where: str) -> str | None:
    """Return a file's text after an edit: null removes the file, a text replaces it, a list changes it step by step.

    A step is `{old, new}` (`old` stands in the file once), `{after, add}` (new lines below the one that holds `after`)
    or `{append}`; `indent` moves what is added to the right. `every: true` replaces each `old`.
    """
    if edit is None or isinstance(edit, str):
        return edit
    for step in edit:
        margin = " " * step.get("indent", 0)
        if "append" in step:
            text = f"{text.rstrip()}\n\n{indent(step['append'], margin)}"
            continue
        old = step.get("after") or step["old"]
        count = text.count(old)
        if count != 1 and not (step.get("every") and count):
            raise ValueError(f"{where}: {old!r} stands there {count} times")
        if "after" in step:
            at = text.index("\n", text.index(old) + len(old.rstrip("\n")) - 1) + 1
            text = text[:at] + indent(step["add"].rstrip("\n") + "\n", margin) + text[at:]
        else:
            text = text.replace(old, indent(step.get("new", ""), margin))
    return text


@dataclass(frozen=True, slots=True)
class Judged:
    """What a reviewer is told of a pull request: dangers, or why it is refused; and the comment."""

    dangers: tuple[Danger, ...] = ()
    refusal: str = ""
    comment: str = ""

    @property
    def alarming(self) -> tuple[Danger, ...]:
        """The dangers that nobody may overlook: critical and high ones."""
        return tuple(danger for danger in self.dangers if danger.severity in _ALARMING)


_VARIABLE = re.compile(r"\$\(env:(\w+)\)")
_ID = "11111111-2222-4333-8444-555555555555"


def environ(folder: Path) -> dict[str, str]:
    """Return every variable that the files name without a default, with values of no worth."""
    names = {name for file in folder.iterdir() for name in _VARIABLE.findall(file.read_text(encoding="utf-8"))}
    return {name: _ID if name.endswith("_ID") else f"worthless {name.lower()}" for name in names}


def loaded(folder: Path) -> RealmConfig:
    """Return the realm that the files of a folder declare. Raises BadConfig."""
    (config,) = load([folder], environ=environ(folder))
    return config


@cache
def before(base_folder: Path) -> tuple[RealmConfig, Snapshot]:
    """Return the base branch's files, and the realm that an apply of them left."""
    config = loaded(base_folder)
    return config, applied(config.desired)


def judged(base_folder: Path, head_folder: Path) -> Judged:
    """Return what the review says of the files in `head_folder`, for a realm that is as `base_folder` declares it."""
    base, snapshot = before(base_folder)
    try:
        head = loaded(head_folder)
        if head.desired.owner != base.desired.owner:
            held = dict.fromkeys(snapshot.inventory.owned, base.desired.owner)
            snapshot = replace(snapshot, inventory=Inventory({}, held))
        comparison = align(head.desired, snapshot)
        plan = make_plan(comparison)
    except (BadConfig, Refused) as error:
        return Judged(refusal=_told(error), comment=error_markdown(error, command="plan"))
    found = compared(base, head, review(plan, comparison))
    try:
        guard(plan, head.desired)
    except Refused as refusal:
        comment = markdown([plan], refusals={plan.realm: refusal}, reviews={plan.realm: found})
        return Judged(found.dangers, _told(refusal), comment)
    return Judged(found.dangers, comment=markdown([plan], reviews={plan.realm: found}))


def compared(base: RealmConfig, head: RealmConfig, found: Review) -> Review:
    """Return the review with what the comparison with the base branch adds: gateway rules, guards, teams."""
    before = Policy(base, tuple(allowances(base.files)))
    after = Policy(head, tuple(allowances(head.files)))
    sentences, dangers = compare(before, after)
    worst_first = sorted((*found.dangers, *dangers), key=lambda one: one.severity.rank)
    return replace(found, policy=sentences, dangers=tuple(worst_first))


def _told(error: RealmctlError) -> str:
    findings = error.findings if isinstance(error, BadConfig) else ()
    lines = [f"{one.place}: {one.message} [{one.rule}]" for one in findings if one.severity == "error"]
    return "; ".join(lines) or f"{error.message} {error.advice}".strip()


def text_of(sentence: Sentence) -> str:
    """Return a sentence as plain text."""
    return "".join(part.text if isinstance(part, Name) else part for part in sentence)


def names_it(expect: Mapping[str, Sequence[str]], danger: Danger) -> bool:
    """Whether a danger is the one that the review has to name.

    One of the `names` stands in its address, its place or its sentence, as a word; and one of the `words`, where there
    are any, in its rule, its address or its sentence, be it as a part of a word.
    """
    told = text_of(danger.sentence)
    address = " ".join(danger.address.names) if danger.address else ""
    named = f"{danger.address or ''} {address} {danger.place or ''} {told}"
    words = expect.get("words", ())
    spoken = f"{danger.rule} {danger.address} {told}".lower()
    return _named(expect["names"], named) and (not words or any(str(word).lower() in spoken for word in words))


def _named(names: Sequence[str], text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(str(name))}(?!\w)", text, re.IGNORECASE) for name in names)


def is_caught(request: PullRequest, found: Judged) -> bool:
    """Whether a hostile pull request is refused, or has a critical or high danger, that names what it is about."""
    refused = bool(found.refusal) and _named(request.expect["names"], found.refusal)
    return refused or any(names_it(request.expect, danger) for danger in found.alarming)


def is_caught_by_text(request: PullRequest, found: Judged) -> bool:
    """Whether the first part of the comment says so, too."""
    first = first_part(found.comment)
    if found.refusal and _named(request.expect["names"], found.refusal) and _named(request.expect["names"], first):
        return True
    telling = (danger for danger in found.alarming if names_it(request.expect, danger))
    return any(_stands_in(danger.sentence, first) for danger in telling)


def is_false_alarm(found: Judged) -> bool:
    """Whether a harmless pull request would be stopped: a critical or high danger, or a refusal."""
    return bool(found.refusal or found.alarming)


def first_part(comment: str) -> str:
    """Return what a reviewer reads before anything is unfolded: the comment up to the details of its changes."""
    return comment.partition("<details")[0]


def _stands_in(sentence: Sentence, text: str) -> bool:
    parts = [clean(cut(part.text)) if isinstance(part, Name) else part for part in sentence]
    wanted = _bare("".join(parts))
    return any(wanted in _bare(line) for line in text.splitlines())


def _bare(text: str) -> str:
    return " ".join(text.replace("`", "").replace("\\|", "|").replace("**", "").split())


@dataclass(frozen=True, slots=True)
class Row:
    """One pull request with its judgement. `right`: a hostile one was caught, a harmless one raised no alarm."""

    request: PullRequest
    judged: Judged
    right: bool
    right_by_text: bool


def read_all(folder: Path, which: str) -> list[PullRequest]:
    """Return the pull requests of a corpus: `which` is hostile or harmless."""
    return [PullRequest.read(path) for path in sorted((folder / which).glob("*.yaml"))]


def judge_all(folder: Path, which: str) -> Iterator[Row]:
    """Judge every pull request of a corpus."""
    for request in read_all(folder, which):
        with TemporaryDirectory() as scratch:
            found = judged(request.base, request.write_head(Path(scratch)))
        if which == "hostile":
            yield Row(request, found, is_caught(request, found), is_caught_by_text(request, found))
        else:
            calm = not is_false_alarm(found)
            yield Row(request, found, calm, calm and "[!CAUTION]" not in first_part(found.comment))


def report(hostile: Sequence[Row], harmless: Sequence[Row], *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of the report: the rates, by category, then each miss and each false alarm with what was said."""
    caught = sum(row.right for row in hostile)
    alarms = sum(not row.right for row in harmless)
    seen = sum(row.right_by_text for row in hostile)
    noisy = sum(not row.right_by_text for row in harmless)
    yield f"hostile:  {caught} of {len(hostile)} caught, {seen} of {len(hostile)} by the comment alone"
    yield f"harmless: {alarms} of {len(harmless)} false alarms, {noisy} of {len(harmless)} by the comment alone"
    yield ""
    for category in sorted({row.request.category for row in hostile}):
        alike = [row for row in hostile if row.request.category == category]
        yield f"  {category:<16} {sum(row.right for row in alike):>2} of {len(alike):>2} caught"
    for heading, rows in (("missed", hostile), ("false alarm", harmless)):
        for row in rows:
            if not row.right or verbose:
                yield ""
                yield f"{'right' if row.right else heading}: {row.request.name} ({row.request.title})"
                if row.request.expect:
                    yield f"    expected: {dict(row.request.expect)}"
                yield from _said(row.judged)


def _said(found: Judged) -> Iterator[str]:
    if found.refusal:
        yield f"    refused: {found.refusal}"
    for danger in found.dangers:
        where = f" ({danger.address})" if danger.address else ""
        yield f"    {danger.severity.value} [{danger.rule}]{where} {text_of(danger.sentence)}"
    if not found.refusal and not found.dangers:
        yield "    nothing was said"


def is_good(hostile: Sequence[Row], harmless: Sequence[Row]) -> bool:
    """Whether both rates are within their limits."""
    caught = sum(row.right for row in hostile)
    alarms = sum(not row.right for row in harmless)
    return caught >= CAUGHT_AT_LEAST * len(hostile) and alarms <= FALSE_AT_MOST * len(harmless)


def main(arguments: Sequence[str]) -> int:
    """Print the report; 0 where both rates are within their limits."""
    folders = [Path(one) for one in arguments if not one.startswith("-")] or [CORPUS]
    good = True
    for folder in folders:
        rows = [list(judge_all(folder, which)) for which in ("hostile", "harmless")]
        sys.stdout.write("\n".join([*report(rows[0], rows[1], verbose="-v" in arguments), ""]))
        good = good and is_good(rows[0], rows[1])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
