"""A query in plain words to hits: names first where the query may be one, then what is meant."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.errors import InvalidRequest
from grpc_backend.model import Located
from grpc_backend.search.query import AUTO, NAME, Query
from grpc_backend.search.rank import order
from grpc_backend.search.searcher import MAX_SEEN, ScoredHit, steps
from grpc_backend.search.semantic.candidates import Part
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import Candidate, rank
from grpc_backend.storage.engine import View

MATCH: Final = "meaning"
CANDIDATES_PER_HIT: Final = 3
MAX_ALIKE: Final = 2
# How surely a name is meant: what matches so comes before what is meant.
_NAMED: Final = frozenset({"exact", "case", "separators", "words"})


class _Key(Struct, frozen=True, array_like=True, order=True, tag="meaning"):
    """A hit's place in the order of what is meant, and how many hits there were with it."""

    negative_score: float
    path: str
    ord: int
    seen: int


def by_meaning(
    view: View, workspace: str, query: Query, model: Model, parts: Sequence[Part]
) -> Iterator[list[ScoredHit]]:
    """Best first, up to one more than the limit. Errors: StorageFailed, InvalidRequest (a cursor that is none)."""
    after = _position(query.cursor)
    named = [] if after else list(_named(view, workspace, query))
    if named:
        yield named
    every = named if not query.cursor else _named(view, workspace, msgspec.structs.replace(query, cursor=""))
    shown = {order(hit.located) for hit in every}
    seen = after.seen if after else len(shown)
    wanted = query.limit + 1 - len(named)
    # More than are shown, since of several definitions of one name in a file the best stand for all.
    candidates = rank(parts, asked(query.plain, model), model, CANDIDATES_PER_HIT * (seen + wanted))
    found: list[ScoredHit] = []
    for one, located in _distinct(_located(view, workspace, candidates)):
        if len(found) >= wanted:
            break
        if order(located) not in shown and (after is None or _place(one) > _place(after)):
            key = _Key(-one.score, one.path, one.ord, seen + len(found) + 1)
            cursor = msgspec.json.encode(key).decode()
            found.append(ScoredHit(located, _scale(one.score), MATCH, cursor, partial(_features, one)))
    if found:
        yield found


def _features(one: Candidate) -> dict[str, float]:
    return one.features


def _place(one: Candidate | _Key) -> tuple[float, str, int]:
    return (one.negative_score if isinstance(one, _Key) else -one.score, one.path, one.ord)


def _distinct(found: Iterable[tuple[Candidate, Located]]) -> Iterator[tuple[Candidate, Located]]:
    """Of each qualified name of a file the first two: overloads say the same, and would fill the list."""
    seen: Counter[tuple[str, str]] = Counter()
    for one, located in found:
        name = (located.path, located.symbol.qualified_name)
        seen[name] += 1
        if seen[name] <= MAX_ALIKE:
            yield one, located


def _named(view: View, workspace: str, query: Query) -> Iterator[ScoredHit]:
    """What the query names, if it is a bare identifier; if it was left to us, also what has all its words as a name."""
    bare = len(query.plain.split()) == 1
    if not bare and query.mode != AUTO:
        return
    for found in steps(view, workspace, msgspec.structs.replace(query, mode=NAME)):
        for hit in found[: query.limit]:
            if hit.match not in _NAMED:
                return
            yield hit


def _located(view: View, workspace: str, candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Located]]:
    """Candidates with their symbols. What has gone since it was ranked is passed over."""
    ords: defaultdict[str, set[int]] = defaultdict(set)
    for one in candidates:
        ords[one.path].add(one.ord)

    @cache
    def standing(path: str) -> dict[int, Located]:
        return view.standing_at(workspace, path, ords[path])

    for one in candidates:
        located = standing(one.path).get(one.ord) if one.path else None
        if located is not None:
            yield one, located


def _scale(score: float) -> float:
    """A score below that of any name, in [0, 0.5]."""
    return round(0.25 * (1 + math.tanh(score / 4)), 6)


def _position(cursor: str) -> _Key | None:
    if not cursor.startswith('["meaning"'):
        return None
    try:
        key = msgspec.json.decode(cursor, type=_Key)
    except msgspec.DecodeError:
        raise InvalidRequest("the cursor is none of ours: pass the one that the page before ended with") from None
    if not 0 <= key.seen <= MAX_SEEN:
        raise InvalidRequest("the cursor goes too far: narrow the query instead")
    return key
