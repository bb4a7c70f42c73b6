"""A base is as good as committing what is in it, and nothing else is taken for one."""

from __future__ import annotations

import subprocess
import sys
import zlib

import apsw
import pytest

from grpc_backend.errors import BadContent
from grpc_backend.packing import encode
from grpc_backend.storage import base, base_builder
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol, uses

ALL = Filters()
CONTENTS = [
    (
        key("one"),
        extraction(
            symbol("Response", kind="class"),
            symbol("set_cookie", kind="method", line=3, owner="Response"),
            set_cookie=uses((5, 1)),
        ),
    ),
    (key("two"), extraction(symbol("view", line=2), set_cookie=uses((3, 0), (4, 0)), Response=uses((3, 0)))),
    (key("three"), extraction(symbol("cookie_of", line=2), view=uses((2, 0)))),
]
FILES = [file("http/response.py", key("one")), file("app/views.py", key("two"))]


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "made.base"
    base.write(path, CONTENTS, 1)
    return path


@pytest.fixture
def empty(tmp_path):
    engine = SqliteEngine(tmp_path / "index.sqlite3", 1)
    yield engine
    engine.close()


def answers(engine):
    """What is asked of a store that holds FILES."""
    texts = [(text, tier) for text in ("set_cookie", "Response", "cooki") for tier in Tier]
    found = [[one.id for one in engine.find("w", NamePattern(text, tier, ()), ALL, 9)] for text, tier in texts]
    narrow = engine.find("w", NamePattern("set_cookie", Tier.EXACT, ("Response",)), ALL, 9)
    return (
        found,
        narrow,
        engine.outline("w", "http/response.py"),
        engine.references("w", "set_cookie", ALL, 9),
        engine.counts(["set_cookie", "Response", "view", "cookie_of"]),
        engine.packed([one for one, _ in CONTENTS]),
        engine.popular("w", "", 9),
    )


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_store_that_began_with_a_base_answers_as_one_that_was_told_all_of_it(tmp_path, made, empty, asked_before):
    told = SqliteEngine(tmp_path / "told.sqlite3", 1)
    told.commit(Commit("w", CONTENTS, FILES))
    assert empty.base_form
    if asked_before:  # the index of names is there, and has none
        assert empty.find("w", NamePattern("cooki", Tier.SUBSTRING, ()), ALL, 9) == []
    assert empty.adopt(made) == len(CONTENTS)
    empty.commit(Commit("w", files=FILES))
    assert answers(empty) == answers(told)
    assert empty.collect(10) == told.collect(10) == 1
    told.close()
    assert answers(empty)[4].keys() == {"set_cookie", "Response", "view"}


def test_what_was_taken_over_is_there_after_a_restart(tmp_path, made, empty):
    empty.adopt(made)
    empty.commit(Commit("w", files=FILES))
    before = answers(empty)
    empty.close()
    again = SqliteEngine(tmp_path / "index.sqlite3", 1)
    assert answers(again) == before
    again.close()


def test_a_store_that_has_begun_with_something_else_takes_no_base(made, empty):
    empty.commit(Commit("w", [(key("four"), extraction(symbol("alone")))]))
    assert empty.base_form == 0
    assert empty.adopt(made) == 0
    assert not empty.known([key("one")])


def altered(path, *statements: str) -> None:
    connection = apsw.Connection(str(path))
    for one in statements:
        connection.execute(one)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE content SET extractor=2"], "another version"),
        (["PRAGMA user_version=1"], "form 1"),
        (["CREATE TRIGGER t AFTER INSERT ON content BEGIN DELETE FROM name; END"], "another form"),
        (["DROP TABLE layout", "CREATE VIEW layout AS SELECT 1, 2"], "another form"),
    ],
)
def test_what_is_no_base_of_ours_is_refused_and_does_no_harm(made, empty, statements, told):
    altered(made, *statements)
    with pytest.raises(BadContent, match=told):
        empty.adopt(made)
    assert not empty.known([key("one")])
    empty.commit(Commit("w", CONTENTS, FILES))
    assert len(empty.files("w")) == 2


@pytest.mark.parametrize("damage", ["no database", "a page of zeros", "cut off"])
def test_a_damaged_base_is_refused_and_does_no_harm(made, empty, damage):
    data = made.read_bytes()
    made.write_bytes(
        b"no database" * 1000
        if damage == "no database"
        else data[:4096] + bytes(4096) + data[8192:]
        if damage == "a page of zeros"
        else data[: len(data) // 2]
    )
    with pytest.raises(BadContent, match="damaged"):
        empty.adopt(made)
    empty.commit(Commit("w", CONTENTS, FILES))
    assert len(empty.files("w")) == 2


def build(target, frames: bytes) -> int:
    command = [sys.executable, "-m", "grpc_backend.storage.base_builder", target, "1"]
    return subprocess.run(command, input=frames, check=False, stderr=subprocess.DEVNULL).returncode


def test_a_base_is_built_beside_the_daemon_out_of_packed_contents(tmp_path, empty):
    target = tmp_path / "built.base"
    frames = b"".join(base_builder.frame(one, encode(said)) for one, said in CONTENTS)
    assert build(target, frames + base_builder.END) == 0
    plain = tmp_path / "plain"
    plain.write_bytes(zlib.decompress(target.read_bytes()))
    assert empty.adopt(plain) == len(CONTENTS)


def test_what_ends_before_its_end_gives_no_base(tmp_path):
    frames = base_builder.frame(CONTENTS[0][0], encode(CONTENTS[0][1]))
    for length in (len(frames), len(frames) - 1, 4, 2, 0):
        assert build(tmp_path / "built.base", frames[:length]) != 0
    assert list(tmp_path.iterdir()) == []
