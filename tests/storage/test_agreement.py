"""The long form, with 10,000 queries: `python -m tests.storage.agreement`, with `--team` for PostgreSQL."""

from __future__ import annotations

import pytest

from grpc_backend.storage import name_queries, segment
from grpc_backend.storage.pattern import Tier
from tests.storage.agreement import agreement, embedded_engine


def test_the_engines_agree_on_the_candidates_of_generated_queries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(name_queries, "MANY", name_queries.MANY)
    monkeypatch.setattr(segment, "SHORT_COLUMN", segment.SHORT_COLUMN)
    with embedded_engine() as real:
        check(600, real)


def test_the_team_engine_agrees_too(postgresql):
    from grpc_backend.storage.postgres.engine import PostgresEngine

    real = PostgresEngine(postgresql.database(), 1)
    check(400, real)
    real.close()


def check(queries: int, real):
    alike, unlike, found = agreement(queries, real)
    assert unlike == []
    assert alike.total() == queries
    assert all(found[tier] for tier in Tier)
