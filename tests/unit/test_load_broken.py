"""Whatever a file holds, loading it ends in a realm or in findings that say where; never in a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from realmctl.config.loader import load
from realmctl.errors import BadConfig
from tests.support.case_file import read_cases
from tests.support.examples import examples

ROOT = Path(__file__).parents[2]
SEEDS = [path.read_text() for path in sorted((ROOT / "realms/platform").glob("*.yaml"))] + [
    text
    for path in sorted((ROOT / "tests/cases/bad/cases").glob("*.yaml"))
    for text in read_cases(path)["files"].values()
    if isinstance(text, str)
]
PIECES = (
    "[]", "{}", "null", "5", "true", "- ", "x: ", "{a: b}: ", "&a ", "*a ", "!!x ", "$(env:A)", "$(", "'", '"', "\n",
    "  ", "#", "<<: ", ": ", "\t", "\x00", "**********", "é", "---\n",
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES) | st.text(max_size=4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=examples(150))
@given(seed=st.sampled_from(SEEDS), edits=EDITS)
def test_a_damaged_file_is_told_not_thrown(seed: str, edits: list[tuple[float, int, str]]) -> None:
    text = seed
    for where, gone, piece in edits:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + gone :]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "realm.yaml"
        file.write_bytes(text.encode(errors="surrogatepass"))
        try:
            load([folder], environ={"A": "1"})
        except BadConfig as error:
            # YAML counts these as ends of lines, too.
            lines = sum(text.count(end) for end in "\n\r\x85\u2028\u2029") + 2
            for finding in error.findings:
                assert finding.place is not None, finding
                assert finding.place.file == str(file)
                assert 1 <= finding.place.line <= lines, finding
