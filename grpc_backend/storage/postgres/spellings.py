"""The names of the whole store, each once, and which repositories define them: what a search of very many asks.

All other keys begin with the repository: there a thousand repositories take a thousand descents, and a name that all of
them have is found a thousand times. What is here follows the counts of `name`, under the lock of the repository.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from grpc_backend.storage.order import band
from grpc_backend.storage.pattern import NamePattern, Text, Tier, text_of
from grpc_backend.storage.postgres.database import LOCK, Connection, array
from grpc_backend.storage.postgres.names import HEAD, LAST, id_of, stored, told

_TYPOS: Final = {Tier.TYPO: 1, Tier.TWO_TYPOS: 2}
# The tiers that the tables' indexes answer.
SPELLED: Final = frozenset({Tier.EXACT, Tier.CASE, Tier.SEPARATORS, Tier.PREFIX, *_TYPOS})
# Half of a mistyped name finds too much if it has fewer than four letters.
LEAST_MISTYPED: Final = 8
# Of names that begin alike, and of those that have a half of a mistyped one, so many are looked at: what more share
# tells nothing.
MOST_NAMES: Final = 20_000
# Names are told so many at a time.
FIRST_PAGE, PAGE_GROWTH = 256, 8
# The advisory lock of `spelling`: no repository has this number.
_LOCK: Final = (LOCK, 0)
# Of a repository's band three are one here, up to this one.
BANDS, LAST_RARITY = 3, 3


class Counted(NamedTuple):
    """A name of a repository, and how many of its contents mention and define it, before a change and after it."""

    id: int
    mentioned: int
    defined: int
    mentions: int
    definitions: int


class Definer(NamedTuple):
    """A repository that defines a name, and about the band of the name there."""

    name_id: int
    name: str
    repo_id: int
    band: int


# -- as names are counted


def account(connection: Connection, repo_id: int, counted: Iterable[Counted]) -> None:
    """Have the tables follow what a repository counts now. The repository's lock is held; `name` has the names."""
    entering, leaving, moving = [], [], []
    for name_id, mentioned, defined, mentions, definitions in counted:
        if defined and definitions:
            before, after = _rarity(mentioned), _rarity(mentions)
            if before != after:
                moving.append((name_id, before, after))
        elif definitions:
            entering.append((name_id, _rarity(mentions)))
        elif defined:
            leaving.append(name_id)
    if entering:
        _enter(connection, repo_id, sorted(entering))
    if leaving:
        connection.execute(
            "DELETE FROM definer d USING unnest(%s::bigint[]) AS k(id) CROSS JOIN generate_series(0, %s) AS r(rarity)"
            " WHERE d.name_id=k.id AND d.rarity=r.rarity AND d.repo_id=%s",
            (array(leaving), LAST_RARITY, repo_id),
        )
    if moving:
        connection.execute(
            "UPDATE definer d SET rarity=k.after FROM unnest(%s::bigint[], %s::int[], %s::int[])"
            " AS k(id, before, after) WHERE d.name_id=k.id AND d.rarity=k.before AND d.repo_id=%s",
            (*map(array, zip(*moving, strict=True)), repo_id),
        )


def sweep(connection: Connection, ids: Collection[int]) -> None:
    """Drop those of some names that no repository defines any more.

    Alone: whoever enters a name that is there already counts on its staying. The last lock that a transaction takes.
    """
    if not ids:
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
    connection.execute(
        "DELETE FROM spelling s WHERE id=ANY(%s::bigint[]) AND NOT EXISTS (SELECT FROM definer d WHERE d.name_id=s.id)",
        (array(ids),),
    )


def _rarity(mentions: int) -> int:
    """A name's place among the repositories that define it: those that mention it most come first."""
    return LAST_RARITY - min(band(mentions) // BANDS, LAST_RARITY)


def _enter(connection: Connection, repo_id: int, rows: list[tuple[int, int]]) -> None:
    """In the order of their ids: two that do so never wait crosswise."""
    ids, rarities = map(array, zip(*rows, strict=True))
    connection.execute(
        "INSERT INTO definer(name_id, rarity, repo_id) SELECT id, rarity, %s FROM unnest(%s::bigint[], %s::smallint[])"
        " AS k(id, rarity) ON CONFLICT DO NOTHING",
        (repo_id, ids, rarities),
    )
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", _LOCK)
    unknown = connection.execute(
        "SELECT id FROM unnest(%s::bigint[]) AS k(id) WHERE NOT EXISTS (SELECT FROM spelling s WHERE s.id=k.id)", (ids,)
    ).fetchall()
    connection.execute(
        "INSERT INTO spelling(id, name, length, head, tail, squeezed)"
        f" SELECT id, name, least(char_length(folded), {HEAD}), left(folded, {HEAD}), left(reverse(folded), {HEAD}),"
        f" left(replace(spaced, ' ', ''), {HEAD}) FROM name WHERE repo_id=%s AND id=ANY(%s::bigint[])"
        " ORDER BY id ON CONFLICT DO NOTHING",
        (repo_id, array(name_id for (name_id,) in unknown)),
    )


# -- as they are asked for


def answers(pattern: NamePattern) -> bool:
    """Whether a pattern can be looked for among all names."""
    return pattern.tier in SPELLED and not (pattern.tier in _TYPOS and len(pattern.text) < LEAST_MISTYPED)


class Bounds:
    """Whether a search ended before it had seen all that it might have found."""

    def __init__(self) -> None:
        self.reached = False


def matching(connection: Connection, pattern: NamePattern, bounds: Bounds) -> Iterator[list[int]]:
    """The ids of names that may match at one of the tiers `SPELLED`, in pages: the shortest first."""
    text = text_of(pattern.text)
    if pattern.tier is Tier.EXACT:
        yield [id_of(pattern.text)]
    elif pattern.tier in _TYPOS:
        yield _mistyped(connection, text, _TYPOS[pattern.tier], bounds)
    elif pattern.tier is Tier.SEPARATORS:
        yield _separated(connection, text)
    else:
        head = stored(text.folded)[:HEAD]
        yield from _beginning(connection, head, head if pattern.tier is Tier.CASE else head + LAST, bounds)


def definers(connection: Connection, ids: Collection[int], repos: Collection[int], most: int) -> list[Definer]:
    """Of each name at most so many of the repositories that define it, those that mention it most first."""
    # As it stands, the condition on repositories is a look into a hash table: as a join it has all of a name's read,
    # and a thousand numbers in an array take the planner longer than all else.
    sql = (
        "SELECT s.id, s.name, d.repo_id, d.rarity FROM unnest(%(ids)s::bigint[]) AS i(id) JOIN spelling s ON s.id=i.id"
        " CROSS JOIN LATERAL (SELECT repo_id, rarity FROM definer WHERE name_id=i.id"
        " AND (repo_id IN (SELECT unnest(%(repos)s::int[]))) IS TRUE ORDER BY rarity, repo_id LIMIT %(most)s) d"
    )
    rows = connection.execute(sql, {"ids": array(ids), "repos": array(repos), "most": most})
    return [
        Definer(name_id, told(name), repo_id, (LAST_RARITY - rarity) * BANDS + BANDS // 2)
        for name_id, name, repo_id, rarity in rows
    ]


def _separated(connection: Connection, text: Text) -> list[int]:
    if not text.squeezed:
        return []
    rows = connection.execute("SELECT id FROM spelling WHERE squeezed=%s", (stored(text.squeezed)[:HEAD],))
    return [name_id for (name_id,) in rows]


def _beginning(connection: Connection, head: str, last: str, bounds: Bounds) -> Iterator[list[int]]:
    """Length by length, each a range of the index, until there are enough."""
    # The inner limit also keeps the planner from joining them in another order.
    sql = (
        "SELECT s.id FROM generate_series(%(shortest)s::int, %(longest)s::int) AS l(length) CROSS JOIN LATERAL (SELECT"
        " id FROM spelling WHERE length=l.length AND head BETWEEN %(first)s AND %(last)s"
        " ORDER BY head, id LIMIT %(most)s) s"
        " LIMIT %(page)s OFFSET %(skip)s"
    )
    longest = HEAD if last != head else len(head)
    values = {"shortest": len(head), "longest": longest, "first": head, "last": last, "most": MOST_NAMES}
    page, skip = FIRST_PAGE, 0
    while skip < MOST_NAMES:
        rows = connection.execute(sql, {**values, "page": page, "skip": skip}).fetchall()
        yield [name_id for (name_id,) in rows]
        if len(rows) < page:
            return
        skip += page
        page = min(page * PAGE_GROWTH, MOST_NAMES - skip)
    bounds.reached = True


def _mistyped(connection: Connection, text: Text, typos: int, bounds: Bounds) -> list[int]:
    """By the half that is intact, and by its length."""
    if text.typos < typos:
        return []
    folded = stored(text.folded)
    lengths = [min(len(folded) + more, HEAD) for more in range(-typos, typos + 1)]
    near: dict[int, None] = {}
    for column, typed, half in (
        ("head", folded, stored(text.first_half)),
        ("tail", folded[::-1], stored(text.second_half)[::-1]),
    ):
        sql = f"SELECT id, {column} FROM spelling WHERE length=ANY(%s) AND {column}>=%s AND {column}<%s LIMIT %s"
        rows = connection.execute(sql, (lengths, half[:HEAD], half[:HEAD] + LAST, MOST_NAMES)).fetchall()
        bounds.reached |= len(rows) == MOST_NAMES
        near |= dict.fromkeys(_at_distance(typed[:HEAD], rows, typos))
    return list(near)


def _at_distance(typed: str, rows: list[tuple[Any, ...]], typos: int) -> Iterator[int]:
    """Which texts are so many typos from what was typed, all at once in C; or may be, as only their heads are there."""
    if rows:
        distances = cdist([typed], [text for _, text in rows], scorer=OSA.distance, score_cutoff=typos)[0].tolist()
        for (name_id, text), distance in zip(rows, distances, strict=True):
            if distance == typos or len(text) == HEAD:
                yield name_id
