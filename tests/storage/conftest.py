"""Every contract test runs on every engine."""

from __future__ import annotations

import pytest

from grpc_backend.storage.memory import MemoryEngine
from grpc_backend.storage.sqlite import SqliteEngine


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "postgresql":
        from grpc_backend.storage.postgres.engine import PostgresEngine

        made = PostgresEngine(request.getfixturevalue("postgresql").database(), 1)
    else:
        made = MemoryEngine() if request.param == "memory" else SqliteEngine(tmp_path / "index.sqlite3", 1)
    yield made
    made.close()
