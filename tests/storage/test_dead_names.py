"""Names that only kept contents bear are passed over, and come back with their contents."""

from __future__ import annotations

import pytest

from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol

SAVED = 50


@pytest.fixture
def engine(tmp_path):
    engine = SqliteEngine(tmp_path / "index.sqlite3", 1)
    yield engine
    engine.close()


def save(engine: SqliteEngine, name: str, workspace: str = "w") -> None:
    """A file is saved with one function in it."""
    engine.commit(Commit(workspace, [(key(name), extraction(symbol(name)))], [file("a.py", key(name))]))


def found(engine: SqliteEngine, workspace: str = "w") -> list[str]:
    hits = engine.find(workspace, NamePattern("load", Tier.PREFIX), Filters(), 100)
    return [one.symbol.name for one in hits]


def saved_often(engine: SqliteEngine) -> None:
    for number in range(SAVED):
        save(engine, f"load_{number}")
        assert found(engine) == [f"load_{number}"]


def test_names_of_overwritten_texts_are_not_looked_up_again(engine):
    saved_often(engine)
    save(engine, "load_last")
    assert len(engine.dead.ids) >= SAVED - 2  # what is asked for next is told by the next commit
    assert found(engine) == ["load_last"]


@pytest.mark.parametrize("workspace", ["w", "other"])
def test_a_text_that_comes_back_is_found(engine, workspace):
    saved_often(engine)
    engine.commit(Commit(workspace, files=[file("b.py", key("load_3"))]))
    assert "load_3" in found(engine, workspace)
    save(engine, "load_4", workspace)
    assert {"load_3", "load_4"} <= {*found(engine, workspace)}


def test_what_another_workspace_bears_is_not_dead(engine):
    save(engine, "load_there", "other")
    saved_often(engine)
    save(engine, "load_last")
    assert found(engine, "other") == ["load_there"]


def test_a_name_that_another_text_bears_too_comes_back_with_either(engine):
    saved_often(engine)
    more = extraction(symbol("load_5"), symbol("load_more"))
    engine.commit(Commit("w", [(key("both"), more)], [file("c.py", key("both"))]))
    assert {"load_5", "load_more"} <= {*found(engine)}


def test_a_commit_that_fails_changes_nothing(engine):
    saved_often(engine)
    dead = engine.dead.ids.tolist()
    with pytest.raises(KeyError):
        engine.commit(Commit("w", files=[file("b.py", key("load_3")), file("c.py", key("unknown"))]))
    assert engine.dead.ids.tolist() == dead
    assert "load_3" not in found(engine)
