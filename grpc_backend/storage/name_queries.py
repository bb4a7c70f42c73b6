"""Which names of the embedded engine's dictionary match a pattern, in the order of the cut.

Each tier has an index that gives few candidates too many and none too few; `tier_of`, the
specification, decides on each. The commonest tiers give their candidates by band, the most
used names first, so that a question that needs a hundred names never looks at a hundred thousand.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import apsw
from rapidfuzz import process
from rapidfuzz.distance import OSA

from grpc_backend.storage.names import begins, letters
from grpc_backend.storage.pattern import (
    MAX_BAND,
    MIN_HUMP,
    MIN_SUBSEQUENCE,
    NamePattern,
    Text,
    Tier,
    text_of,
    tier_of,
)
from grpc_backend.storage.trigrams import TrigramSample, trigrams

LAST_CHARACTER = "\U0010ffff"
# The trigram index keeps a name under its band and its id, so that it gives the most used names first.
ID_BITS = 40

# A name that matched: id, name, uses.
NameRow = tuple[int, str, int]
_FIELDS = "n.id, n.name, n.uses"
_NAMES = f"SELECT {_FIELDS} FROM symbol_name s JOIN name n ON n.id=s.id"


def trigram_row(name_id: int, band: int) -> int:
    """The row of a name in the trigram index."""
    return (MAX_BAND - band) << ID_BITS | name_id


def matching_names(connection: apsw.Connection, sample: TrigramSample, pattern: NamePattern) -> Iterator[NameRow]:
    """Names of symbols that match at exactly the pattern's tier: by band, then shorter, then by name."""
    text = text_of(pattern.text)
    for candidates in _CANDIDATES[pattern.tier](_Names(connection, sample), text):
        fitting = [row for row in candidates if tier_of(row[1], pattern.text) is pattern.tier]
        yield from sorted(fitting, key=lambda row: (len(row[1]), row[1]))


# Lists of candidates, one a band from the highest down.
Candidates = Iterator[list[NameRow]]


class _Names:
    """The candidates of each tier."""

    def __init__(self, connection: apsw.Connection, sample: TrigramSample) -> None:
        self._connection = connection
        self._sample = sample

    def exact(self, text: Text) -> Candidates:
        yield self._rows(f"{_NAMES} WHERE n.name=?", (text.text,))

    def case(self, text: Text) -> Candidates:
        yield from self._by_band("SELECT id FROM symbol_name WHERE folded=?", (text.folded,))

    def separators(self, text: Text) -> Candidates:
        if text.squeezed:
            yield from self._by_band("SELECT id FROM symbol_name WHERE squeezed=?", (text.squeezed,))

    def prefix(self, text: Text) -> Candidates:
        where = f"{_NAMES} WHERE s.band=? AND s.folded>=? AND s.folded<?"
        yield from self._band_by_band(where, (text.folded, text.folded + LAST_CHARACTER))

    def typo(self, text: Text) -> Candidates:
        """By the half that is intact: names of about that length that begin or end with it."""
        if not text.typos:
            return
        length = len(text.folded)
        first, second = text.first_half, text.second_half[::-1]
        queries = "SELECT id, folded FROM symbol_name WHERE length=? AND folded>=? AND folded<?"
        queries += " UNION SELECT id, folded FROM symbol_name WHERE length=? AND reversed>=? AND reversed<?"
        found: dict[int, str] = {}
        for other in range(length - text.typos, length + text.typos + 1):
            values = (other, first, first + LAST_CHARACTER, other, second, second + LAST_CHARACTER)
            found.update(self._connection.execute(queries, values))
        close = process.extract(text.folded, found, scorer=OSA.distance, score_cutoff=text.typos, limit=None)
        yield from self._grouped([name_id for _, _, name_id in close])

    def hump(self, text: Text) -> Candidates:
        """By the first two initials that the text may stand for, and the letters that it needs."""
        typed = text.squeezed
        if len(typed) < MIN_HUMP:
            return
        # From each letter to the next: on in the same word, or to the beginning of the next one.
        humps = re.compile(" " + "(?:[^ ]*+ )?".join(map(re.escape, typed)))
        mask = letters(typed)
        starts = sorted({typed[0] + second for second in typed[1:]})
        sql = "SELECT id, spaced FROM symbol_name WHERE band=? AND initials>=? AND initials<? AND letters & ? = ?"
        for band in range(MAX_BAND, -1, -1):
            found: list[int] = []
            for start in starts:
                values = (band, start, start + LAST_CHARACTER, mask, mask)
                found += [name_id for name_id, words in self._rows(sql, values) if humps.match(words)]
            yield from self._grouped(found)

    def words(self, text: Text) -> Candidates:
        if not text.words:
            return
        begun = " AND ".join(["instr(s.spaced, ?)"] * len(text.words))
        values = [f" {word}" for word in text.words]
        grams = {gram for word in text.words for gram in trigrams(word)}
        if grams:
            yield from self._by_trigrams(grams, begun, values)
            return
        mask = letters("".join(text.words))
        sql = f"SELECT id FROM symbol_name s WHERE letters & ? = ? AND {begun}"
        yield from self._by_band(sql, (mask, mask, *values))

    def substring(self, text: Text) -> Candidates:
        grams = trigrams(text.folded)
        if grams:
            yield from self._by_trigrams(grams, "instr(s.folded, ?)", [text.folded])
        else:
            yield from self._band_by_band(f"{_NAMES} WHERE s.band=? AND instr(s.folded, ?)", (text.folded,))

    def subsequence(self, text: Text) -> Candidates:
        """By the first character, and the letters that the text needs, in their order."""
        if len(text.squeezed) < MIN_SUBSEQUENCE:
            return
        mask = letters(text.squeezed)
        where = f"{_NAMES} WHERE s.band=? AND s.first=? AND s.letters & ? = ? AND s.folded LIKE ?"
        yield from self._band_by_band(where, (text.squeezed[0], mask, mask, f"%{'%'.join(text.squeezed)}%"))

    def _by_trigrams(self, grams: Iterable[str], where: str, values: Sequence[str]) -> Candidates:
        """Names that have the rarest of these trigrams and are as `where` says; the index gives them by band."""
        rarest = self._sample.rarest(self._connection, grams)
        match = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in rarest)
        sql = "SELECT rowid FROM name_trigram WHERE name_trigram MATCH ? ORDER BY rowid"
        rows = self._connection.execute(sql, (match,))
        low = (1 << ID_BITS) - 1
        for _, inside in itertools.groupby((int(row[0]) for row in rows), key=lambda rowid: rowid >> ID_BITS):
            marks = ",".join(str(rowid & low) for rowid in inside)
            yield self._rows(f"{_NAMES} WHERE s.id IN ({marks}) AND {where}", tuple(values))

    def _band_by_band(self, sql: str, values: tuple[Any, ...]) -> Candidates:
        """What a query gives with each band as its first value: a question may be done before the last."""
        for band in range(MAX_BAND, -1, -1):
            yield self._rows(sql, (band, *values))

    def _by_band(self, sql: str, values: tuple[Any, ...]) -> Candidates:
        rows: Any = self._connection.execute(sql, values).fetchall()
        yield from self._grouped([row[0] for row in rows])

    def _grouped(self, ids: Iterable[int]) -> Candidates:
        """Names by their ids, in bands."""
        marks = ",".join(map(str, ids))
        sql = f"SELECT s.band, {_FIELDS} FROM symbol_name s JOIN name n ON n.id=s.id WHERE s.id IN ({marks})"
        found: list[Any] = sorted(self._connection.execute(sql), key=lambda row: -row[0])
        for _, inside in itertools.groupby(found, key=lambda row: row[0]):
            yield [row[1:] for row in inside]

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        rows: list[Any] = self._connection.execute(sql, values).fetchall()
        return rows


_CANDIDATES: dict[Tier, Callable[[_Names, Text], Candidates]] = {
    Tier.EXACT: _Names.exact,
    Tier.CASE: _Names.case,
    Tier.SEPARATORS: _Names.separators,
    Tier.PREFIX: _Names.prefix,
    Tier.HUMP: _Names.hump,
    Tier.WORDS: _Names.words,
    Tier.SUBSTRING: _Names.substring,
    Tier.TYPO: _Names.typo,
    Tier.TWO_TYPOS: _Names.typo,
    Tier.SUBSEQUENCE: _Names.subsequence,
}


def first_character(folded: str) -> str:
    """What the subsequence tier compares first."""
    return begins(folded)[:1]
