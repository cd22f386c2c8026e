"""What an exported realm has and its files do not say, as a page beside the files.

Pure. Must not know about: where that comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from realmctl.engine.plan.value_text import clean
from realmctl.model.address import Address

NOT_EXPORTED = "NOT-EXPORTED.md"


def not_exported(realm: str, lost: Sequence[str], notes: Sequence[str], leftovers: Mapping[Address, int]) -> str:
    """Return the page; "" where there is nothing to tell.

    `lost` is on the server and in no file; `notes` are about values in the files; `leftovers` counts the values of an
    object that mean the same as leaving them out.
    """
    parts = [
        ("On the server, and in no file", "An apply of these files does not make any of this.", lost),
        ("Notes", "Values that could not be taken over as they are, and checks that the realm does not pass.", notes),
        (
            "Left out, because it changes nothing",
            "Older versions of Keycloak and its admin console store values that mean the same as none.",
            [f"{address}: {count}" for address, count in sorted(leftovers.items())],
        ),
    ]
    lines = [line for title, intro, items in parts if items for line in _part(title, intro, items)]
    return "\n".join([f"# What the files of the realm {clean(realm)} do not say", *lines]) + "\n" if lines else ""


def _part(title: str, intro: str, items: Sequence[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "", intro, "")
    yield from (f"- {_escaped(clean(item))}" for item in items)


def _escaped(text: str) -> str:
    """The text as markdown shows it: names may hold what would begin a link, a tag or code."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>" else one for one in text)
