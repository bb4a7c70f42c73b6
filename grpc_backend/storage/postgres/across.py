"""One question to many repositories: each with one of its workspaces, as it was pushed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from grpc_backend.model import Located
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.order import NameOrder, name_order, quota, typed_extent, within_quota
from grpc_backend.storage.pattern import NamePattern, Tier, text_of, tier_of
from grpc_backend.storage.postgres import spellings
from grpc_backend.storage.postgres.database import Connection, Database
from grpc_backend.storage.postgres.names import CONDITIONS, ORDER, Name, fitting
from grpc_backend.storage.postgres.spellings import Bounds, Definer
from grpc_backend.storage.postgres.symbols import Wanted

# So many repositories are looked through one by one, for all tiers; of more, names are looked for among those of the
# whole store, for the tiers that an index answers there.
MOST_IN_TURN: Final = 50
# And half of a mistyped name finds too much there if it has fewer than four letters.
LEAST_MISTYPED: Final = 8
_TYPOS: Final = frozenset({Tier.TYPO, Tier.TWO_TYPOS})
# Of a tier some so many names are looked at, as many of each repository, whichever come first in the index: a beginning
# that a million names share tells nothing. Of these so many are looked at closely.
MOST_NAMES: Final = 20_000
CLOSEST: Final = 512
# Where filters or a container let few symbols pass, so many repositories that define a name are asked for them, instead
# of as many as are shown; and so many names, each in a repository, all in all.
MOST_DEFINERS: Final = 64
MOST_ASKED: Final = 4_096
# And of so many at a time.
NAMES_A_PAGE: Final = 64


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
        many = len(places) > MOST_IN_TURN
        if many and _reads_much(pattern):
            self.passed_over.add(pattern.tier)
            return []
        workspaces = {repo_id: workspace_id for repo_id, (workspace_id, _) in places.items()}
        wanted = Wanted(connection, workspaces, filters, pattern.container, several=True)
        most = quota(pattern)
        shown = most or limit
        if filters != Filters() or pattern.container:
            shown = MOST_DEFINERS if most else MOST_ASKED
        bounds = Bounds()
        way = _of_all if many or pattern.tier is Tier.EXACT else _in_turn
        names = way(connection, workspaces, pattern, shown, bounds)
        each = limit if most is None else min(most, limit)
        found: list[Located] = []
        asked = 0
        while len(found) < limit and (page := list(itertools.islice(names, NAMES_A_PAGE))):
            left = limit - len(found) if most is None else None
            symbols = wanted.named_symbols(page, each, left)
            found = within_quota([*found, *(_standing(one, name, places) for name, one in symbols)], pattern)
            asked += len(page)
            if asked >= MOST_ASKED:
                bounds.reached = True
                break
        if bounds.reached and len(found) < limit:
            self.passed_over.add(pattern.tier)
        return found[:limit]


def _of_all(
    connection: Connection, workspaces: Mapping[int, int], pattern: NamePattern, shown: int, bounds: Bounds
) -> Iterator[Name]:
    """Names that match among those of the whole store, of each in no more repositories than are shown.

    In the order of the cut within each page; pages go by share alone. How often they are used is told with their
    symbols.
    """
    for ids in spellings.matching(connection, pattern, bounds):
        ordered: list[tuple[NameOrder, Definer]] = []
        bearers = spellings.definers(connection, ids, workspaces, shown)
        for name, group in itertools.groupby(bearers, key=attrgetter("name")):
            if tier_of(name, pattern.text) is pattern.tier:
                ordered += ((name_order(pattern, name, one.band), one) for one in group)
        for _, one in sorted(ordered):
            yield Name(one.repo_id, one.name_id, one.name, 0)


def _in_turn(
    connection: Connection, workspaces: Mapping[int, int], pattern: NamePattern, shown: int, bounds: Bounds
) -> Iterator[Name]:
    """The same by a look at each repository: a limit stops reading an index, which a set of repositories does not.

    Names are put in the order of the cut after the closest were taken: form counts among these.
    """
    condition = CONDITIONS[pattern.tier](text_of(pattern.text))
    if condition is None:
        return
    # By `workspace`, not by a list: Citus cuts only what hangs on rows that lie where the names lie.
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
        "each": MOST_NAMES // len(workspaces),
        "shown": shown,
        "typed": typed_extent(pattern.text),
        "closest": max(shown, CLOSEST),
        **condition.values,
    }
    rows = connection.execute(sql, values).fetchall()
    bounds.reached = len(rows) == values["closest"]
    for _, name in sorted(fitting(rows, pattern)):
        yield name


def _reads_much(pattern: NamePattern) -> bool:
    mistyped = pattern.tier in _TYPOS and len(pattern.text) < LEAST_MISTYPED
    return mistyped or pattern.tier not in spellings.SPELLED


def _standing(one: Located, name: Name, places: dict[int, tuple[int, str]]) -> Located:
    return replace(one, workspace=places[name.repo_id][1])


def _places(connection: Connection, workspaces: Sequence[str]) -> dict[int, tuple[int, str]]:
    # As JSON: the driver takes 4 ms for an array of a thousand texts. And a join, since the planner looks at each of an
    # array's.
    sql = (
        "SELECT w.repo_id, w.id, w.name FROM json_array_elements_text(%s::json) AS k(name)"
        " JOIN workspace w ON w.name=k.name ORDER BY w.repo_id"
    )
    rows = connection.execute(sql, (msgspec.json.encode(list(workspaces)).decode(),))
    return {repo_id: (number, name) for repo_id, number, name in rows}
