"""One question to many repositories: each with one of its workspaces, as it was pushed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final, TypeAlias

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
# Of names that are looked for one repository after the other, so many are looked at closely.
CLOSEST: Final = 512
# Where filters or a container let few symbols pass, so many repositories that define a name are asked for them, instead
# of as many as are shown; and so many names, each in a repository, all in all.
MOST_DEFINERS: Final = 64
MOST_ASKED: Final = 4_096
# And of so many at a time; of few first where all of them are shown: `get` is hundreds of symbols in one repository.
NAMES_A_PAGE, FEW_NAMES = 64, 4


# Of each repository its workspace, and what that is called.
Places: TypeAlias = dict[int, tuple[int, str]]


class Across:
    """See `engine.Engine.across`. Of one repository at most one workspace."""

    def __init__(self, database: Database, workspaces: Sequence[str]) -> None:
        self._database = database
        self.passed_over: set[Tier] = set()
        self._names = list(workspaces)
        self._places: Places | None = None

    def find(self, _workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, of all of the workspaces."""
        return self._database.read(lambda connection: self._find(connection, pattern, filters, limit))

    def _find(self, connection: Connection, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        places = self._places = self._places or _places(connection, self._names)
        if not places:
            return []
        if len(places) > MOST_IN_TURN and not spellings.answers(pattern):
            self.passed_over.add(pattern.tier)
            return []
        found, is_all = _Search(connection, places, pattern, filters, limit).run()
        if not is_all:
            self.passed_over.add(pattern.tier)
        return found


class _Search:
    """One pattern looked for in some repositories."""

    def __init__(
        self, connection: Connection, places: Places, pattern: NamePattern, filters: Filters, limit: int
    ) -> None:
        self._connection = connection
        self._places = places
        self._pattern = pattern
        self._limit = limit
        self._workspaces = {repo_id: workspace_id for repo_id, (workspace_id, _) in places.items()}
        self._wanted = Wanted(connection, self._workspaces, filters, pattern.container, several=True)
        self._quota = quota(pattern)
        narrow = filters != Filters() or bool(pattern.container)
        # In so many repositories each name is looked for.
        self._each = (MOST_DEFINERS if self._quota else MOST_ASKED) if narrow else self._quota or limit
        self._bounds = Bounds()

    def run(self) -> tuple[list[Located], bool]:
        """Symbols up to the limit; and whether, where they are fewer, these are all that there are."""
        of_all = len(self._places) > MOST_IN_TURN or self._pattern.tier is Tier.EXACT
        names = self._of_all() if of_all else self._in_turn()
        most = min(self._quota or self._limit, self._limit)
        found: list[Located] = []
        asked: Counter[str] = Counter()
        while len(found) < self._limit and (page := list(itertools.islice(names, self._size(asked, found)))):
            symbols = self._wanted.named_symbols(page, most)
            found = within_quota([*found, *(self._standing(one, name) for name, one in symbols)], self._pattern)
            asked.update(name.name for name in page)
            if asked.total() >= MOST_ASKED:
                self._bounds.reached = True
                break
        is_all = len(found) >= self._limit or not (self._bounds.reached or self._is_cut(asked, found))
        return found[: self._limit], is_all

    def _size(self, asked: Counter[str], found: list[Located]) -> int:
        """Of how many names symbols are asked for next: about as many as the limit lacks."""
        if self._quota or (asked and not found):
            return NAMES_A_PAGE
        if not asked:
            return FEW_NAMES
        lacking = (self._limit - len(found)) * asked.total() // len(found) + 1
        return min(max(lacking, FEW_NAMES), NAMES_A_PAGE)

    def _is_cut(self, asked: Counter[str], found: list[Located]) -> bool:
        """Whether a name of which less is shown than could be may stand in repositories that were not asked."""
        shown = Counter(one.symbol.name for one in found)
        full = self._quota or self._limit
        return any(count >= self._each and shown[name] < full for name, count in asked.items())

    def _of_all(self) -> Iterator[Name]:
        """Names that match among those of the whole store.

        In the order of the cut within each page; pages go by share alone. How often they are used is told with their
        symbols.
        """
        for ids in spellings.matching(self._connection, self._pattern, self._bounds):
            ordered: list[tuple[NameOrder, Definer]] = []
            bearers = spellings.definers(self._connection, ids, self._workspaces, self._each)
            for name, group in itertools.groupby(bearers, key=attrgetter("name")):
                if tier_of(name, self._pattern.text) is self._pattern.tier:
                    ordered += ((name_order(self._pattern, name, one.band), one) for one in group)
            for _, one in sorted(ordered):
                yield Name(one.repo_id, one.name_id, one.name, 0)

    def _in_turn(self) -> Iterator[Name]:
        """The same by a look at each repository: a limit stops reading an index, which a set of repositories does not.

        Names are put in the order of the cut after the closest were taken: form counts among these.
        """
        condition = CONDITIONS[self._pattern.tier](text_of(self._pattern.text))
        if condition is None:
            return
        values = {
            "repos": list(self._workspaces),
            "workspaces": list(self._workspaces.values()),
            "most": spellings.MOST_NAMES // len(self._workspaces),
            "each": self._each,
            "typed": typed_extent(self._pattern.text),
            "closest": max(self._each, CLOSEST),
            **condition.values,
        }
        rows = self._connection.execute(_IN_TURN.format(condition=condition.sql), values).fetchall()
        self._bounds.reached = len(rows) == values["closest"] or any(row[-1] == values["most"] for row in rows)
        for _, name in sorted(fitting((row[:-1] for row in rows), self._pattern)):
            yield name

    def _standing(self, one: Located, name: Name) -> Located:
        return replace(one, workspace=self._places[name.repo_id][1])


# As many names of each repository, whichever come first in the index: a beginning that very many share tells nothing.
# By `workspace`, not by a list: Citus cuts only what hangs on rows that lie where the names lie.
_IN_TURN: Final = (
    "SELECT repo_id, id, name, uses, folded, spaced, extent, band, seen FROM (SELECT m.*, row_number()"
    " OVER (PARTITION BY m.id ORDER BY m.band DESC, m.repo_id) AS turn, count(*) OVER (PARTITION BY m.repo_id) AS seen"
    " FROM workspace w CROSS JOIN LATERAL"
    " (SELECT * FROM name WHERE repo_id=w.repo_id AND definitions > 0 AND ({condition}) LIMIT %(most)s) m"
    " WHERE (w.repo_id, w.id) IN (SELECT * FROM unnest(%(repos)s::int[], %(workspaces)s::int[]))) n"
    f" WHERE turn <= %(each)s ORDER BY {ORDER}, repo_id LIMIT %(closest)s"
)


def _places(connection: Connection, workspaces: Sequence[str]) -> Places:
    # As JSON: the driver takes 4 ms for an array of a thousand texts. And a join, since the planner looks at each of an
    # array's.
    sql = (
        "SELECT w.repo_id, w.id, w.name FROM json_array_elements_text(%s::json) AS k(name)"
        " JOIN workspace w ON w.name=k.name ORDER BY w.repo_id"
    )
    rows = connection.execute(sql, (msgspec.json.encode(list(workspaces)).decode(),))
    return {repo_id: (number, name) for repo_id, number, name in rows}
