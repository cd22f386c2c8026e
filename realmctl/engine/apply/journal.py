"""The journal: what an apply did, request by request, as JSON lines, and the record by which it can be taken back.

Never a request's body, and never a secret.

Must not know about: what the requests mean.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from realmctl.engine.plan.value_text import json_safe
from realmctl.engine.undo.record_text import of_data
from realmctl.errors import UsageProblem
from realmctl.model import output
from realmctl.model.change import Change
from realmctl.model.record import Record


def recorded(path: Path) -> tuple[Record, ...]:
    """The records of the applies in a journal, the newest first.

    Raises UsageProblem where the file cannot be read, or is no journal. Its last line may be cut off.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read the journal {path}: {getattr(error, 'strerror', 'not UTF-8')}") from error
    found: list[Record] = []
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            if line["event"] == "record":
                found.append(of_data(line["record"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            if number < len(lines):
                advice = "Give a file that apply --journal wrote."
                raise UsageProblem(f"{path}:{number}: that is no line of a journal", advice=advice) from None
    return tuple(reversed(found))


class Journal:
    """Appends to a file, each line flushed: what is in it was done, even if the next moment is never reached.

    Raises UsageProblem where the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        try:
            self._file = output.LineFile(path) if path else None
        except OSError as error:
            raise UsageProblem(f"cannot write the journal {path}: {error.strerror}") from error
        self._lock = threading.Lock()
        self._path = path
        self._begun = False
        self.problem = ""
        """Why the journal is not complete, in a sentence; "" if it is."""

    def write(self, event: str, **facts: Any) -> None:
        """One line: the time, the event, and its facts.

        Raises UsageProblem if the first line can't be written; later `problem` says so, and the apply goes on.
        """
        if self._file is None or self.problem:
            return
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
        with self._lock:
            try:
                self._file.add(json_safe(json.dumps(line, ensure_ascii=False)))
            except OSError as error:
                self.problem = f"The journal {self._path} is not complete: {error.strerror}."
                if not self._begun:
                    raise UsageProblem(f"cannot write the journal {self._path}: {error.strerror}") from error
            self._begun = True

    def change(self, event: str, change: Change, **facts: Any) -> None:
        """How one change ended."""
        if self._file is not None:
            self.write(event, action=change.action.value, address=str(change.address), **facts)

    def request(self, method: str, path: str, outcome: str) -> None:
        """One request that was carried out."""
        self.write("request", method=method, path=path, outcome=outcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file:
            # What a full disk did not take is still in the buffer, and closing would try again.
            with suppress(OSError):
                self._file.close()
