"""A query in plain words to hits: names first where the query may be one, then what is meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.errors import InvalidRequest
from grpc_backend.model import Located
from grpc_backend.search.query import AUTO, NAME, Query
from grpc_backend.search.rank import order
from grpc_backend.search.searcher import MAX_SEEN, ScoredHit, steps
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import Candidate, Part, rank
from grpc_backend.storage.engine import View

MATCH: Final = "meaning"
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
    candidates = rank(parts, asked(query.plain, model), model, seen + wanted + len(shown))
    fresh = (
        one
        for one in candidates
        if after is None or (-one.score, one.path, one.ord) > (after.negative_score, after.path, after.ord)
    )
    found: list[ScoredHit] = []
    for one, located in _located(view, workspace, fresh):
        if len(found) >= wanted:
            break
        if order(located) not in shown:
            key = _Key(-one.score, one.path, one.ord, seen + len(found) + 1)
            found.append(ScoredHit(located, _scale(one.score), MATCH, msgspec.json.encode(key).decode(), one.features))
    if found:
        yield found


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


def _located(view: View, workspace: str, candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, Located]]:
    """Candidates with their symbols. What has gone since it was ranked is passed over."""

    @cache
    def outline(path: str) -> list[Located]:
        return view.outline(workspace, path)

    for one in candidates:
        symbols = outline(one.path) if one.path else []
        if one.ord < len(symbols):
            yield one, symbols[one.ord]


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
