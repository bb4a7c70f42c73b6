"""The trigrams of names: which are rare, so that few of a query's many have to be looked up.

A posting list of a frequent trigram costs more than checking what the two rarest ones leave. Which are rare is
estimated from a sample of the names; a wrong guess costs time and never a hit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import apsw

TRIGRAM: Final = 3
SAMPLED_NAMES: Final = 20_000
# As many of a query's trigrams are looked up.
LOOKED_UP: Final = 2
# The sample is taken anew when there are so many times the names that there were.
GROWTH: Final = 2


def trigrams(folded: str) -> set[str]:
    """The trigrams of a text. One with a NUL is left out: FTS5 takes that for the end of the query."""
    found = (folded[start : start + TRIGRAM] for start in range(len(folded) - TRIGRAM + 1))
    return {gram for gram in found if "\0" not in gram}


class TrigramSample:
    """How often each trigram is in an evenly picked sample of a store's names."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._names = 0

    def rarest(self, connection: apsw.Connection, grams: Iterable[str]) -> list[str]:
        """The trigrams to look up, the rarest first."""
        names: Any = connection.execute("SELECT max(id) FROM symbol_name").get or 0
        if names > GROWTH * self._names:
            self._take(connection, names)
        return sorted(grams, key=lambda gram: (self._counts[gram], gram))[:LOOKED_UP]

    def _take(self, connection: apsw.Connection, names: int) -> None:
        ids = ",".join(map(str, range(1, names + 1, max(1, names // SAMPLED_NAMES))))
        counts: Counter[str] = Counter()
        for (folded,) in connection.execute(f"SELECT folded FROM symbol_name WHERE id IN ({ids})"):
            counts.update(trigrams(folded))
        self._counts, self._names = counts, names
