"""The symbols that names have, in their order, of a workspace and within filters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import apsw
import msgspec

from grpc_backend.model import KIND_NUMBER, Located, Symbol
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.names import fold
from grpc_backend.storage.pattern import container_matches
from grpc_backend.storage.schema import listed

symbol_of: Final = msgspec.msgpack.Decoder(Symbol).decode
# Names are read so many at a time, those that so many contents define at most by one statement.
NAMES_AT_ONCE: Final = 16
RARE: Final = 8

Row = tuple[Any, ...]

_COLUMNS: Final = "f.path, c.language, c.digest, s.symbol, n.uses"
_OF_NAME: Final = " CROSS JOIN symbol s ON s.name_id=n.id"
# The index of names tells a symbol's content, so that of those in others nothing is read.
_OF_NAME_IN: Final = (
    " CROSS JOIN symbol k ON k.name_id=n.id AND k.content_id IN (SELECT value FROM json_each(?))"
    " CROSS JOIN symbol s ON s.content_id=k.content_id AND s.ord=k.ord"
)
_IN_FILES: Final = (
    " CROSS JOIN file f ON f.content_id=s.content_id AND f.workspace_id=? CROSS JOIN content c ON c.id=s.content_id"
)
# What a symbol may stand in: a name in its file's owners or in its path.
_ENCLOSED: Final = (
    " AND (EXISTS (SELECT 1 FROM owner_part o WHERE o.part=? AND o.content_id=s.content_id)"
    " OR EXISTS (SELECT 1 FROM path_part p WHERE p.workspace_id=? AND p.part=? AND p.path=f.path))"
)


class Wanted:
    """The symbols of a workspace that pass some filters and stand in some container. `contents`: those where such may
    be, if they are few.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        workspace_id: int,
        filters: Filters,
        container: tuple[str, ...] = (),
        contents: frozenset[int] | None = None,
    ) -> None:
        self.connection = connection
        self.workspace_id = workspace_id
        self.filters = filters
        self._container = container
        self._fits = matcher(filters.paths)
        self._contents = contents
        self._of_name = (_OF_NAME if contents is None else _OF_NAME_IN) + _IN_FILES
        self._within = (*(() if contents is None else (listed(contents),)), workspace_id)
        # What encloses is in its content: where these are known it is no use to ask.
        self._where, self._values = _symbol_filters(filters, workspace_id, container if contents is None else ())
        self.fruitless: list[int] = []  # names that few contents define, and of which no file has any

    def of_names(self, name_ids: Iterator[int], limit: int, most: int | None) -> list[Located]:
        """The symbols of one name after the other, of each as many as `most`, until there are enough."""
        found: list[Located] = []
        while len(found) < limit and (some := list(itertools.islice(name_ids, NAMES_AT_ONCE))):
            rare = self._rows_of_rare(some) if len(some) > 1 else {}
            for name_id in some:
                left = limit - len(found)
                few = left if most is None else min(most, left)
                rows = rare.get(name_id)
                found += self.symbols(name_id, few) if rows is None else self._passing(rows, few)
        return found

    def symbols(self, name_id: int, limit: int) -> Iterator[Located]:
        """The first of a name's symbols, in their order."""
        # The index has a name's symbols in order but for their paths, so that few are read where few are wanted.
        sql = f"SELECT {_COLUMNS} FROM name n{self._of_name} WHERE n.id=? {self._where} ORDER BY s.place, f.path, s.ord"
        return self._passing(self.connection.execute(sql, (*self._within, name_id, *self._values)), limit)

    def _rows_of_rare(self, name_ids: list[int]) -> dict[int, list[Row]]:
        """All symbols of those names that few contents define, each name's in their order."""
        sql = "SELECT id FROM name WHERE id IN (SELECT value FROM json_each(?)) AND definitions<=?"
        rare: list[int] = [one for (one,) in self.connection.execute(sql, (listed(name_ids), RARE))]
        sql = (
            f"SELECT n.id, s.place, f.path, s.ord, {_COLUMNS} FROM json_each(?) j"
            f" CROSS JOIN name n ON n.id=j.value{self._of_name} WHERE true {self._where}"
        )
        found: dict[int, list[Row]] = {one: [] for one in rare}
        for name_id, *row in self.connection.execute(sql, (listed(rare), *self._within, *self._values)):
            found[name_id].append(row)
        if not self._where and self._contents is None:
            self.fruitless += [one for one, rows in found.items() if not rows]
        return {one: [row[3:] for row in sorted(rows)] for one, rows in found.items()}

    def _passing(self, rows: Iterable[Row], limit: int) -> Iterator[Located]:
        passing = (row for row in rows if self._fits(row[0]) and row[0] not in self.filters.without)
        inside = (
            one
            for one in map(located, passing)
            if container_matches(self._container, one.path, one.symbol.qualified_name)
        )
        return itertools.islice(inside, limit)


def _symbol_filters(filters: Filters, workspace_id: int, container: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """SQL for the kinds, languages and what encloses; an unknown kind matches nothing."""
    where = ""
    values: list[Any] = []
    if filters.kinds:
        where += f" AND s.kind IN ({','.join('?' * len(filters.kinds))})"
        values += [KIND_NUMBER.get(kind, -1) for kind in filters.kinds]
    if filters.languages:
        where += f" AND c.language IN ({','.join('?' * len(filters.languages))})"
        values += [*filters.languages]
    for part in map(fold, container):
        where += _ENCLOSED
        values += [part, workspace_id, part]
    return where, tuple(values)


def located(row: tuple[Any, ...]) -> Located:
    """A symbol of a row of _COLUMNS."""
    path, language, digest, packed, uses = row
    return Located(path, language, digest, symbol_of(packed), uses)
