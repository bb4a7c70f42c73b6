"""Where a narrowed query can find anything: the few contents inside a container or a path.

`QuerySet.filter` or `path:src/http/**` leaves seldom more than a handful of them; then only the names that
these define are compared, for all tiers at once, instead of all names that match.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import apsw

from grpc_backend.model import Symbol
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.names import fold
from grpc_backend.storage.order import NameOrder, band, name_order
from grpc_backend.storage.pattern import NamePattern, Tier, may_match, parts_of, tier_of
from grpc_backend.storage.schema import listed

# Where there are more contents, or they define more, the names come from the tiers' indexes.
MAX_CONTENTS: Final = 100
MAX_SYMBOLS: Final = 2_000
VERY_MANY: Final = 1_000
REMEMBERED: Final = 16

# The ids of names by tier, in the order of the cut.
Narrowed = Mapping[Tier, list[int]]
T = TypeVar("T")


def narrows(pattern: NamePattern, filters: Filters) -> bool:
    """Whether a query says where to look."""
    return bool(pattern.container or filters.paths)


class Left(NamedTuple):
    """The few contents that a query is narrowed to, and for what: that tells them from others that get their ids."""

    of: Hashable
    contents: frozenset[int]


class Narrowing:
    """What a narrowed query leaves, worked out once for all the tiers and pages that a search asks for."""

    def __init__(self) -> None:
        self._left: OrderedDict[Hashable, Left | None] = OrderedDict()
        self._names: OrderedDict[Hashable, Narrowed | None] = OrderedDict()

    def left(
        self, connection: apsw.Connection, workspace_id: int, pattern: NamePattern, filters: Filters
    ) -> Left | None:
        """The contents that are left; None if nothing narrows the query to few of them."""
        if not narrows(pattern, filters):
            return None
        generation: Any = connection.execute("SELECT generation FROM workspace WHERE id=?", (workspace_id,)).get
        of = (workspace_id, generation, pattern.container, filters.paths)
        if of not in self._left:
            found = _contents(connection, workspace_id, pattern.container, filters.paths)
            _remember(self._left, of, None if found is None else Left(of, found))
        return self._left[of]

    def names(self, connection: apsw.Connection, left: Left, text: str) -> Narrowed | None:
        """The names that match and are defined in what is left; None if that has too many to look at each."""
        if (left.of, text) not in self._names:
            _remember(self._names, (left.of, text), _names(connection, left.contents, text))
        return self._names[left.of, text]


def _remember(known: OrderedDict[Hashable, T], key: Hashable, value: T) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)


def owner_parts(symbols: Iterable[Symbol]) -> set[str]:
    """The names that enclose some symbols, folded."""
    owners = {symbol.qualified_name.rpartition(".")[0] for symbol in symbols}
    return {fold(part) for owner in owners for part in owner.split(".") if part}


def put_owners(connection: apsw.Connection, rows: Iterable[tuple[str, int]]) -> None:
    """Note the names that enclose new contents' symbols: `owner_parts`, each with its content."""
    connection.executemany("INSERT INTO owner_part VALUES(?,?)", sorted(rows))


def put_parts(connection: apsw.Connection, workspace_id: int, paths: Iterable[str]) -> None:
    """Note the names in these paths; those that are known already stay."""
    rows = {(workspace_id, fold(part), path) for path in paths for part in parts_of(path)}
    connection.executemany("INSERT OR IGNORE INTO path_part VALUES(?,?,?)", sorted(rows))


def drop_parts(connection: apsw.Connection, workspace_id: int, paths: Iterable[str]) -> None:
    """Forget the names in these paths."""
    rows = {(workspace_id, fold(part), path) for path in paths for part in parts_of(path)}
    connection.executemany("DELETE FROM path_part WHERE workspace_id=? AND part=? AND path=?", sorted(rows))


def _names(connection: apsw.Connection, contents: Iterable[int], text: str) -> Narrowed | None:
    """The names that are defined in these contents and match, by tier; None if they define too many."""
    sql = "SELECT sum(symbols) FROM content WHERE id IN (SELECT value FROM json_each(?))"
    symbols: Any = connection.execute(sql, (listed(contents),)).get
    if (symbols or 0) > MAX_SYMBOLS:
        return None
    sql = (
        "SELECT id, name, uses+definitions FROM name WHERE id IN"
        " (SELECT name_id FROM symbol WHERE content_id IN (SELECT value FROM json_each(?)))"
    )
    found: defaultdict[Tier, list[tuple[NameOrder, int]]] = defaultdict(list)
    for name_id, name, mentions in connection.execute(sql, (listed(contents),)):
        tier = tier_of(name, text) if may_match(name, text) else None
        if tier is not None:
            found[tier].append((name_order(NamePattern(text, tier), name, band(mentions)), name_id))
    return {tier: [name_id for _, name_id in sorted(rows)] for tier, rows in found.items()}


def _contents(
    connection: apsw.Connection, workspace_id: int, container: Sequence[str], globs: Sequence[str]
) -> frozenset[int] | None:
    """The contents where each name encloses something and whose paths fit; None if there are too many."""
    found: set[int] | None = None
    for here in (
        *(_enclosed(connection, workspace_id, fold(name)) for name in container),
        _below(connection, workspace_id, globs) if globs else None,
    ):
        if here is not None:
            found = here if found is None else found & here
    return None if found is None or len(found) > MAX_CONTENTS else frozenset(found)


def _enclosed(connection: apsw.Connection, workspace_id: int, name: str) -> set[int] | None:
    """The contents in which a name encloses something; None if there are very many."""
    sql = (
        "SELECT f.content_id FROM path_part p JOIN file f ON f.workspace_id=p.workspace_id AND f.path=p.path"
        " WHERE p.workspace_id=? AND p.part=? AND f.content_id IS NOT NULL"
        " UNION ALL SELECT content_id FROM owner_part WHERE part=? LIMIT ?"
    )
    rows: list[Any] = connection.execute(sql, (workspace_id, name, name, VERY_MANY)).fetchall()
    return {content for (content,) in rows} if len(rows) < VERY_MANY else None


def _below(connection: apsw.Connection, workspace_id: int, globs: Sequence[str]) -> set[int]:
    """The contents of the files whose paths fit."""
    fits = matcher(globs)
    sql = "SELECT path, content_id FROM file WHERE workspace_id=? AND content_id IS NOT NULL"
    return {content for path, content in connection.execute(sql, (workspace_id,)) if fits(path)}
