"""Pictures in a real browser: no text leaves its box, no box lies on another, and Mermaid reads every name as it is."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realmctl.analysis.graph import fold_picture
from realmctl.engine.plan.value_text import clean, cut
from realmctl.keycloak.local.state import cache_folder, lock_file
from realmctl.model.access_graph import Picture
from realmctl.render.graph_mermaid import mermaid
from realmctl.render.graph_svg import svg
from tests.unit.pages.look import Look, Scheme
from tests.unit.pages.samples import example, many_roles, odd

pytestmark = pytest.mark.xdist_group("browser")

PICTURES: dict[str, Callable[[], Picture]] = {
    "example": example,
    "odd names": odd,
    "many roles": lambda: fold_picture(many_roles(300)),
}

MERMAID = "12.3.0"
_DIGEST = "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
"""SHA-512 of the package, as the registry states it."""

_MEASURED = """() => {
    const box = element => { const { x, y, width, height } = element.getBBox(); return [x, y, x + width, y + height]; };
    return [...document.querySelectorAll("g:has(> .box)")].map(group => ({
        box: box(group.querySelector(".box")),
        texts: [...group.querySelectorAll("text")].map(box),
        title: group.querySelector("title").textContent,
    }));
}"""


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_are_in_their_boxes_and_boxes_apart(look: Look, name: str, scheme: Scheme) -> None:
    picture = PICTURES[name]()
    page = look.at(svg(picture), scheme=scheme, name="picture.svg")
    found: list[dict[str, Any]] = page.evaluate(_MEASURED)
    assert len(found) == len(picture.nodes)
    for one in found:
        left, top, right, bottom = one["box"]
        upper, lower = one["texts"]
        for text in (upper, lower):
            assert left < text[0] < text[2] < right, one["title"]
            assert top <= text[1] < text[3] <= bottom, one["title"]
    boxes = [one["box"] for one in found]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    assert look.elsewhere == []


def test_whoever_hears_a_picture_is_told_what_it_shows(look: Look) -> None:
    page = look.at(svg(example()), name="picture.svg")
    image = page.get_by_role("img", name="Who gets what in realm platform")
    assert image.count() == 1
    assert "From left to right: 8 logins and accounts, 1 group, 6 roles" in str(page.locator("desc").text_content())


@pytest.fixture(scope="session")
def library() -> Path:
    """The real Mermaid, fetched once with npm."""
    folder = cache_folder() / "mermaid" / MERMAID
    script = folder / "package" / "dist" / "mermaid.min.js"
    npm = shutil.which("npm")
    with lock_file(folder.with_name(f"{MERMAID}.lock")):
        if not script.exists():
            if npm is None:
                pytest.skip("NOT TESTED with the real Mermaid: there is no npm here to fetch it with")
            folder.mkdir(parents=True, exist_ok=True)
            command = [npm, "pack", "--silent", f"mermaid@{MERMAID}"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                pytest.skip(f"NOT TESTED with the real Mermaid: npm could not fetch it: {done.stderr.strip()[-300:]}")
            archive = folder / f"mermaid-{MERMAID}.tgz"
            assert b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == _DIGEST
            with tarfile.open(archive) as packed:
                packed.extract("package/dist/mermaid.min.js", folder, filter="data")
            archive.unlink()
    return script


_DRAWN = """async text => {
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
    const read = await mermaid.parse(text);
    const { svg } = await mermaid.render("drawn", text);
    document.body.innerHTML = svg;
    return {
        read: read.diagramType,
        labels: [...document.querySelectorAll("g.node")].map(node => [
            node.id.split("-").find(part => /^n[0-9]+$/.test(part)),
            node.querySelector(".nodeLabel, text").innerText,
        ]),
        edges: document.querySelectorAll("path.flowchart-link").length,
        pwned: window.pwned ?? null,
        links: document.querySelectorAll("svg a, svg script, svg img").length,
    };
}"""


@pytest.mark.parametrize("name", PICTURES)
def test_the_real_mermaid_reads_every_name_as_it_is(look: Look, library: Path, name: str) -> None:
    picture: Picture = PICTURES[name]()
    page = look.at("<!doctype html><title>m</title><body></body>")
    page.add_script_tag(path=library)
    found = page.evaluate(_DRAWN, mermaid(picture))
    assert found["read"].startswith("flowchart")
    assert found["edges"] == len(picture.edges)
    assert found["pwned"] is None
    assert found["links"] == 0
    labels = dict(found["labels"])
    wanted = {f"n{at}": [told(node.name), told(node.caption)] for at, node in enumerate(picture.nodes)}
    # A browser shows several blanks as one.
    assert {key: [" ".join(line.split()) for line in label.split("\n") if line] for key, label in labels.items()} == {
        key: [" ".join(line.split()) for line in lines] for key, lines in wanted.items()
    }
    assert look.elsewhere == []


def told(text: str) -> str:
    return cut(clean(text), 60)
