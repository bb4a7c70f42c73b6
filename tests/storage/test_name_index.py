"""Names stay found while their index is joined, saved, lost, and brought in step with what came after."""

from __future__ import annotations

import queue
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from grpc_backend.storage import name_builder, name_index
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.name_index import FEW_CHANGES, JOINED, NameIndex
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.segment import NameRow, Segment
from grpc_backend.storage.segment_build import build
from grpc_backend.storage.segment_merge import merged
from grpc_backend.storage.signatures import TRIPLE
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol

WITHIN_S = 20


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index.sqlite3"


@pytest.fixture
def open_engine(path):
    opened = []

    def make() -> SqliteEngine:
        for one in opened:
            one.close()
        opened.append(SqliteEngine(path, 1))
        return opened[-1]

    yield make
    opened[-1].close()


def put(engine: SqliteEngine, *names: str) -> None:
    """Files of these names, each with a function of that name."""
    contents = [(key(name), extraction(symbol(name))) for name in names]
    engine.commit(
        Commit("w", contents, [file(f"{name}.py", of) for name, (of, _) in zip(names, contents, strict=True)])
    )


def take(engine: SqliteEngine, *names: str) -> None:
    """Remove the files of these names, and what they said."""
    engine.commit(Commit("w", removed=[f"{name}.py" for name in names]))
    engine.collect(len(names))


def found(engine: SqliteEngine, text: str, tier: Tier) -> list[str]:
    return sorted(one.symbol.name for one in engine.find("w", NamePattern(text, tier), Filters(), 1000))


def test_what_was_saved_is_mapped_and_brought_in_step(open_engine, path):
    engine = open_engine()
    put(engine, "load_one", "load_two", "load_three")
    engine.names.save()
    put(engine, "load_four")
    take(engine, "load_two")
    (saved,) = path.with_suffix(".names").iterdir()
    for again in (engine, open_engine()):
        assert found(again, "load", Tier.PREFIX) == ["load_four", "load_one", "load_three"]
        assert found(again, "load_two", Tier.EXACT) == []
    assert [*path.with_suffix(".names").iterdir()] == [saved]


def test_a_name_that_comes_back_is_found_once(open_engine):
    engine = open_engine()
    put(engine, "load_one")
    engine.names.save()
    for _ in range(3):
        take(engine, "load_one")
        assert found(engine, "oad", Tier.SUBSTRING) == []
        put(engine, "load_one")
        assert found(engine, "oad", Tier.SUBSTRING) == ["load_one"]
    assert found(open_engine(), "oad", Tier.SUBSTRING) == ["load_one"]


@pytest.mark.parametrize("harm", ["missing", "cut short", "other content"])
def test_a_saved_index_that_cannot_be_read_is_built_again(open_engine, path, harm):
    engine = open_engine()
    put(engine, "load_one")
    engine.names.save()
    put(engine, "load_two")
    engine.close()
    (saved,) = path.with_suffix(".names").iterdir()
    if harm == "missing":
        saved.unlink()
    else:
        saved.write_bytes(saved.read_bytes()[:-64] if harm == "cut short" else b"not this" * 100)
    assert found(open_engine(), "load", Tier.PREFIX) == ["load_one", "load_two"]


def test_what_an_interrupted_build_left_behind_is_removed(open_engine, path):
    engine = open_engine()
    put(engine, "load_one")
    engine.names.save()
    left = path.with_suffix(".names") / "0123.names"
    left.write_bytes(b"half a file")
    again = open_engine()
    assert found(again, "load", Tier.PREFIX) == ["load_one"]
    assert not left.exists()


def test_a_large_store_without_a_saved_index_has_it_built_before_the_first_answer(open_engine, path, monkeypatch):
    engine = open_engine()
    put(engine, *(f"load_{number}" for number in range(20)))
    monkeypatch.setattr(name_index, "BUILT_AT", 10)
    again = open_engine()
    assert len(found(again, "load", Tier.PREFIX)) == 20
    assert len([*path.with_suffix(".names").iterdir()]) == 1


def test_a_saved_index_of_long_ago_is_built_before_the_first_answer(open_engine, path, monkeypatch):
    """Of what many changes say the daemon makes no segment itself: that takes minutes, and closing waits for it."""
    engine = open_engine()
    put(engine, "load_one")
    engine.names.save()
    (saved,) = path.with_suffix(".names").iterdir()
    put(engine, *(f"load_{number}" for number in range(20)))
    monkeypatch.setattr(name_index, "BUILT_AT", 10)
    again = open_engine()
    assert len(found(again, "load", Tier.PREFIX)) == 21
    assert not saved.exists()


def test_what_is_closed_begins_with_what_it_had(open_engine, path, monkeypatch):
    monkeypatch.setattr(name_index, "SAVED_QUIET_AT", 10)
    engine = open_engine()
    put(engine, *(f"load_{number}" for number in range(20)))
    assert len(found(engine, "load", Tier.PREFIX)) == 20
    engine.close()
    assert len([*path.with_suffix(".names").iterdir()]) == 1
    again = open_engine()
    assert len(found(again, "load", Tier.PREFIX)) == 20


def test_many_small_changes_are_joined(open_engine):
    engine = open_engine()
    names = [f"load_{number}" for number in range(3 * JOINED)]
    for name in names:
        put(engine, name)
        assert name in found(engine, "load", Tier.PREFIX)
    take(engine, *names[:JOINED])
    engine.names.join()
    assert len(engine.names.segments()) < JOINED + 2
    assert found(engine, "load", Tier.PREFIX) == sorted(names[JOINED:])


def test_what_was_saved_before_anybody_asked_needs_no_segment(open_engine):
    engine = open_engine()
    assert len(engine.names.segments()) == 1  # opened: what is put now is no part of that
    put(engine, "load_one", "load_two")
    engine.names.save()
    assert len(engine.names.segments()) == 1
    put(engine, "load_three")
    assert len(engine.names.segments()) == 2
    assert found(engine, "load", Tier.PREFIX) == ["load_one", "load_three", "load_two"]


def test_many_changes_do_not_wait_for_a_question(open_engine, monkeypatch):
    monkeypatch.setattr(name_index, "MANY_UNBUILT", 3)
    monkeypatch.setattr(name_index, "ASKING_S", 0.0)
    engine = open_engine()
    assert len(engine.names.segments()) == 1  # opened: what is put now is no part of that
    put(engine, "load_one", "load_two")
    assert not engine.is_prompt
    put(engine, "load_three")  # the third: laid out
    assert engine.is_prompt
    take(engine, "load_one")
    put(engine, "load_four")
    assert not engine.is_prompt
    assert found(engine, "load", Tier.PREFIX) == ["load_four", "load_three", "load_two"]
    assert engine.is_prompt


def test_what_is_committed_while_questions_come_is_laid_out_by_the_commit(open_engine):
    engine = open_engine()
    assert found(engine, "load", Tier.PREFIX) == []
    put(engine, *(f"load_{number}" for number in range(2 * FEW_CHANGES)))
    assert engine.is_prompt
    assert len(found(engine, "load", Tier.PREFIX)) == 1000


@pytest.fixture
def slow_builds(monkeypatch):
    """The processes that build an index: each begins when its input is closed."""
    begun: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
    code = f"import sys; sys.stdin.read(); from {name_builder.__name__} import *; write(*map(Path, sys.argv[1:]))"

    def begin(*paths: Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", code, *paths], stdin=subprocess.PIPE)
        begun.put(process)
        return process

    monkeypatch.setattr(name_builder, "begin", begin)
    return begun


def test_small_changes_are_joined_while_all_names_are_saved(open_engine, slow_builds, monkeypatch):
    joined = threading.Event()

    def noting(*args: Any) -> Segment:
        joined.set()
        return merged(*args)

    engine = open_engine()
    put(engine, "load_zero")
    monkeypatch.setattr(name_index, "merged", noting)
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(engine.names.save)
        build = slow_builds.get(timeout=WITHIN_S)
        for number in range(JOINED):
            put(engine, f"load_{number}")
            assert f"load_{number}" in found(engine, "load", Tier.PREFIX)
        in_time = joined.wait(WITHIN_S)
        put(engine, "load_last")
        build.communicate()
        saving.result(WITHIN_S)
    assert in_time
    names = sorted(["load_zero", "load_last", *(f"load_{number}" for number in range(JOINED))])
    assert found(engine, "load", Tier.PREFIX) == names
    assert found(open_engine(), "load", Tier.PREFIX) == names


def test_what_was_just_saved_is_not_saved_again(open_engine, slow_builds, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(NameIndex, "_wait", lambda _: over.wait(WITHIN_S) and False)  # its own thread does nothing
    monkeypatch.setattr(name_index, "SAVED_AT", 1)
    engine = open_engine()
    put(engine, "load_one")
    with ThreadPoolExecutor(2) as pool:
        saving = pool.submit(engine.names.save)
        build = slow_builds.get(timeout=WITHIN_S)
        keeping = pool.submit(engine.names._keep)
        build.communicate()
        saving.result(WITHIN_S)
        wait([keeping], WITHIN_S)
        if not (in_time := keeping.done()):
            slow_builds.get().kill()
    over.set()
    assert in_time
    assert slow_builds.empty()


def test_all_that_is_asked_in_one_state_is_as_old(open_engine):
    engine = open_engine()
    put(engine, "load_one")
    with engine.one_state():
        assert found(engine, "load_one", Tier.EXACT) == ["load_one"]
        beside(lambda: take(engine, "load_one"))
        assert found(engine, "load_one", Tier.EXACT) == ["load_one"]
    assert found(engine, "load_one", Tier.EXACT) == []


def beside(work: Callable[[], None]) -> None:
    """Do something in another thread, and wait for it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


NAMES = ("get", "Set", "userName", "HTTPServer", "stra\u00dfe", "_x", "2d", "\u00f1andu_2", "parse")


@pytest.mark.parametrize("seed", range(20))
def test_a_merged_segment_is_what_laying_out_all_at_once_gives(seed):
    """Triples of letters are left out: behind a name's last letter there is what happens to stand there."""
    rng = random.Random(seed)
    names = [f"{rng.choice(NAMES)}_{rng.choice(NAMES)}{number}" for number in range(200)]
    batches = [
        [
            NameRow(number, names[number], rng.choice((-1, 0, 1, 15)), rng.getrandbits(63))
            for number in rng.sample(range(200), count)
        ]
        for count in rng.sample((0, 1, 7, 80, 150), rng.randint(1, 5))
    ]
    made = merged([build(rows) for rows in reversed(batches)]).arrays
    expected = build(row for rows in batches for row in rows).arrays
    for name in expected.keys() - {"columns", "counts", "hashed"}:
        assert made[name].tolist() == expected[name].tolist(), name
    assert made["columns"][:TRIPLE].tolist() == expected["columns"][:TRIPLE].tolist()
    hashes = [sorted(zip(one["hashes"].tolist(), one["hashed"].tolist(), strict=True)) for one in (made, expected)]
    assert hashes[0] == hashes[1]
