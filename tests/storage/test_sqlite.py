"""What only the embedded engine can get wrong: files on disk, crashes, damage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import apsw
import pytest

from grpc_backend.errors import StorageFailed
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol

ONE = key("one")
FIRST = extraction(symbol("alpha"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index.sqlite3"


def fill(engine):
    return engine.commit(Commit("w", [(ONE, FIRST)], [file("a.py", ONE)]))


def test_what_was_committed_is_there_after_closing(path):
    first = SqliteEngine(path, 1)
    fill(first)
    first.close()
    second = SqliteEngine(path, 1)
    assert second.generation("w") == 1
    assert [one.path for one in second.files("w")] == ["a.py"]
    assert second.size_bytes() > 0
    second.close()


def test_another_extractor_version_knows_nothing_of_the_old_contents(path):
    old = SqliteEngine(path, 1)
    fill(old)
    old.close()
    new = SqliteEngine(path, 2)
    assert new.known([ONE]) == {}
    new.commit(Commit("w", [(ONE, FIRST)], [file("a.py", ONE)]))
    assert set(new.known([ONE])) == {ONE}
    assert new.collect(10) == 1
    new.close()


@pytest.mark.parametrize("damage", ["not a database", "other schema", "zeroed header"])
def test_an_unusable_file_is_put_aside_and_built_again(path, damage):
    if damage == "not a database":
        path.write_bytes(b"this is no database at all " * 100)
    else:
        engine = SqliteEngine(path, 1)
        fill(engine)
        engine.close()
        if damage == "other schema":
            connection = apsw.Connection(str(path))
            connection.execute("PRAGMA user_version=999")
            connection.close()
        else:
            with path.open("r+b") as stream:
                stream.write(b"\0" * 100)
    engine = SqliteEngine(path, 1)
    assert engine.generation("w") == 0
    assert fill(engine) == 1
    engine.close()
    assert path.with_suffix(".damaged").exists()


def test_a_locked_database_is_never_put_aside(path, monkeypatch):
    monkeypatch.setattr("grpc_backend.storage.schema.BUSY_TIMEOUT_MS", 50)
    engine = SqliteEngine(path, 1)
    fill(engine)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed):
        fill(engine)
    other.execute("ROLLBACK")
    assert fill(engine) == 2
    engine.close()
    other.close()
    assert not path.with_suffix(".damaged").exists()


def test_a_full_disk_is_an_error_and_the_engine_lives_on(path):
    engine = SqliteEngine(path, 1)
    fill(engine)
    pages = engine._writer.pragma("page_count")
    engine._writer.pragma("max_page_count", pages)
    large = extraction(*(symbol(f"name_{number}", line=number) for number in range(5_000)))
    with pytest.raises(StorageFailed):
        engine.commit(Commit("w", [(key("large"), large)], [file("large.py", key("large"))]))
    assert engine.generation("w") == 1
    assert [one.path for one in engine.files("w")] == ["a.py"]
    engine._writer.pragma("max_page_count", 1_000_000)
    assert engine.commit(Commit("w", [(key("large"), large)], [file("large.py", key("large"))])) == 2
    engine.close()


CRASHING = """
    import sys
    from pathlib import Path
    from grpc_backend.storage.engine import Commit
    from grpc_backend.storage.sqlite import SqliteEngine
    from tests.storage.samples import extraction, file, key, symbol

    engine = SqliteEngine(Path(sys.argv[1]), 1)
    for number in range(10_000):
        new = [(key(f"{number}/{part}"), extraction(symbol(f"n{number}_{part}"))) for part in range(5)]
        engine.commit(Commit("w", new, [file(f"{part}.py", one) for part, (one, _) in enumerate(new)]))
        print(number + 1, flush=True)
"""


@pytest.mark.parametrize("kills", [6])
def test_kill_9_between_and_within_commits_leaves_a_whole_generation(path, kills):
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CRASHING), str(path)], stdout=subprocess.PIPE, text=True
        )
        acknowledged = 0
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged >= 20:
                break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        engine = SqliteEngine(path, 1)
        generation = engine.generation("w")
        names = [engine.outline("w", one.path)[0].symbol.name for one in engine.files("w")]
        # All five files are of one step: none of another, none missing.
        assert generation >= acknowledged
        assert len({name.split("_")[0] for name in names}) == 1
        assert [name.split("_")[1] for name in names] == list("01234")
        engine.forget("w")
        engine.close()


def test_what_a_query_was_narrowed_to_is_not_taken_for_what_got_its_id(path):
    engine = SqliteEngine(path, 1)
    try:
        pattern = NamePattern("lo", Tier.PREFIX, ("Owner",))
        for name in ("save", "load"):
            of = key(name)
            said = extraction(symbol("Owner", kind="class"), symbol(name, owner="Owner"))
            engine.commit(Commit("w", [(of, said)], [file("a.py", of)]))
            found = [one.symbol.name for one in engine.find("w", pattern, Filters(), 10)]
            engine.commit(Commit("w", removed=["a.py"]))
            engine.collect(1)
        assert found == ["load"]
    finally:
        engine.close()
