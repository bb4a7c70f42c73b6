"""The team engine's questions, each on one connection within one snapshot.

A name query runs in two steps, as in the embedded engine: which names match, in the order of the cut; then their
symbols, a page of names at a time, until the limit is reached.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from grpc_backend import packing
from grpc_backend.model import FileState, Located, Occurrence, Reference
from grpc_backend.storage.engine import Filters, Summary
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.memory import POPULAR_DEFINITIONS, by_position, is_below
from grpc_backend.storage.order import quota
from grpc_backend.storage.pattern import NamePattern
from grpc_backend.storage.postgres.database import Connection
from grpc_backend.storage.postgres.names import Name, id_of, matching_names, told
from grpc_backend.storage.postgres.narrowing import narrowed
from grpc_backend.storage.postgres.symbols import Wanted, decode_symbol, located

_LAST: Final = "\U0010ffff"
# The symbols of so many names are asked for at a time.
NAMES_A_PAGE: Final = 128
# A range instead of LIKE: paths are compared by their bytes. '0' is the character after '/'.
_BELOW: Final = "(f.path=%(at)s OR (f.path>%(from)s AND f.path<%(to)s)) AND f.path<>ALL(%(without)s)"


class Place(NamedTuple):
    """A workspace's rows: its repository's and its own."""

    repo_id: int
    workspace_id: int


def files(connection: Connection, place: Place) -> list[FileState]:
    """All files of a workspace, by path."""
    sql = (
        "SELECT f.path, f.size, f.mtime_ns, f.inode, c.digest, f.dialect, f.problem, f.detail FROM file f"
        " LEFT JOIN content c ON c.repo_id=f.repo_id AND c.id=f.content_id"
        " WHERE f.repo_id=%s AND f.workspace_id=%s ORDER BY f.path"
    )
    return [
        FileState(path, size, mtime_ns, inode & 0xFFFFFFFFFFFFFFFF, digest or b"", dialect, problem, detail)
        for path, size, mtime_ns, inode, digest, dialect, problem, detail in connection.execute(sql, place)
    ]


def summary(connection: Connection, place: Place, prefix: str, without: Collection[str]) -> Summary:
    """Counts at or below `prefix`."""
    sql = (
        "SELECT c.language, count(*), sum(c.symbols) FROM file f JOIN content c ON c.repo_id=f.repo_id"
        f" AND c.id=f.content_id WHERE f.repo_id=%(repo)s AND f.workspace_id=%(workspace)s AND {_BELOW} GROUP BY 1"
    )
    rows = connection.execute(sql, _below(place, prefix, without)).fetchall()
    languages = {language: int(symbols) for language, _, symbols in rows}
    return Summary(sum(row[1] for row in rows), sum(languages.values()), languages)


def find(connection: Connection, place: Place, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
    """Symbols whose name matches at the pattern's tier and that pass the filters, in the order of the cut."""
    wanted = Wanted(connection, {place.repo_id: place.workspace_id}, filters, pattern.container)
    few = narrowed(connection, place, pattern, filters)
    names = iter(few) if few is not None else matching_names(connection, place.repo_id, pattern)
    most = quota(pattern)
    found: list[Located] = []
    for size in itertools.chain((NAMES_A_PAGE // 8,), itertools.repeat(NAMES_A_PAGE)):
        page = list(itertools.islice(names, size)) if len(found) < limit else []
        if not page:
            return found[:limit]
        found += wanted.symbols(page, limit if most is None else min(most, limit))
    raise AssertionError("pages never end")


def outline(connection: Connection, place: Place, path: str) -> list[Located]:
    """One file's symbols by position."""
    return [one for _, one in _standing(connection, place, path, "", {})]


def standing_at(connection: Connection, place: Place, path: str, ords: Collection[int]) -> dict[int, Located]:
    """Symbols of one file by index."""
    return dict(_standing(connection, place, path, "AND s.ord=ANY(%(ords)s)", {"ords": list(ords)}))


def below(connection: Connection, place: Place, folder: str, limit: int, without: Collection[str]) -> list[Located]:
    """Top-level symbols below a folder."""
    sql = f"{_LOCATED} AND {_BELOW} AND f.path<>%(at)s AND s.top ORDER BY f.path, s.ord LIMIT %(limit)s"
    rows = connection.execute(sql, {**_below(place, folder, without), "limit": limit})
    return [located(row) for _, *row in rows]


def references(
    connection: Connection, place: Place, name: str, filters: Filters, limit: int
) -> tuple[list[Reference], int]:
    """Uses of a name by path and position, and how many there are."""
    shown: list[tuple[str, int, bytes]] = []
    total = 0
    for path, number, packed in _referring(connection, place, name, filters):
        uses = _count(packed, filters)
        if total < limit and uses:
            shown.append((path, number, packed))
        total += uses
    found = _unpacked(connection, place, name, shown, filters)
    return found[:limit], total


def roles(connection: Connection, place: Place, name: str, filters: Filters) -> dict[int, int]:
    """How many uses of a name have each role."""
    counts: Counter[int] = Counter()
    for _, _, packed in _referring(connection, place, name, filters):
        counts.update(packing.roles(packed))
    return {role: count for role, count in counts.items() if not filters.roles or role in filters.roles}


def _referring(connection: Connection, place: Place, name: str, filters: Filters) -> Iterator[tuple[str, int, bytes]]:
    """The files that refer to a name, by path: each with its content and what that says."""
    fits = matcher(filters.paths)
    sql = (
        "SELECT f.path, c.language, c.id, r.occurrences FROM reference r JOIN file f ON f.repo_id=r.repo_id"
        " AND f.content_id=r.content_id AND f.workspace_id=%s"
        " JOIN content c ON c.repo_id=r.repo_id AND c.id=r.content_id"
        " WHERE r.repo_id=%s AND r.name_id=%s ORDER BY f.path"
    )
    for path, language, number, packed in connection.execute(sql, (place.workspace_id, place.repo_id, id_of(name))):
        if fits(path) and path not in filters.without and language in (filters.languages or (language,)):
            yield path, number, packed


def uses_in(connection: Connection, place: Place, path: str) -> list[Reference]:
    """All uses in one file, by position and name."""
    sql = (
        "SELECT n.name, r.content_id, r.occurrences FROM file f JOIN reference r ON r.repo_id=f.repo_id"
        " AND r.content_id=f.content_id JOIN name n ON n.repo_id=r.repo_id AND n.id=r.name_id"
        " WHERE f.repo_id=%s AND f.workspace_id=%s AND f.path=%s"
    )
    rows = connection.execute(sql, (*place, path)).fetchall()
    layout = _layouts(connection, place, {row[1] for row in rows})
    uses = [
        (told(name), number, one) for name, number, packed in rows for one in packing.unpacked(packed, layout[number])
    ]
    ids = _enclosing_ids(connection, place, ((path, number, one) for _, number, one in uses))
    found = [Reference(path, one, ids[path, number, one.enclosing], name) for name, number, one in uses]
    return sorted(found, key=by_position)


def popular(
    connection: Connection, place: Place, prefix: str, limit: int, without: Collection[str], names: Collection[str]
) -> list[Located]:
    """Definitions below `prefix` whose name most contents of the workspace refer to, but for those of `names`.

    Names come by their uses in the whole repository, which bound those in the workspace from above: once `limit` better
    ones are found, the rest need no look (Fagin's threshold algorithm).
    """
    wanted = Wanted(connection, {place.repo_id: place.workspace_id}, Filters(without=frozenset(without)))
    best: list[int] = []  # a heap of the `limit` highest counts so far
    found: list[Located] = []
    for page in _used_names(connection, place, prefix):
        if len(best) == limit and page[0].uses < best[0]:
            break
        for one in _telling(connection, place, wanted, [name for name in page if name.name not in names], prefix):
            found.append(one)
            (heapq.heappush if len(best) < limit else heapq.heappushpop)(best, one.uses)
    return sorted(found, key=_popular_order)[:limit]


def uses(connection: Connection, place: Place, names: Sequence[int], without: Collection[str]) -> dict[int, int]:
    """How many contents of one workspace refer to names, by the names' ids."""
    sql = (
        "SELECT r.name_id, count(DISTINCT r.content_id) FROM reference r JOIN file f ON f.repo_id=r.repo_id"
        " AND f.content_id=r.content_id WHERE r.repo_id=%s AND f.workspace_id=%s AND r.name_id=ANY(%s)"
        " AND f.path<>ALL(%s) GROUP BY 1"
    )
    return dict(connection.execute(sql, (*place, list(names), list(without))).fetchall())


def _used_names(connection: Connection, place: Place, prefix: str) -> Iterator[list[Name]]:
    """Names with a definition, the most used first, in pages; below a prefix only those that are defined there."""
    size, skip = NAMES_A_PAGE, 0
    inside = (
        " AND id IN (SELECT s.name_id FROM file f JOIN symbol s ON s.repo_id=f.repo_id AND s.content_id=f.content_id"
        f" WHERE f.repo_id=%(repo)s AND f.workspace_id=%(workspace)s AND {_BELOW})"
    )
    sql = (
        "SELECT id, name, uses FROM name WHERE repo_id=%(repo)s AND definitions>0 AND uses>0"
        f"{inside if prefix else ''} ORDER BY uses DESC, id LIMIT %(size)s OFFSET %(skip)s"
    )
    while True:
        values = {**_below(place, prefix, ()), "size": size, "skip": skip}
        rows = connection.execute(sql, values).fetchall()
        if rows:
            yield [Name(place.repo_id, name_id, told(name), count) for name_id, name, count in rows]
        if len(rows) < size:
            return
        size, skip = size * 4, skip + size


def _telling(connection: Connection, place: Place, wanted: Wanted, names: Sequence[Name], prefix: str) -> list[Located]:
    """Names' definitions below `prefix` with the workspace's own count of uses, if they are telling."""
    counted = uses(connection, place, [name.id for name in names], wanted.filters.without)
    used = [name for name in names if counted.get(name.id)]
    definitions: dict[str, list[Located]] = {}
    for one in wanted.symbols(used, POPULAR_DEFINITIONS + 1):
        definitions.setdefault(one.symbol.name, []).append(one)
    return [
        msgspec.structs.replace(one, uses=counted[name.id])
        for name in used
        if len(definitions.get(name.name, ())) <= POPULAR_DEFINITIONS
        for one in definitions.get(name.name, ())
        if is_below(one.path, prefix)
    ]


def _popular_order(one: Located) -> tuple[int, int, str, str, int, int]:
    symbol = one.symbol
    return (-one.uses, len(symbol.name), symbol.name, one.path, symbol.line, symbol.column)


# -- symbols

_LOCATED: Final = (
    "SELECT s.ord, f.path, c.language, c.digest, s.body, n.uses FROM file f JOIN content c ON c.repo_id=f.repo_id"
    " AND c.id=f.content_id JOIN symbol s ON s.repo_id=f.repo_id AND s.content_id=f.content_id"
    " JOIN name n ON n.repo_id=s.repo_id AND n.id=s.name_id"
    " WHERE f.repo_id=%(repo)s AND f.workspace_id=%(workspace)s"
)


def _below(place: Place, prefix: str, without: Collection[str]) -> dict[str, Any]:
    """The values that _BELOW takes."""
    start, end = (f"{prefix}/", f"{prefix}0") if prefix else ("", _LAST)
    return {
        "repo": place.repo_id,
        "workspace": place.workspace_id,
        "at": prefix,
        "from": start,
        "to": end,
        "without": list(without),
    }


def _standing(
    connection: Connection, place: Place, path: str, which: str, values: dict[str, Any]
) -> list[tuple[int, Located]]:
    """Symbols of one file with their indexes, by position."""
    sql = f"{_LOCATED} AND f.path=%(path)s {which} ORDER BY s.ord"
    rows = connection.execute(sql, {"repo": place.repo_id, "workspace": place.workspace_id, "path": path, **values})
    return [(ord_, located(row)) for ord_, *row in rows]


# -- uses


def _count(packed: bytes, filters: Filters) -> int:
    """How many uses of a name in a content have one of the roles."""
    if not filters.roles:
        return packing.count(packed)
    found = itertools.chain.from_iterable(packing.uses_of(packed).values())
    return sum(use & packing.ROLE_MASK in filters.roles for use in found)


def _unpacked(
    connection: Connection, place: Place, name: str, shown: Sequence[tuple[str, int, bytes]], filters: Filters
) -> list[Reference]:
    """A name's uses in some files, with the ids of the symbols that they stand in."""
    layouts = _layouts(connection, place, {number for _, number, _ in shown})
    found = [
        (path, number, one)
        for path, number, packed in shown
        for one in packing.unpacked(packed, layouts[number])
        if not filters.roles or one.role in filters.roles
    ]
    ids = _enclosing_ids(connection, place, found)
    return [Reference(path, one, ids[path, number, one.enclosing], name) for path, number, one in found]


def _layouts(connection: Connection, place: Place, numbers: Collection[int]) -> dict[int, bytes]:
    """Where the lines and symbols of some contents are."""
    sql = "SELECT id, layout FROM content WHERE repo_id=%s AND id=ANY(%s)"
    return dict(connection.execute(sql, (place.repo_id, list(numbers))).fetchall()) if numbers else {}


def _enclosing_ids(
    connection: Connection, place: Place, uses: Iterable[tuple[str, int, Occurrence]]
) -> dict[tuple[str, int, int], str]:
    """The ids of the symbols that uses stand in, by path, content and index."""
    asked = {(path, number, one.enclosing) for path, number, one in uses}
    inside = {(number, ord_) for _, number, ord_ in asked if ord_ >= 0}
    sql = (
        "SELECT s.content_id, s.ord, s.body FROM unnest(%s::bigint[], %s::int[]) AS k(content_id, ord)"
        " JOIN symbol s ON s.repo_id=%s AND s.content_id=k.content_id AND s.ord=k.ord"
    )
    numbers, ords = [number for number, _ in inside], [ord_ for _, ord_ in inside]
    rows = connection.execute(sql, (numbers, ords, place.repo_id)) if inside else ()
    bodies = {(number, ord_): decode_symbol(body) for number, ord_, body in rows}
    return {
        (path, number, ord_): "" if ord_ < 0 else Located(path, "", b"", bodies[number, ord_]).id
        for path, number, ord_ in asked
    }
