"""How well the form of a name agrees with what was typed, among names that match as well: its case, its separators,
its words. Who types `VXFS_DIR` means a name in capitals, and who types `lartyp` one of three words.
"""

from __future__ import annotations

from functools import lru_cache

from grpc_backend.storage.names import words_of
from grpc_backend.storage.pattern import MIN_HUMP, Tier, common, text_of


@lru_cache(maxsize=4096)
def form(text: str, tier: Tier, name: str) -> float:
    """In [0, 1]. 1: the name has the text in it as it was typed, or a hump match reaches all of its words."""
    if tier is Tier.HUMP:
        return reach(text_of(text).squeezed, words_of(name))
    if tier is Tier.SUBSEQUENCE:
        characters = iter(name)
        return float(all(character in characters for character in text))
    return float(text in name)


def reach(text: str, words: list[str]) -> float:
    """The largest share of the words from which a hump match can have letters; 0 if there is no match."""
    # How much of the text can be used up, and how many words it then reaches at most.
    reached, most = {0: 0}, 0
    for word in words:
        after: dict[int, int] = {}
        for start, count in reached.items():
            for end in range(start + 1, start + common(text, start, word) + 1):
                after[end] = max(after.get(end, 0), count + 1)
        most = max(most, after.pop(len(text), 0))
        if not after:
            break
        reached = after
    return most / len(words) if most >= MIN_HUMP else 0.0
