"""The embedded engine's dictionary of names, kept as contents come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import apsw

from grpc_backend.storage.name_queries import first_character, trigram_row
from grpc_backend.storage.names import fold, initials, letters, spaced
from grpc_backend.storage.pattern import band

# Ids go into SQL as text, so many at a time.
IDS_A_QUERY = 5_000


def entry(connection: apsw.Connection, name: str) -> int:
    """The id of a name; a new name is entered."""
    row = connection.execute("SELECT id FROM name WHERE name=?", (name,)).fetchone()
    if row:
        return int(row[0])
    connection.execute("INSERT INTO name(name) VALUES(?)", (name,))
    return connection.last_insert_rowid()


def count(connection: apsw.Connection, uses: Counter[int], definitions: Counter[int], step: int) -> None:
    """Add (step 1) or take off (step -1) contents that refer to names and that define them.

    A name that is defined for the first time becomes findable; one that no content defines any more vanishes.
    """
    changed = sorted(uses.keys() | definitions.keys())
    connection.executemany(
        "UPDATE name SET uses=uses+?, definitions=definitions+? WHERE id=?",
        [(step * uses[name_id], step * definitions[name_id], name_id) for name_id in changed],
    )
    for start in range(0, len(changed), IDS_A_QUERY):
        _refresh(connection, changed[start : start + IDS_A_QUERY])


def _refresh(connection: apsw.Connection, ids: Iterable[int]) -> None:
    """Bring the forms by which names are found in step with their counts."""
    listed = ",".join(map(str, ids))
    rows: list[Any] = connection.execute(
        "SELECT n.id, n.name, n.uses+n.definitions, n.definitions, s.band FROM name n"
        f" LEFT JOIN symbol_name s ON s.id=n.id WHERE n.id IN ({listed}) AND (n.definitions OR s.id)"
    ).fetchall()
    gone = [(name_id, old) for name_id, _, _, definitions, old in rows if not definitions]
    new = [(name_id, name, band(mentions)) for name_id, name, mentions, _, old in rows if old is None]
    moved = [
        (name_id, name, old, now)
        for name_id, name, mentions, definitions, old in rows
        if definitions and old is not None and (now := band(mentions)) != old
    ]
    connection.executemany("DELETE FROM symbol_name WHERE id=?", [(name_id,) for name_id, _ in gone])
    connection.executemany("UPDATE symbol_name SET band=? WHERE id=?", [(now, name_id) for name_id, _, _, now in moved])
    connection.executemany("INSERT INTO symbol_name VALUES(?,?,?,?,?,?,?,?,?,?)", [_forms(*row) for row in new])
    _reindex(
        connection,
        [*((name_id, old) for name_id, old in gone), *((name_id, old) for name_id, _, old, _ in moved)],
        [*new, *((name_id, name, now) for name_id, name, _, now in moved)],
    )


def _reindex(connection: apsw.Connection, out: list[tuple[int, int]], into: list[tuple[int, str, int]]) -> None:
    """Move names in the trigram index.

    In one go and in the order of the rows: FTS5 writes out what it has gathered whenever a row comes
    out of order, or another statement of the transaction comes between.
    """
    connection.executemany("DELETE FROM name_trigram WHERE rowid=?", sorted((trigram_row(*name),) for name in out))
    connection.executemany(
        "INSERT INTO name_trigram(rowid, folded) VALUES(?,?)",
        sorted((trigram_row(name_id, now), fold(name)) for name_id, name, now in into),
    )


def _forms(name_id: int, name: str, now: int) -> tuple[int, int, str, str, str, str, int, str, str, int]:
    folded = fold(name)
    words = spaced(name)
    return (
        name_id,
        now,
        folded,
        words.replace(" ", ""),
        words,
        initials(words),
        len(folded),
        folded[::-1],
        first_character(folded),
        letters(folded),
    )
