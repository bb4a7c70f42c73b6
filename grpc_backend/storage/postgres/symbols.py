"""The symbols of names, in one workspace or in one of each of several repositories."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from grpc_backend.model import KIND_NUMBER, Located, Symbol
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.globs import pattern_of
from grpc_backend.storage.names import fold
from grpc_backend.storage.pattern import container_matches
from grpc_backend.storage.postgres.database import Connection, array
from grpc_backend.storage.postgres.names import Name, stored

decode_symbol: Final = msgspec.msgpack.Decoder(Symbol).decode
_NAMES: Final = (
    "unnest(%(repos)s::int[], %(workspaces)s::int[], %(ids)s::bigint[], %(uses)s::int[])"
    " WITH ORDINALITY AS n(repo_id, workspace_id, id, uses, turn)"
)
# What names are asked for, and what says a name's repository, workspace, id and uses. Citus asks one shard where the
# repository is a constant; and of several it cuts only what hangs on rows that lie where the symbols lie.
_ONE: Final = (_NAMES, "%(repo)s", "n.workspace_id", "n.id", "n.uses")
_SEVERAL: Final = (
    f"{_NAMES} JOIN workspace w ON w.repo_id=n.repo_id AND w.id=n.workspace_id"
    " JOIN name d ON d.repo_id=w.repo_id AND d.id=n.id",
    "w.repo_id",
    "w.id",
    "d.id",
    "d.uses",
)


class Wanted:
    """The symbols of some workspaces that pass some filters and stand in some container.

    `workspaces`: of each repository one, both by their rows. `several`: how often a name is used in its repository is
    read with its symbols; else there is one repository, and the names say it.
    """

    def __init__(
        self,
        connection: Connection,
        workspaces: Mapping[int, int],
        filters: Filters,
        container: tuple[str, ...] = (),
        *,
        several: bool = False,
    ) -> None:
        self.filters = filters
        self._workspaces = workspaces
        self._connection = connection
        self._container = container
        where, self._values = _conditions(filters, container)
        # What the database cannot decide is decided here, before the cut.
        cut = "" if container else " LIMIT %(most)s"
        asked, repo, workspace, name, uses = _SEVERAL if several else _ONE
        self._sql = (
            f"SELECT n.turn, s.path, s.language, s.digest, s.body, {uses} FROM {asked} CROSS JOIN LATERAL"
            " (SELECT f.path, c.language, c.digest, s.body, s.place, s.ord FROM symbol s"
            f" JOIN file f ON f.repo_id=s.repo_id AND f.content_id=s.content_id AND f.workspace_id={workspace}"
            " JOIN content c ON c.repo_id=s.repo_id AND c.id=s.content_id"
            f" WHERE s.repo_id={repo} AND s.name_id={name} {where} ORDER BY s.place, f.path, s.ord{cut}) s"
            " ORDER BY n.turn, s.place, s.path, s.ord"
        )

    def symbols(self, names: Sequence[Name], most: int) -> list[Located]:
        """The symbols of some names, a name after the other, of each at most so many, in their order."""
        return [one for _, one in self.named_symbols(names, most)]

    def named_symbols(self, names: Sequence[Name], most: int) -> list[tuple[Name, Located]]:
        """The same, each with its name."""
        values = {
            "repo": next(iter(self._workspaces)),
            "repos": array(name.repo_id for name in names),
            "workspaces": array(self._workspaces[name.repo_id] for name in names),
            "ids": array(name.id for name in names),
            "uses": array(name.uses for name in names),
            "most": most,
            **self._values,
        }
        found: list[tuple[Name, Located]] = []
        rows = self._connection.execute(self._sql, values)
        for turn, group in itertools.groupby(rows, key=lambda row: row[0]):
            name = names[turn - 1]
            symbols = (located(row[1:]) for row in group)
            found += ((name, one) for one in itertools.islice(filter(self._stands, symbols), most))
        return found

    def _stands(self, one: Located) -> bool:
        return container_matches(self._container, one.path, one.symbol.qualified_name)


def _conditions(filters: Filters, container: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """SQL for the filters and for what encloses; an unknown kind matches nothing."""
    where = ""
    values: dict[str, Any] = {}
    if filters.kinds:
        where += " AND s.kind=ANY(%(kinds)s)"
        values["kinds"] = [KIND_NUMBER.get(kind, -1) for kind in filters.kinds]
    if filters.languages:
        where += " AND c.language=ANY(%(languages)s)"
        values["languages"] = list(filters.languages)
    if filters.paths:
        where += " AND f.path ~ %(globs)s"
        values["globs"] = pattern_of(filters.paths)
    if filters.without:
        where += " AND f.path<>ALL(%(without)s)"
        values["without"] = list(filters.without)
    for number, part in enumerate(map(fold, container)):
        where += f" AND (c.owners @> %(part{number})s OR f.parts @> %(part{number})s)"
        values[f"part{number}"] = [stored(part)]
    return where, values


def located(row: Sequence[Any]) -> Located:
    """A symbol from its path, language, digest, body and uses."""
    path, language, digest, body, count = row
    return Located(path, language, digest, decode_symbol(body), count)
