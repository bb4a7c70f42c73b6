"""Contents in parts: whole in the end, or an error; never a wrong content."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

from grpc_backend.errors import BadContent, TooLarge
from grpc_backend.model import FileState
from grpc_backend.rpc.chunks import ChunkBuffer
from grpc_backend.rpc.uploads import Uploads
from protos import code_index_pb2 as pb

DATA = bytes(range(256)) * 40
PARTS = [DATA[start : start + 3000] for start in range(0, len(DATA), 3000)]


def part(index, **changes):
    fields = {
        "path": "a.py",
        "size": len(DATA),
        "digest": hashlib.sha256(DATA).digest(),
        "offset": index * 3000,
        "content": PARTS[index],
    }
    return pb.FileState(**{**fields, **changes})


def test_parts_in_order_become_the_content():
    buffer = ChunkBuffer(len(DATA))
    assert [buffer.add(part(index)) for index in range(len(PARTS) - 1)] == [None] * (len(PARTS) - 1)
    assert buffer.add(part(len(PARTS) - 1)) == DATA


def test_a_small_content_needs_no_parts():
    assert ChunkBuffer(100).add(pb.FileState(path="a", size=3, content=b"abc")) == b"abc"
    assert ChunkBuffer(100).add(pb.FileState(path="a", size=0, content=b"")) == b""


@pytest.mark.parametrize("order", [[1], [0, 2], [0, 1, 1], [0, 1, 0, 2]])
def test_lost_repeated_and_reordered_parts_are_errors(order):
    buffer = ChunkBuffer(len(DATA))
    *before, last = order
    for index in before:
        assert buffer.add(part(index)) is None
    with pytest.raises(BadContent):
        buffer.add(part(last))


def test_a_part_of_another_content_is_an_error():
    buffer = ChunkBuffer(len(DATA))
    buffer.add(part(0))
    with pytest.raises(BadContent):
        buffer.add(part(1, digest=b"x" * 32))


def test_parts_beyond_the_size_are_an_error():
    buffer = ChunkBuffer(len(DATA))
    buffer.add(part(0))
    with pytest.raises(BadContent):
        buffer.add(part(1, content=DATA))


def test_after_an_error_the_content_can_be_sent_again():
    buffer = ChunkBuffer(len(DATA))
    buffer.add(part(0))
    with pytest.raises(BadContent):
        buffer.add(part(2))
    whole = [buffer.add(part(index)) for index in range(len(PARTS))]
    assert whole[-1] == DATA


def test_a_content_above_the_limit_is_refused_before_it_is_kept():
    with pytest.raises(TooLarge):
        ChunkBuffer(100).add(part(0))


def test_what_had_come_on_a_stream_that_broke_is_gone_on_with():
    uploads = Uploads()
    broken = ChunkBuffer(len(DATA))
    broken.add(part(0))
    broken.add(part(1))
    uploads.keep("team/project@main", broken.rest())
    asked = FileState("a.py", digest=part(0).digest)
    assert uploads.offset("team/project@ann", asked) == 6000
    assert uploads.offset("team/other@main", asked) == 0
    assert uploads.take("team/other@main", asked.digest) is None
    again = ChunkBuffer(len(DATA), partial(uploads.take, "team/project@main"))
    found = [again.add(part(index)) for index in range(2, len(PARTS))]
    assert found[-1] == DATA
    assert uploads.offset("team/project@main", asked) == 0


@pytest.mark.parametrize("wrong", [{"offset": 3000}, {"offset": 9000}, {"size": len(DATA) + 1}])
def test_what_does_not_go_on_where_it_broke_is_an_error_and_is_forgotten(wrong):
    uploads = Uploads()
    broken = ChunkBuffer(len(DATA))
    broken.add(part(0))
    broken.add(part(1))
    uploads.keep("w", broken.rest())
    again = ChunkBuffer(len(DATA) + 1, partial(uploads.take, "w"))
    with pytest.raises(BadContent):
        again.add(part(2, **wrong))
    assert again.rest() == []
    assert uploads.offset("w", FileState("a.py", digest=part(0).digest)) == 0


def test_of_broken_streams_so_much_is_kept_and_no_more():
    uploads = Uploads(7000)
    for name in ("one", "two", "three"):
        broken = ChunkBuffer(len(DATA))
        broken.add(part(0, digest=hashlib.sha256(name.encode()).digest()))
        uploads.keep("w", broken.rest())
    offsets = [
        uploads.offset("w", FileState("a.py", digest=hashlib.sha256(name.encode()).digest()))
        for name in ("one", "two", "three")
    ]
    assert offsets == [0, 3000, 3000]
