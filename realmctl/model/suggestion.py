"""Did you mean: the nearest known name. Must not know about: what the names are of."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known name nearest to `word`, or "". Case, dashes, dots and underscores count little."""
    import difflib

    names = list(dict.fromkeys(known))
    plain = {_plain(name): name for name in names}
    if _plain(word) in plain:
        return plain[_plain(word)]
    close = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6 if len(word) < 5 else 0.7)
    if close:
        return plain[close[0]]
    # A part of the name is a hint too: "redirect" for "redirectUris".
    parts = [name for name in names if len(word) >= 4 and _plain(name).startswith(_plain(word))]
    return parts[0] if len(parts) == 1 else ""


def meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or "" where nothing is near."""
    guess = did_you_mean(word, known)
    return f"; did you mean '{guess}'?" if guess else ""


def _plain(word: str) -> str:
    return word.replace("-", "").replace("_", "").replace(".", "").casefold()
