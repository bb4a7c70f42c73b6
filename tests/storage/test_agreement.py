"""The long form, with 10,000 queries: `python -m tests.storage.agreement`."""

from __future__ import annotations

import pytest

from grpc_backend.storage import name_queries
from grpc_backend.storage.pattern import Tier
from tests.storage.agreement import agreement


def test_the_engines_agree_on_the_candidates_of_generated_queries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(name_queries, "MANY", name_queries.MANY)
    alike, unlike, found = agreement(600)
    assert unlike == []
    assert alike.total() == 600
    assert all(found[tier] for tier in Tier)
