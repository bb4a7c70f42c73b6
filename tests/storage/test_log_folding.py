"""The log is folded into the database beside the writer, and by the writer where that is not enough."""

from __future__ import annotations

import contextlib
import threading

import apsw
import pytest

from grpc_backend.storage import log_folding
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.log_folding import NAME
from grpc_backend.storage.schema import open_connection
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol

WITHIN_S = 10
MANY = 5_000


class Folds:
    """Notes which thread folds the log; the one beside the writer waits until it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by: list[str] = []
        self.may, self.folded = threading.Event(), threading.Event()
        fold = log_folding._fold

        def noting(connection: apsw.Connection) -> None:
            name = threading.current_thread().name
            if name == NAME:
                assert self.may.wait(WITHIN_S)
            fold(connection)
            self.by.append(name)
            self.folded.set()

        monkeypatch.setattr(log_folding, "_fold", noting)


@pytest.fixture
def folds(monkeypatch):
    return Folds(monkeypatch)


@pytest.fixture
def engine(tmp_path):
    opened = SqliteEngine(tmp_path / "index.sqlite3", 1)
    yield opened
    opened.close()


def put(engine: SqliteEngine, name: str) -> None:
    engine.commit(Commit("w", [(key(name), extraction(symbol(name)))], [file(f"{name}.py", key(name))]))


def test_a_change_does_not_wait_until_the_log_is_folded(engine, folds, monkeypatch, tmp_path):
    monkeypatch.setattr(log_folding, "FOLDED_AT", 1)
    log = tmp_path / "index.sqlite3-wal"
    put(engine, "one")
    put(engine, "two")  # both are stored before anything is folded
    assert folds.by == []
    before = log.stat().st_size
    folds.may.set()
    assert folds.folded.wait(WITHIN_S)
    assert set(folds.by) == {NAME}
    for number in range(20):
        folds.folded.clear()
        put(engine, f"next_{number}")
        assert folds.folded.wait(WITHIN_S)
    assert log.stat().st_size < 2 * before  # it began anew


def test_the_writer_folds_a_log_that_grows_too_long(engine, folds, monkeypatch):
    monkeypatch.setattr(log_folding, "FOLDED_BY_WRITER_AT", 1)
    put(engine, "one")
    assert folds.by == [threading.current_thread().name]
    folds.may.set()


def test_a_log_that_another_one_is_folding_is_left_to_him(engine, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(log_folding, "FOLDED_BY_WRITER_AT", 1)
    caplog.set_level("DEBUG", log_folding.__name__)
    enough = threading.Event()

    def fold_on() -> None:
        connection = open_connection(tmp_path / "index.sqlite3")
        while not enough.is_set():
            with contextlib.suppress(apsw.BusyError):
                connection.wal_checkpoint()
        connection.close()

    other = threading.Thread(target=fold_on)
    other.start()
    written = 0
    while not caplog.records and written < MANY:
        put(engine, f"name_{written}")
        written += 1
    enough.set()
    other.join()
    assert caplog.records
    assert len(engine.files("w")) == written
