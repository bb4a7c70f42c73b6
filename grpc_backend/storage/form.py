"""How well the form of a name agrees with what was typed, among names that match as well: its case, its separators,
its words. Who types `VXFS_DIR` means a name in capitals, who types `lartyp` one of three words, and `PDia` one of two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from grpc_backend.storage.names import fold, words_of
from grpc_backend.storage.pattern import MIN_HUMP, Tier, text_of

# So many letters of a word are typed, as a rule, by who types humps.
EACH_WORD: Final = 3
# What is typed of one word where capitals say where words begin, and where separators alone do.
_HUMP: Final = re.compile(r"[^\W_][^\W_A-Z]*")
_BETWEEN: Final = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def form(text: str, tier: Tier, name: str) -> float:
    """In [0, 1]. 1: the name has the text in it as it was typed; its words are those that were typed; or a hump match
    reaches all of its words, with few letters of each, or where there are capitals, each begins one of them.
    """
    if tier is Tier.HUMP:
        words = words_of(name)
        reached = reach(text_of(text).squeezed, words)
        return (reached + (reached == 1.0 and begins_each(text, words))) / 2
    if tier is Tier.WORDS:
        return float(sorted(text_of(text).parts) == sorted(words_of(name)))
    if tier is Tier.SUBSEQUENCE:
        characters = iter(name)
        return float(all(character in characters for character in text))
    return float(text in name)


@lru_cache(maxsize=4096)
def is_whole(text: str, name: str) -> bool:
    """Whether a hump match can have letters of all words of a name, and what was typed between separators, if there
    are any, is of one word each.
    """
    words = words_of(name)
    apart = _BETWEEN.findall(text)
    return reach(text_of(text).squeezed, words) == 1.0 and (len(apart) < MIN_HUMP or _begin(apart, words))


def begins_each(text: str, words: list[str]) -> bool:
    """Whether each capital of a text that has other letters too begins one of these words, and none is left out; of
    any other text, whether few letters of each are enough.
    """
    if text in (text.lower(), text.upper()):
        return reach(text_of(text).squeezed, [word[:EACH_WORD] for word in words]) == 1.0
    return _begin(_HUMP.findall(text), words)


def _begin(typed: list[str], words: list[str]) -> bool:
    """Whether these are the beginnings of all words of a name."""
    return len(typed) == len(words) and all(map(str.startswith, words, map(fold, typed)))


def reach(text: str, words: list[str]) -> float:
    """The largest share of the words from which a hump match can have letters; 0 if there is no match."""
    # How much of the text can be used up, and how many words it then reaches at most.
    reached, most, end = {0: 0}, 0, len(text)
    for word in words:
        after: dict[int, int] = {}
        for start, count in reached.items():
            at = start
            for letter in word:
                if at == end or text[at] != letter:
                    break
                at += 1
                if after.get(at, 0) <= count:
                    after[at] = count + 1
        most = max(most, after.pop(end, 0))
        if not after:
            break
        reached = after
    return most / len(words) if most >= MIN_HUMP else 0.0
