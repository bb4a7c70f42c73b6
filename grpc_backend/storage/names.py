"""The forms of a name that searching compares, each defined once for all engines."""

from __future__ import annotations

import re
import unicodedata

# A word of an identifier: capitals before a capitalised word, a capitalised or a lower-case
# word with the digits behind it, capitals alone, digits alone; anything else between separators.
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+|[^\W_A-Za-z0-9]+", re.UNICODE)


# What stands before some names and is seldom typed.
SIGNS = "_$@#~-"


def fold(text: str) -> str:
    """The form in which names are compared without regard to case (NFKC, case-folded)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(name: str) -> list[str]:
    """The words of an identifier, folded: HTTPServer_v2 is http, server, v2."""
    found = _WORD.findall(name)
    # Most names by far are ASCII, and a commit folds tens of thousands of words.
    return [word.lower() for word in found] if name.isascii() else [fold(word) for word in found]


def spaced(text: str) -> str:
    """The words, each with a blank before it: a word begins with "w" if " w" is in there."""
    return "".join(f" {word}" for word in words_of(text))


def squeezed(text: str) -> str:
    """The words without what stands between them."""
    return "".join(words_of(text))


def extent(name: str) -> int:
    """How long a name is to who types it: its letters and digits; all characters where there are none."""
    return len(squeezed(name)) or len(name)


def begins(folded: str) -> str:
    """A folded name from its first character that is no underscore or sign."""
    return folded.lstrip(SIGNS) or folded
