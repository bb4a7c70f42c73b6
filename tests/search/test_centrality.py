"""PageRank against what it is defined to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpc_backend.search.centrality import DAMPING, pagerank

LINKS = st.dictionaries(
    st.integers(0, 5), st.dictionaries(st.integers(0, 5), st.floats(0.1, 9), min_size=1, max_size=4), max_size=6
)


@given(LINKS, st.lists(st.floats(0.1, 5), min_size=6, max_size=6))
def test_shares_add_up_and_satisfy_their_equation(links, teleport):
    ranks = pagerank(links, teleport)
    assert sum(ranks) == pytest.approx(1)
    loose = sum(rank for node, rank in enumerate(ranks) if node not in links)
    for node, rank in enumerate(ranks):
        begun = (1 - DAMPING + DAMPING * loose) * teleport[node] / sum(teleport)
        sent = sum(ranks[other] * to[node] / sum(to.values()) for other, to in links.items() if node in to)
        # Thirty rounds leave at most 0.85**30 of where it began.
        assert rank == pytest.approx(begun + DAMPING * sent, abs=0.02)


def test_what_much_points_at_matters_and_so_does_what_that_points_at():
    links = {0: {2: 1.0}, 1: {2: 1.0}, 2: {3: 1.0}}
    zero, one, two, three = pagerank(links, [1, 1, 1, 1])
    assert zero == pytest.approx(one)
    assert three > two > one


def test_one_begins_where_one_stands():
    here, there = pagerank({}, [3, 1])
    assert (here, there) == pytest.approx((0.75, 0.25))
