"""One question to many repositories: each with one of its workspaces, as it was pushed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from grpc_backend.model import Located
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.order import quota, typed_extent, within_quota
from grpc_backend.storage.pattern import NamePattern, Tier, text_of
from grpc_backend.storage.postgres.database import Connection, Database
from grpc_backend.storage.postgres.names import CONDITIONS, ORDER, Name, fitting, id_of
from grpc_backend.storage.postgres.symbols import Wanted

# What no index answers goes through all names: those of so many repositories, not of thousands.
MOST_READ_THROUGH: Final = 50
# And half of a mistyped name finds too much if it has fewer than four letters.
LEAST_MISTYPED: Final = 8
_TYPOS: Final = frozenset({Tier.TYPO, Tier.TWO_TYPOS})
_INDEXED: Final = frozenset({Tier.EXACT, Tier.CASE, Tier.SEPARATORS, Tier.PREFIX, Tier.TYPO, Tier.TWO_TYPOS})
# Some so many names of a tier are looked at, as many of each repository, whichever come first in the index: a beginning
# that a million names share tells nothing. Of these so many are looked at closely.
MOST_NAMES, LEAST_NAMES = 20_000, 8
CLOSEST: Final = 512
# The symbols of so many names are asked for at a time.
NAMES_A_PAGE: Final = 64
# But of few first where all of them are shown: `get` is hundreds of symbols in one repository.
FEW_NAMES: Final = 8


class Across:
    """See `engine.Engine.across`. Of one repository at most one workspace."""

    def __init__(self, database: Database, workspaces: Sequence[str]) -> None:
        self._database = database
        self.passed_over: set[Tier] = set()
        self._names = list(workspaces)
        self._places: dict[int, tuple[int, str]] | None = None  # repository: workspace, and what that is called

    def find(self, _workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, of all of the workspaces."""
        return self._database.read(lambda connection: self._find(connection, pattern, filters, limit))

    def _find(self, connection: Connection, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        places = self._places = self._places or _places(connection, self._names)
        if not places:
            return []
        if len(places) > MOST_READ_THROUGH and _reads_much(pattern):
            self.passed_over.add(pattern.tier)
            return []
        workspaces = {repo_id: workspace_id for repo_id, (workspace_id, _) in places.items()}
        wanted = Wanted(connection, workspaces, filters, pattern.container)
        names = iter(_names(connection, workspaces, pattern, limit))
        most = quota(pattern)
        each = limit if most is None else min(most, limit)
        found: list[Located] = []
        size = FEW_NAMES if most is None else NAMES_A_PAGE
        while len(found) < limit and (page := list(itertools.islice(names, size))):
            size = NAMES_A_PAGE
            symbols = wanted.named_symbols(page, each)
            found = within_quota([*found, *(_standing(one, name, places) for name, one in symbols)], pattern)
        return found[:limit]


def _names(connection: Connection, workspaces: Mapping[int, int], pattern: NamePattern, limit: int) -> list[Name]:
    """Names that match, the closest first, of each no more than are shown: a name is often in all repositories.

    They are put in the order of the cut after the closest were taken: form counts among these.
    """
    condition = CONDITIONS[pattern.tier](text_of(pattern.text))
    if condition is None:
        return []
    if pattern.tier is Tier.EXACT and (found := _anywhere(connection, workspaces, pattern)) is not None:
        return list(itertools.islice(found, limit))
    # Each repository by itself: a limit stops reading an index, which a set of repositories does not. By `workspace`,
    # not by a list: Citus cuts only what hangs on rows that lie where the names lie.
    sql = (
        "SELECT repo_id, id, name, uses, folded, spaced, extent, band FROM (SELECT m.*, row_number()"
        " OVER (PARTITION BY m.id ORDER BY m.band DESC, m.repo_id) AS turn FROM workspace w"
        f" CROSS JOIN LATERAL (SELECT * FROM name WHERE repo_id=w.repo_id AND ({condition.sql}) LIMIT %(each)s) m"
        " WHERE (w.repo_id, w.id) IN (SELECT * FROM unnest(%(repos)s::int[], %(workspaces)s::int[]))"
        f" AND m.definitions > 0) n WHERE turn <= %(shown)s ORDER BY {ORDER}, repo_id LIMIT %(closest)s"
    )
    values = {
        "repos": list(workspaces),
        "workspaces": list(workspaces.values()),
        "each": max(MOST_NAMES // len(workspaces), LEAST_NAMES),
        "shown": quota(pattern) or limit,
        "typed": typed_extent(pattern.text),
        "closest": max(limit, CLOSEST),
        **condition.values,
    }
    return [name for _, name in sorted(fitting(connection.execute(sql, values), pattern))]


def _anywhere(connection: Connection, repos: Collection[int], pattern: NamePattern) -> Iterator[Name] | None:
    """Where something bears a name, in the same order; None if that is in very many repositories of the store.

    One descent finds them all. Which of them are asked is decided here: a thousand numbers in a condition take the
    planner longer than that.
    """
    sql = (
        "SELECT repo_id, id, name, uses, folded, spaced, extent, band FROM name WHERE id=%s AND definitions > 0"
        " ORDER BY band DESC, repo_id LIMIT %s"
    )
    rows = connection.execute(sql, (id_of(pattern.text), MOST_NAMES)).fetchall()
    if len(rows) == MOST_NAMES:
        return None
    asked = frozenset(repos)
    return (name for _, name in fitting((row for row in rows if row[0] in asked), pattern))


def _reads_much(pattern: NamePattern) -> bool:
    mistyped = pattern.tier in _TYPOS and len(pattern.text) < LEAST_MISTYPED
    return mistyped or pattern.tier not in _INDEXED


def _standing(one: Located, name: Name, places: dict[int, tuple[int, str]]) -> Located:
    return replace(one, workspace=places[name.repo_id][1])


def _places(connection: Connection, workspaces: Sequence[str]) -> dict[int, tuple[int, str]]:
    sql = "SELECT repo_id, id, name FROM workspace WHERE name=ANY(%s) ORDER BY repo_id"
    return {repo_id: (number, name) for repo_id, number, name in connection.execute(sql, (list(workspaces),))}
