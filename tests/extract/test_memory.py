"""What was read for a parse is let go of."""

from __future__ import annotations

import ctypes
import gc
import tracemalloc

import pytest

from grpc_backend.extract.extractor import extract
from grpc_backend.extract.handed import Handed

SOURCES = {"lua": b"-- %d\nlocal function f(a) return a end\n", "python": b"# %d\ndef f(a): return a\n"}
ROUNDS = 100


@pytest.mark.parametrize("language", SOURCES)
def test_a_file_leaves_hardly_anything(language):
    contents = [(SOURCES[language] % number) * 200 for number in range(ROUNDS)]

    def bytes_held():
        for content in contents:
            assert extract(language, content).symbols
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        bytes_held()
        before = bytes_held()
        assert bytes_held() - before < sum(map(len, contents)) / 5
    finally:
        tracemalloc.stop()


def test_pieces_are_those_of_the_source_and_nobody_else_s():
    source = b"0123456789"
    handed = Handed(source, 4, 4)
    assert [handed.read(at, None) for at in (0, 4, 8, 9, 10, 12)] == [b"0123", b"4567", b"89", b"9", b"", b""]
    assert Handed(source, 99).read(0, None) is not source


def test_who_reads_on_is_given_more_and_who_goes_elsewhere_is_not():
    handed = Handed(bytes(100), 2, 8)
    assert [len(handed.read(at, None)) for at in (0, 2, 6, 14, 22, 20, 22, 90)] == [2, 4, 8, 8, 8, 2, 4, 2]


def test_references_that_were_left_behind_are_taken_back_and_no_others():
    handed = Handed(b"some text" * 100_000, 900_000, 900_000)
    tracemalloc.start()
    try:
        for left in (0, 1, 3):
            piece = handed.read(0, None)
            for _ in range(left):
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(piece))
            del piece
            assert tracemalloc.get_traced_memory()[0] > 900_000
            handed.let_go()
            assert tracemalloc.get_traced_memory()[0] < 900_000
    finally:
        tracemalloc.stop()
