"""Where a name is defined: under every reading of it, and without the index of names, which may not be there yet."""

from __future__ import annotations

import pytest

from grpc_backend.index.questions import find_definition
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol

SYMBOLS = extraction(symbol("Cookie"), symbol("cookie", line=2), symbol("cookie_jar", line=3), symbol("a.b", line=4))


@pytest.fixture
def engine(tmp_path, monkeypatch):
    made = SqliteEngine(tmp_path / "index.sqlite3", 1)
    files = [file("a.py", key("all")), file("b/c.py", key("all"))]
    made.commit(Commit("w", [(key("all"), SYMBOLS)], files))

    def unready():
        raise AssertionError("the index of names was asked")

    monkeypatch.setattr(made.names, "segments", unready)
    yield made
    monkeypatch.undo()
    made.close()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("cookie", [("a.py", 2), ("b/c.py", 2)]),
        ("c.py cookie", [("b/c.py", 2)]),
        ("a.b", [("a.py", 4), ("b/c.py", 4)]),
        ("cooki", []),
        ("kind:function", []),
    ],
)
def test_exactly_that_name_is_found(engine, asked, expected):
    assert [(one.path, one.symbol.line) for one in find_definition(engine, "w", asked, None, 10)] == expected


def test_no_more_than_asked_for(engine):
    assert len(find_definition(engine, "w", "cookie", None, 1)) == 1
