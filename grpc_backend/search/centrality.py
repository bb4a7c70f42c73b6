"""Which nodes of a graph matter: PageRank, biased to where one stands.

S. Brin, L. Page: The anatomy of a large-scale hypertextual web search engine (1998); the bias is the
"personalized" teleport of section 2.1.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

DAMPING: Final = 0.85
ROUNDS: Final = 30
SMALL: Final = 1e-7


def pagerank(links: Mapping[int, Mapping[int, float]], teleport: Sequence[float]) -> list[float]:
    """The share of attention of each node; the shares add up to 1.

    `links[i][j]` is how much i points at j; `teleport[i]` how likely one begins at i (any scale, not all zero).
    A node without links sends on to where one begins. Stops when a round moves less than SMALL in all.
    """
    whole = sum(teleport)
    start = [value / whole for value in teleport]
    weights = {node: sum(to.values()) for node, to in links.items()}
    ranks = start
    for _ in range(ROUNDS):
        loose = sum(rank for node, rank in enumerate(ranks) if not weights.get(node))
        moved = [(1 - DAMPING + DAMPING * loose) * share for share in start]
        for node, to in links.items():
            for other, weight in to.items():
                moved[other] += DAMPING * ranks[node] * weight / weights[node]
        change = sum(abs(new - old) for new, old in zip(moved, ranks, strict=True))
        ranks = moved
        if change < SMALL:
            break
    return ranks
