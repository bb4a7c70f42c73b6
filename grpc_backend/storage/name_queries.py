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

TRIGRAM = 3
LAST_CHARACTER = "\U0010ffff"
# A hump query of more letters is looked up by its first ones.
HUMP_LETTERS = 14
# The trigram index keeps a name under its band and its id, so that it gives the most used names first.
ID_BITS = 40

# A name that matched: id, name, uses.
NameRow = tuple[int, str, int]
_FIELDS = "n.id, n.name, n.uses"
_NAMES = f"SELECT {_FIELDS} FROM symbol_name s JOIN name n ON n.id=s.id"


def trigram_row(name_id: int, band: int) -> int:
    """The row of a name in the trigram index."""
    return (MAX_BAND - band) << ID_BITS | name_id


def matching_names(connection: apsw.Connection, pattern: NamePattern) -> Iterator[NameRow]:
    """Names of symbols that match at exactly the pattern's tier: by band, then shorter, then by name."""
    text = text_of(pattern.text)
    for candidates in _CANDIDATES[pattern.tier](connection, text):
        fitting = [row for row in candidates if tier_of(row[1], pattern.text) is pattern.tier]
        yield from sorted(fitting, key=lambda row: (len(row[1]), row[1]))


# Each of these yields lists of candidates, one a band from the highest down.
Candidates = Iterator[list[NameRow]]


def _exact(connection: apsw.Connection, text: Text) -> Candidates:
    yield _rows(connection, f"{_NAMES} WHERE n.name=?", (text.text,))


def _case(connection: apsw.Connection, text: Text) -> Candidates:
    yield from _by_band(connection, "SELECT id FROM symbol_name WHERE folded=?", (text.folded,))


def _separators(connection: apsw.Connection, text: Text) -> Candidates:
    if text.squeezed:
        yield from _by_band(connection, "SELECT id FROM symbol_name WHERE squeezed=?", (text.squeezed,))


def _prefix(connection: apsw.Connection, text: Text) -> Candidates:
    where = f"{_NAMES} WHERE s.band=? AND s.folded>=? AND s.folded<?"
    for band in range(MAX_BAND, -1, -1):
        yield _rows(connection, where, (band, text.folded, text.folded + LAST_CHARACTER))


def _typo(connection: apsw.Connection, text: Text) -> Candidates:
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
        found.update(connection.execute(queries, values))
    close = process.extract(text.folded, found, scorer=OSA.distance, score_cutoff=text.typos, limit=None)
    yield from _grouped(connection, [name_id for _, _, name_id in close])


def _hump(connection: apsw.Connection, text: Text) -> Candidates:
    """By the first two initials that the text may stand for, and the letters that it needs."""
    typed = text.squeezed
    if len(typed) < MIN_HUMP:
        return
    short = typed[:HUMP_LETTERS]
    starts = {short[0] + short[second] for second in range(1, len(short))}
    # From each letter to the next: on in the same word, or to the beginning of the next one.
    humps = re.compile(" " + "(?:[^ ]*+ )?".join(map(re.escape, typed)))
    mask = letters(typed)
    sql = "SELECT id, spaced FROM symbol_name WHERE initials>=? AND initials<? AND letters & ? = ?"
    found: list[int] = []
    for start in starts:
        rows: Any = connection.execute(sql, (start, start + LAST_CHARACTER, mask, mask))
        found += [name_id for name_id, words in rows if humps.match(words)]
    yield from _grouped(connection, found)


def _words(connection: apsw.Connection, text: Text) -> Candidates:
    if not text.words:
        return
    begun = " AND ".join(["instr(s.spaced, ?)"] * len(text.words))
    values = [f" {word}" for word in text.words]
    grams = {gram for word in text.words for gram in _grams(word)}
    if grams:
        yield from _by_trigrams(connection, grams, begun, values)
        return
    mask = letters("".join(text.words))
    sql = f"SELECT id FROM symbol_name s WHERE letters & ? = ? AND {begun}"
    yield from _by_band(connection, sql, (mask, mask, *values))


def _substring(connection: apsw.Connection, text: Text) -> Candidates:
    grams = _grams(text.folded)
    if grams:
        yield from _by_trigrams(connection, grams, "instr(s.folded, ?)", [text.folded])
        return
    where = f"{_NAMES} WHERE s.band=? AND instr(s.folded, ?)"
    for band in range(MAX_BAND, -1, -1):
        yield _rows(connection, where, (band, text.folded))


def _subsequence(connection: apsw.Connection, text: Text) -> Candidates:
    """By the first character, and the letters that the text needs, in their order."""
    if len(text.squeezed) < MIN_SUBSEQUENCE:
        return
    mask = letters(text.squeezed)
    sql = "SELECT id FROM symbol_name WHERE first=? AND letters & ? = ? AND folded LIKE ?"
    yield from _by_band(connection, sql, (text.squeezed[0], mask, mask, f"%{'%'.join(text.squeezed)}%"))


_CANDIDATES: dict[Tier, Callable[[apsw.Connection, Text], Candidates]] = {
    Tier.EXACT: _exact,
    Tier.CASE: _case,
    Tier.SEPARATORS: _separators,
    Tier.PREFIX: _prefix,
    Tier.TYPO: _typo,
    Tier.HUMP: _hump,
    Tier.WORDS: _words,
    Tier.SUBSTRING: _substring,
    Tier.TWO_TYPOS: _typo,
    Tier.SUBSEQUENCE: _subsequence,
}


def _grams(folded: str) -> set[str]:
    """The trigrams of a text. One with a NUL is left out: FTS5 takes that for the end of the query."""
    grams = (folded[start : start + TRIGRAM] for start in range(len(folded) - TRIGRAM + 1))
    return {gram for gram in grams if "\0" not in gram}


def _by_trigrams(connection: apsw.Connection, grams: Iterable[str], where: str, values: Sequence[str]) -> Candidates:
    """Names that have all these trigrams and are as `where` says; the index gives them by band."""
    match = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in sorted(grams))
    rows = connection.execute("SELECT rowid FROM name_trigram WHERE name_trigram MATCH ? ORDER BY rowid", (match,))
    low = (1 << ID_BITS) - 1
    for _, inside in itertools.groupby((int(row[0]) for row in rows), key=lambda rowid: rowid >> ID_BITS):
        marks = ",".join(str(rowid & low) for rowid in inside)
        yield _rows(connection, f"{_NAMES} WHERE s.id IN ({marks}) AND {where}", tuple(values))


def _by_band(connection: apsw.Connection, sql: str, values: tuple[Any, ...]) -> Candidates:
    yield from _grouped(connection, _ids(connection, sql, values))


def _grouped(connection: apsw.Connection, ids: Iterable[int]) -> Candidates:
    """Names by their ids, in bands."""
    marks = ",".join(map(str, ids))
    sql = f"SELECT s.band, {_FIELDS} FROM symbol_name s JOIN name n ON n.id=s.id WHERE s.id IN ({marks})"
    found: list[Any] = sorted(connection.execute(sql), key=lambda row: -row[0])
    for _, inside in itertools.groupby(found, key=lambda row: row[0]):
        yield [row[1:] for row in inside]


def _rows(connection: apsw.Connection, sql: str, values: tuple[Any, ...]) -> list[NameRow]:
    rows: list[Any] = connection.execute(sql, values).fetchall()
    return rows


def _ids(connection: apsw.Connection, sql: str, values: tuple[Any, ...]) -> list[int]:
    rows: Any = connection.execute(sql, values).fetchall()
    return [row[0] for row in rows]


def first_character(folded: str) -> str:
    """What the subsequence tier compares first."""
    return begins(folded)[:1]
