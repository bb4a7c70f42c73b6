"""How names and sentences fall into words: the same for what is indexed, what is asked and what is trained on."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|[0-9]+")
# Words longer than this are no words (hashes, encoded data).
MAX_WORD: Final = 40
REMEMBERED: Final = 50_000


def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case: `HTTPServer_2` is http, server, 2."""
    return tuple(part.lower() for part in _PART.findall(text) if len(part) <= MAX_WORD)


# For names, which come again and again.
name_words: Final = lru_cache(REMEMBERED)(words)

# Endings and what takes their place: at most one of each list goes, in this order.
_ENDINGS: Final = (
    (
        ("ies", "i"),
        ("ied", "i"),
        ("ing", ""),
        ("sses", "ss"),
        ("es", "e"),
        ("ed", ""),
        ("ss", "ss"),
        ("us", "us"),
        ("is", "is"),
        ("s", ""),
    ),
    (("ation", "at"), ("ion", ""), ("er", ""), ("or", ""), ("ly", ""), ("ment", "")),
)


@lru_cache(REMEMBERED)
def stem(word: str) -> str:
    """A word without the endings that grammar gives it; crude on purpose, and the same on both sides."""
    if len(word) < 4 or not word.isascii():
        return word
    for endings in _ENDINGS:
        for ending, instead in endings:
            if word.endswith(ending):
                if len(word) - len(ending) >= 3:
                    word = _undoubled(word[: -len(ending)]) if not instead else word[: -len(ending)] + instead
                break
    if word.endswith("y"):
        return word[:-1] + "i"
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _undoubled(word: str) -> str:
    """`stopp` of stopped is stop; `call` of called stays."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz" else word
