"""What else could be asked, in the same run: SQL's LIKE by length, and rapidfuzz over all names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import apsw
from rapidfuzz import fuzz, process

from tests.bench.search.typed import Target

TOP = 10


class Like:
    """`name LIKE '%q%'`, the shortest first: what a first version of a symbol search does."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._connection = apsw.Connection(":memory:")
        self._connection.execute("CREATE TABLE name(name TEXT PRIMARY KEY)")
        self._connection.executemany("INSERT OR IGNORE INTO name VALUES(?)", [(one.name,) for one in targets])

    def names(self, text: str) -> list[str]:
        """The names of the best hits."""
        last = re.split(r"[.:]+", text)[-1]
        escaped = re.sub(r"([%_\\])", r"\\\1", last)
        sql = "SELECT name FROM name WHERE name LIKE ? ESCAPE '\\' ORDER BY length(name), name LIMIT ?"
        return [name for (name,) in self._connection.execute(sql, (f"%{escaped}%", TOP))]


class Fuzzy:
    """rapidfuzz's weighted ratio over all distinct names."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._names = sorted({one.name for one in targets})

    def names(self, text: str) -> list[str]:
        """The names of the best hits."""
        last = re.split(r"[.:]+", text)[-1]
        return [name for name, _, _ in process.extract(last, self._names, scorer=fuzz.WRatio, limit=TOP)]
