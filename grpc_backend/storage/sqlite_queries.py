"""The embedded engine's questions, each on one connection within one read transaction.

A name query runs in two steps: which names of the dictionary match, in the order of the
cut; then their symbols, a name at a time, until the limit is reached.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from grpc_backend import packing
from grpc_backend.model import ContentKey, Extraction, FileState, Import, Located, Occurrence, Reference
from grpc_backend.storage.dead_names import DeadNames
from grpc_backend.storage.engine import ContentInfo, Filters, NameCounts, Summary
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.memory import POPULAR_DEFINITIONS, by_position, is_below
from grpc_backend.storage.name_queries import Match
from grpc_backend.storage.narrowing import Left, Narrowing
from grpc_backend.storage.order import quota
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.schema import listed
from grpc_backend.storage.sqlite_readers import workspace_row
from grpc_backend.storage.symbols import Wanted, located, symbol_of
from grpc_backend.storage.traits import masks

_imports = msgspec.msgpack.Decoder(tuple[Import, ...])
_words = msgspec.msgpack.Decoder(tuple[str, ...])

LAST_CHARACTER = "\U0010ffff"


class Aids(NamedTuple):
    """What a store has to find names by, beside its tables. `matches`: of the pattern, in the order of the cut."""

    narrowing: Narrowing
    matches: Iterator[Match]
    dead: DeadNames


def content_id(connection: apsw.Connection, key: ContentKey, version: int) -> int | None:
    """The row of a content, if it was extracted by this version."""
    sql = "SELECT id FROM content WHERE digest=? AND dialect=? AND extractor=?"
    row = connection.execute(sql, (key.digest, key.dialect, version)).fetchone()
    return int(row[0]) if row else None


def content_info(connection: apsw.Connection, key: ContentKey, version: int) -> ContentInfo | None:
    """What is known of a content."""
    sql = "SELECT language, problem, warnings, symbols FROM content WHERE digest=? AND dialect=? AND extractor=?"
    row = connection.execute(sql, (key.digest, key.dialect, version)).fetchone()
    return ContentInfo(row[0], row[1], _words.decode(row[2]), row[3]) if row else None


def extraction(connection: apsw.Connection, key: ContentKey, version: int) -> Extraction | None:
    """What a content says, without its imports and warnings."""
    sql = (
        "SELECT c.id, c.language, c.problem, l.layout FROM content c JOIN layout l ON l.content_id=c.id"
        " WHERE c.digest=? AND c.dialect=? AND c.extractor=?"
    )
    row = connection.execute(sql, (key.digest, key.dialect, version)).fetchone()
    if row is None:
        return None
    content, language, problem, layout = row
    packed = connection.execute("SELECT symbol FROM symbol WHERE content_id=? ORDER BY ord", (content,))
    symbols = tuple(symbol_of(one) for (one,) in packed)
    uses = (
        "SELECT n.name, r.occurrences FROM reference r INDEXED BY reference_content JOIN name n ON n.id=r.name_id"
        " WHERE r.content_id=?"
    )
    return Extraction(language, symbols, dict(connection.execute(uses, (content,))), problem=problem, layout=layout)


def whole_extraction(connection: apsw.Connection, key: ContentKey, version: int) -> Extraction | None:
    """What a content says, with its imports and warnings."""
    found = extraction(connection, key, version)
    if found is None:
        return None
    sql = "SELECT imports, warnings FROM content WHERE digest=? AND dialect=? AND extractor=?"
    row: Any = connection.execute(sql, (key.digest, key.dialect, version)).fetchone()
    return msgspec.structs.replace(found, imports=_imports.decode(row[0]), warnings=_words.decode(row[1]))


def is_held(connection: apsw.Connection, key: ContentKey, workspaces: Collection[str]) -> bool:
    """Whether a file of one of these workspaces has a content."""
    sql = (
        "SELECT 1 FROM content c JOIN file f ON f.content_id=c.id JOIN workspace w ON w.id=f.workspace_id"
        " WHERE c.digest=? AND c.dialect=? AND w.name IN (SELECT value FROM json_each(?)) LIMIT 1"
    )
    return connection.execute(sql, (key.digest, key.dialect, listed(workspaces))).fetchone() is not None


def files(connection: apsw.Connection, workspace: str) -> list[FileState]:
    """All files of a workspace, by path."""
    sql = (
        "SELECT f.path, f.size, f.mtime_ns, f.inode, c.digest, f.dialect, f.problem, f.detail FROM file f"
        " LEFT JOIN content c ON c.id=f.content_id WHERE f.workspace_id=? ORDER BY f.path"
    )
    rows = connection.execute(sql, (workspace_row(connection, workspace),))
    return [
        FileState(path, size, mtime_ns, inode & 0xFFFFFFFFFFFFFFFF, digest or b"", dialect, problem, detail)
        for path, size, mtime_ns, inode, digest, dialect, problem, detail in rows
    ]


def summary(connection: apsw.Connection, workspace: str, prefix: str, without: Collection[str]) -> Summary:
    """Counts at or below `prefix`."""
    sql = (
        "SELECT c.language, count(*), sum(c.symbols) FROM file f JOIN content c ON c.id=f.content_id"
        f" WHERE f.workspace_id=? AND {_BELOW} AND {_NOT_AMONG} GROUP BY c.language"
    )
    values = (workspace_row(connection, workspace), *_below(prefix), listed(without))
    rows: list[Any] = connection.execute(sql, values).fetchall()
    languages = {language: symbols for language, _, symbols in rows}
    return Summary(sum(row[1] for row in rows), sum(languages.values()), languages)


def find(
    connection: apsw.Connection,
    aids: Aids,
    within: int,
    pattern: NamePattern,
    filters: Filters,
    limit: int,
) -> list[Located]:
    """Symbols of the workspace of that row whose name matches at the pattern's tier and that pass the filters, in the
    order of the cut.
    """
    # Of one name all symbols are soon looked at, unless very many things bear it: then what encloses it tells.
    left = None
    if pattern.tier is not Tier.EXACT or (pattern.container and not filters.paths):
        left = aids.narrowing.left(connection, within, pattern, filters)
    wanted = Wanted(connection, within, filters, pattern.container, left.contents if left else None)
    found = wanted.of_names(_names(connection, aids, left, pattern, filters), limit, quota(pattern))
    aids.dead.suspect(wanted.fruitless)
    return found


def _names(
    connection: apsw.Connection, aids: Aids, left: Left | None, pattern: NamePattern, filters: Filters
) -> Iterator[int]:
    """The ids of the names that match, in the order of the cut."""
    narrowed = aids.narrowing.names(connection, left, pattern.text) if left else None
    if narrowed is not None:
        return iter(narrowed.get(pattern.tier, ()))
    if pattern.tier is Tier.EXACT:
        traits = masks(filters)
        sql = f"SELECT id FROM name WHERE name=? AND definitions{' AND traits&?' * len(traits)}"
        return (int(row[0]) for row in connection.execute(sql, (pattern.text, *traits)))
    return (match.id for match in aids.matches)


def outline(connection: apsw.Connection, workspace: str, path: str) -> list[Located]:
    """One file's symbols by position."""
    sql = f"{_SELECT_LOCATED} WHERE f.workspace_id=? AND f.path=? ORDER BY s.ord"
    return [located(row) for row in connection.execute(sql, (workspace_row(connection, workspace), path))]


def standing_at(connection: apsw.Connection, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
    """Symbols of one file by index."""
    sql = (
        "SELECT s.ord, f.path, c.language, c.digest, s.symbol, n.uses FROM file f JOIN content c ON c.id=f.content_id"
        " JOIN symbol s ON s.content_id=c.id JOIN name n ON n.id=s.name_id WHERE f.workspace_id=? AND f.path=?"
        " AND s.ord IN (SELECT value FROM json_each(?))"
    )
    values = (workspace_row(connection, workspace), path, listed(sorted(ords)))
    return {ord_: located(tuple(row)) for ord_, *row in connection.execute(sql, values)}


def below(
    connection: apsw.Connection, workspace: str, folder: str, limit: int, without: Collection[str]
) -> list[Located]:
    """Top-level symbols below a folder."""
    sql = (
        f"{_SELECT_LOCATED} WHERE f.workspace_id=? AND {_BELOW} AND f.path<>? AND {_NOT_AMONG} AND s.top"
        " ORDER BY f.path, s.ord LIMIT ?"
    )
    values = (workspace_row(connection, workspace), *_below(folder), folder, listed(without), limit)
    return [located(row) for row in connection.execute(sql, values)]


def references(
    connection: apsw.Connection, workspace: str, name: str, filters: Filters, limit: int
) -> tuple[list[Reference], int]:
    """Uses of a name by path and position, and how many there are."""
    found: list[Reference] = []
    total = 0
    for path, content, packed in _referring(connection, workspace, name, filters):
        if len(found) >= limit and not filters.roles:
            total += packing.count(packed)
        elif len(found) >= limit:
            total += sum(count for role, count in packing.roles(packed).items() if role in filters.roles)
        else:
            occurrences = packing.unpacked(packed, _layout(connection, content))
            uses = [(name, one) for one in occurrences if not filters.roles or one.role in filters.roles]
            total += len(uses)
            found += _references_in(connection, path, content, uses[: limit - len(found)])
    return found, total


def roles(connection: apsw.Connection, workspace: str, name: str, filters: Filters) -> dict[int, int]:
    """How many uses of a name have each role."""
    counts: Counter[int] = Counter()
    for _, _, packed in _referring(connection, workspace, name, filters):
        counts.update(packing.roles(packed))
    return {role: count for role, count in counts.items() if not filters.roles or role in filters.roles}


def _referring(
    connection: apsw.Connection, workspace: str, name: str, filters: Filters
) -> Iterator[tuple[str, int, bytes]]:
    """The files that refer to a name, by path: each with its content and what that says. (Layouts are large, and read
    for the uses alone that are shown.)
    """
    fits_path = matcher(filters.paths)
    sql = (
        "SELECT f.path, c.language, r.content_id, r.occurrences FROM name n"
        " JOIN reference r ON r.name_id=n.id JOIN content c ON c.id=r.content_id"
        " JOIN file f ON f.content_id=r.content_id AND f.workspace_id=? WHERE n.name=? ORDER BY f.path"
    )
    rows = connection.execute(sql, (workspace_row(connection, workspace), name))
    for path, language, content, packed in rows:
        if fits_path(path) and path not in filters.without and language in (filters.languages or (language,)):
            yield path, content, packed


def _layout(connection: apsw.Connection, content: int) -> bytes:
    layout: Any = connection.execute("SELECT layout FROM layout WHERE content_id=?", (content,)).get
    return bytes(layout)


def uses_in(connection: apsw.Connection, workspace: str, path: str) -> list[Reference]:
    """All uses in one file, by position and name."""
    sql = (
        "SELECT f.content_id, n.name, r.occurrences, l.layout FROM file f"
        " JOIN reference r ON r.content_id=f.content_id JOIN layout l ON l.content_id=f.content_id"
        " JOIN name n ON n.id=r.name_id WHERE f.workspace_id=? AND f.path=?"
    )
    rows = list(connection.execute(sql, (workspace_row(connection, workspace), path)))
    uses = [(name, one) for _, name, packed, layout in rows for one in packing.unpacked(packed, layout)]
    return sorted(_references_in(connection, path, rows[0][0], uses), key=by_position) if rows else []


def popular(
    connection: apsw.Connection,
    workspace: str,
    prefix: str,
    limit: int,
    without: frozenset[str],
    names: Collection[str],
) -> list[Located]:
    """Definitions below `prefix` whose name most contents of the workspace refer to, but for those of `names`.

    Names come by their uses in the whole store, which bound those in the workspace from
    above: once `limit` better ones are found, the rest need no look (Fagin's threshold algorithm).
    """
    workspace_id = workspace_row(connection, workspace)
    best: list[int] = []  # a heap of the `limit` highest counts so far
    found: list[tuple[int, Located]] = []
    wanted = Wanted(connection, workspace_id, Filters(without=without))
    for name_id, name, used in _used_names(connection, workspace_id, prefix):
        if len(best) == limit and used < best[0]:
            break
        if name in names:
            continue
        for one in _popular_definitions(wanted, name_id, prefix):
            found.append((one.uses, one))
            (heapq.heappush if len(best) < limit else heapq.heappushpop)(best, one.uses)
    ranked = sorted((one for _, one in found), key=_popular_order)
    return ranked[:limit]


def counts(connection: apsw.Connection, names: Iterable[str]) -> dict[str, NameCounts]:
    """How many contents refer to these names and define them, where any does."""
    sql = "SELECT name, uses, definitions FROM name WHERE name=? AND uses+definitions"
    rows = connection.executemany(sql, ((name,) for name in names))
    return {name: NameCounts(uses, definitions) for name, uses, definitions in rows}


def uses(connection: apsw.Connection, workspace: str, name: str, without: Collection[str]) -> int:
    """How many contents of one workspace refer to a name."""
    row = connection.execute("SELECT id FROM name WHERE name=?", (name,)).fetchone()
    return _uses_in(connection, workspace_row(connection, workspace), int(row[0]), without) if row else 0


def _used_names(connection: apsw.Connection, workspace_id: int, prefix: str) -> Iterator[tuple[int, str, int]]:
    """Names with a definition, the most used first; below a prefix only those that are defined there."""
    if not prefix:
        sql = "SELECT id, name, uses FROM name WHERE definitions AND uses>0 ORDER BY uses DESC"
        return iter(connection.execute(sql))
    sql = (
        "SELECT DISTINCT n.id, n.name, n.uses FROM file f JOIN symbol s ON s.content_id=f.content_id"
        f" JOIN name n ON n.id=s.name_id WHERE f.workspace_id=? AND {_BELOW} AND n.uses>0 ORDER BY n.uses DESC"
    )
    return iter(connection.execute(sql, (workspace_id, *_below(prefix))))


def _popular_definitions(wanted: Wanted, name_id: int, prefix: str) -> list[Located]:
    """A name's definitions below `prefix` with the workspace's own count of uses, if it is telling."""
    definitions = list(wanted.symbols(name_id, POPULAR_DEFINITIONS + 1))
    if not definitions or len(definitions) > POPULAR_DEFINITIONS:
        return []
    count = _uses_in(wanted.connection, wanted.workspace_id, name_id, wanted.filters.without)
    inside = [one for one in definitions if is_below(one.path, prefix)]
    return [msgspec.structs.replace(one, uses=count) for one in inside] if count else []


def _uses_in(connection: apsw.Connection, workspace_id: int, name_id: int, without: Collection[str]) -> int:
    """How many contents of a workspace refer to a name."""
    sql = (
        "SELECT count(*) FROM reference r WHERE r.name_id=? AND EXISTS"
        f" (SELECT 1 FROM file f WHERE f.content_id=r.content_id AND f.workspace_id=? AND {_NOT_AMONG})"
    )
    count: Any = connection.execute(sql, (name_id, workspace_id, listed(without))).get
    return int(count)


def _popular_order(one: Located) -> tuple[int, int, str, str, int, int]:
    symbol = one.symbol
    return (-one.uses, len(symbol.name), symbol.name, one.path, symbol.line, symbol.column)


# -- symbols

_SELECT_LOCATED = (
    "SELECT f.path, c.language, c.digest, s.symbol, n.uses FROM file f JOIN content c ON c.id=f.content_id"
    " JOIN symbol s ON s.content_id=c.id JOIN name n ON n.id=s.name_id"
)
# A range instead of LIKE: paths are compared by their bytes. '0' is the character after '/'.
_BELOW = "(f.path=? OR (f.path>? AND f.path<?))"
# One value, however many paths: the statement stays the same, and is prepared once.
_NOT_AMONG = "f.path NOT IN (SELECT value FROM json_each(?))"


def _below(prefix: str) -> tuple[str, str, str]:
    return (prefix, f"{prefix}/", f"{prefix}0") if prefix else ("", "", LAST_CHARACTER)


def _references_in(
    connection: apsw.Connection, path: str, content: int, uses: Sequence[tuple[str, Occurrence]]
) -> list[Reference]:
    """Names with their occurrences in one file, with the ids of the symbols that they stand in."""
    ids = {-1: ""}
    for ord_ in {one.enclosing for _, one in uses} - {-1}:
        sql = "SELECT symbol FROM symbol WHERE content_id=? AND ord=?"
        packed: Any = connection.execute(sql, (content, ord_)).get
        ids[ord_] = Located(path, "", b"", symbol_of(packed)).id
    return [Reference(path, one, ids[one.enclosing], name) for name, one in uses]
