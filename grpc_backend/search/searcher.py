"""Run a query: ask the engine tier by tier until there is enough, then rank."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from grpc_backend.model import Located
from grpc_backend.search.query import Query
from grpc_backend.search.rank import order, score
from grpc_backend.storage.engine import Engine
from grpc_backend.storage.pattern import NamePattern, Tier

# Ranking looks at more than it shows: the engine's cut knows only uses and length.
CANDIDATES_PER_HIT = 4
MIN_CANDIDATES = 100


class ScoredHit(Struct, frozen=True):
    """A symbol that matches, how well, and how: a tier's name in lower case."""

    located: Located
    score: float
    match: str


class SearchAnswer(Struct, frozen=True):
    """Hits, best first; `truncated` if there are more."""

    hits: list[ScoredHit]
    truncated: bool


def search(engine: Engine, workspace: str, query: Query) -> SearchAnswer:
    """The best hits of a query. Errors: StorageFailed."""
    wanted = query.limit + 1
    hits: list[ScoredHit] = []
    for tier in (Tier.EXACT,) if query.literal else Tier:
        hits += _tier(engine, workspace, query, tier, max(wanted * CANDIDATES_PER_HIT, MIN_CANDIDATES))
        if len(hits) >= wanted:
            break
    return SearchAnswer(hits[: query.limit], len(hits) > query.limit)


def _tier(engine: Engine, workspace: str, query: Query, tier: Tier, candidates: int) -> list[ScoredHit]:
    """All hits of one tier, best first. Tiers do not overlap, and a better tier scores higher."""
    pattern = NamePattern(query.text, tier, query.container)
    found = engine.find(workspace, pattern, query.filters, candidates)
    hits = [ScoredHit(one, score(one, tier, query.text), tier.name.lower()) for one in found]
    hits.sort(key=lambda hit: (-hit.score, *order(hit.located)))
    return _distinct_first(hits)


def _distinct_first(hits: list[ScoredHit]) -> list[ScoredHit]:
    """The best hit of every name, then the second of every name…: one name must not fill the list."""
    seen: Counter[str] = Counter()
    rounds: list[tuple[int, ScoredHit]] = []
    for hit in hits:
        name = hit.located.symbol.name
        rounds.append((seen[name], hit))
        seen[name] += 1
    return [hit for _, hit in sorted(rounds, key=lambda pair: pair[0])]
