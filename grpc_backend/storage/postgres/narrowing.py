"""Where a narrowed query can find anything: the few contents inside a container or a path.

`QuerySet.filter` or `path:src/http/**` leaves seldom more than a handful of them; then only the names that these
define are compared, instead of all names that match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grpc_backend.storage.engine import Filters
from grpc_backend.storage.globs import pattern_of
from grpc_backend.storage.names import fold
from grpc_backend.storage.order import NameOrder, band, name_order
from grpc_backend.storage.pattern import NamePattern, Tier, tier_of
from grpc_backend.storage.postgres.database import Connection
from grpc_backend.storage.postgres.names import Name, stored, told

if TYPE_CHECKING:
    from grpc_backend.storage.postgres.questions import Place

# Where there are more, the names come from the tiers' indexes, and each symbol is looked at.
MAX_CONTENTS: Final = 100
MAX_SYMBOLS: Final = 2_000


def narrowed(connection: Connection, place: Place, pattern: NamePattern, filters: Filters) -> list[Name] | None:
    """The names that match and are defined where the query can find anything; None if that is not in few contents."""
    if pattern.tier is Tier.EXACT or not (pattern.container or filters.paths):
        return None
    contents = _contents(connection, place, pattern, filters)
    if len(contents) > MAX_CONTENTS or sum(symbols for _, symbols in contents) > MAX_SYMBOLS:
        return None
    sql = (
        "SELECT id, name, uses, uses+definitions FROM name WHERE repo_id=%s AND id IN"
        " (SELECT name_id FROM symbol WHERE repo_id=%s AND content_id=ANY(%s))"
    )
    rows = connection.execute(sql, (place.repo_id, place.repo_id, [number for number, _ in contents]))
    found: list[tuple[NameOrder, Name]] = []
    for name_id, name, uses, mentions in rows:
        plain = told(name)
        if tier_of(plain, pattern.text) is pattern.tier:
            found.append((name_order(pattern, plain, band(mentions)), Name(place.repo_id, name_id, plain, uses)))
    return [name for _, name in sorted(found)]


def _contents(connection: Connection, place: Place, pattern: NamePattern, filters: Filters) -> list[tuple[int, int]]:
    """The contents where each name of the container encloses something and whose paths fit; one more than too many."""
    where = ""
    values: dict[str, Any] = {"repo": place.repo_id, "workspace": place.workspace_id, "many": MAX_CONTENTS + 1}
    for number, part in enumerate(map(fold, pattern.container)):
        where += f" AND (c.owners @> %(part{number})s OR f.parts @> %(part{number})s)"
        values[f"part{number}"] = [stored(part)]
    if filters.paths:
        where += " AND f.path ~ %(globs)s"
        values["globs"] = pattern_of(filters.paths)
    sql = (
        "SELECT DISTINCT c.id, c.symbols FROM file f JOIN content c ON c.repo_id=f.repo_id AND c.id=f.content_id"
        f" WHERE f.repo_id=%(repo)s AND f.workspace_id=%(workspace)s{where} LIMIT %(many)s"
    )
    return connection.execute(sql, values).fetchall()
