"""The embedded engine's dictionary of names, kept as contents come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import apsw

from grpc_backend.storage.courtesy import ALONE, Pace
from grpc_backend.storage.order import band
from grpc_backend.storage.segment import NameRow

GONE = -1
# Changes that a saved index has are forgotten so many at a time, so that nobody waits for long.
FORGOTTEN_A_STEP = 50_000
_NAME_ROW: Final = "n.id, n.name, n.uses, n.definitions, n.traits"


def enter(
    connection: apsw.Connection,
    uses: Counter[str],
    definitions: Counter[str],
    traits: Mapping[str, int],
    pace: Pace = ALONE,
) -> tuple[dict[str, int], list[NameRow]]:
    """Add contents that refer to names and that define them, as what; new names are entered.

    Returns the ids of all these names, and those names that became findable, moved to another band or have new traits.
    """
    names = sorted(uses.keys() | definitions.keys())
    more = [(name, uses[name], definitions[name], traits.get(name, 0)) for name in names]
    # What is returned is as it is afterwards: so what it was before is kept beside it.
    rows = connection.executemany(
        "INSERT INTO name(name, uses, definitions, traits) VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE"
        " SET uses=uses+excluded.uses, definitions=definitions+excluded.definitions,"
        " traits=traits|excluded.traits, traits_before=traits RETURNING id, uses, definitions, traits, traits_before",
        more,
    )
    ids: dict[str, int] = {}
    changed = []
    for (name, used_more, defined_more, _), row in pace.through(zip(more, rows, strict=True)):
        name_id, used, defined, now_traits, before = row
        ids[name] = name_id
        now = _band(used, defined)
        if now_traits != before or now != _band(used - used_more, defined - defined_more):
            changed.append(NameRow(name_id, name, now, now_traits))
    return ids, changed


def take_off(connection: apsw.Connection, uses: Counter[int], definitions: Counter[int]) -> list[NameRow]:
    """Take off contents that refer to names and that define them; return the names that moved or vanished. (Which of
    its traits a name still has is not looked for while it is borne.)
    """
    less = [(uses[name_id], definitions[name_id], name_id) for name_id in sorted(uses.keys() | definitions.keys())]
    sql = (
        "UPDATE name SET uses=uses-?1, definitions=definitions-?2, traits=iif(definitions=?2, 0, traits) WHERE id=?3"
        " RETURNING name, uses, definitions, traits"
    )
    changed = []
    rows = connection.executemany(sql, less)
    for (used_less, defined_less, name_id), (name, used, defined, traits) in zip(less, rows, strict=True):
        now = _band(used, defined)
        if now != _band(used + used_less, defined + defined_less):
            changed.append(NameRow(name_id, name, now, traits))
    return changed


def note(connection: apsw.Connection, changed: list[NameRow]) -> int:
    """Note names that changed since the index of names was saved. Returns the number of this change."""
    serial = last_serial(connection) + bool(changed)
    connection.executemany("INSERT OR REPLACE INTO name_change VALUES(?,?)", [(row.id, serial) for row in changed])
    connection.execute("UPDATE name_index SET serial=?", (serial,))
    return serial


def last_serial(connection: apsw.Connection) -> int:
    """The number of the last change."""
    serial: Any = connection.execute("SELECT serial FROM name_index").get
    return int(serial)


def saved(connection: apsw.Connection) -> str:
    """The file in which the index of names was saved last; "" if it never was."""
    file: Any = connection.execute("SELECT file FROM name_index").get
    return str(file)


def changes(connection: apsw.Connection, since: int) -> Iterator[NameRow]:
    """The names that changed after a change, as they are now."""
    sql = f"SELECT {_NAME_ROW} FROM name_change c JOIN name n ON n.id=c.name_id WHERE c.serial>?"
    return _rows(connection.execute(sql, (since,)))


def count_borne(connection: apsw.Connection) -> int:
    """About how many names symbols bear: no less."""
    count: Any = connection.execute("SELECT max(id) FROM name").get
    return count or 0


def borne(connection: apsw.Connection) -> Iterator[NameRow]:
    """All names that symbols bear."""
    return _rows(connection.execute(f"SELECT {_NAME_ROW} FROM name n WHERE definitions"))


def put_saved(connection: apsw.Connection, file: str, serial: int) -> None:
    """Note that the index of names was saved with all changes up to this one."""
    connection.execute("UPDATE name_index SET file=?, saved=?", (file, serial))


def forget_changes(connection: apsw.Connection) -> bool:
    """Drop some of the changes that are saved; return whether there may be more."""
    sql = (
        "DELETE FROM name_change WHERE name_id IN (SELECT name_id FROM name_change"
        " WHERE serial<=(SELECT saved FROM name_index) LIMIT ?)"
    )
    connection.execute(sql, (FORGOTTEN_A_STEP,))
    return connection.changes() == FORGOTTEN_A_STEP


def _rows(found: Iterable[tuple[Any, ...]]) -> Iterator[NameRow]:
    """Rows of _NAME_ROW."""
    for name_id, name, uses, definitions, traits in found:
        yield NameRow(name_id, name, _band(uses, definitions), traits)


def _band(uses: int, definitions: int) -> int:
    return band(uses + definitions) if definitions else GONE
