"""A push whose uploads break, or are begun on one daemon and gone on with on another."""

from __future__ import annotations

import hashlib

import grpc
import pytest

from bridge.errors import InvalidRequest
from bridge.workspace import pushing
from bridge.workspace.pushing import CHUNK_BYTES, Pusher, Side
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceServicer

CONTENT = b"x" * (3 * CHUNK_BYTES + 10)
DIGEST = hashlib.sha256(CONTENT).digest()
FILE = pb.FileState(path="large.py", digest=DIGEST, size=len(CONTENT))


class Server(CodeIndexServiceServicer):
    """One that lacks FILE, and has so much of it; `answers` says how each upload ends."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.has = 0
        self.offsets: list[list[int]] = []

    async def FindMissing(self, request, _context):  # noqa: N802
        return pb.FindMissingReply(missing=range(len(request.files)), offsets=[self.has] if self.has else [])

    async def UploadFile(self, chunks, context):  # noqa: N802
        answer = self.answers.pop(0)
        seen = self.offsets.append([]) or self.offsets[-1]
        async for chunk in chunks:
            seen.append(chunk.offset)
            if answer == "go":
                await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
            if answer == "break" and len(seen) == 2:
                self.has = chunk.offset + len(chunk.data)
                await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        if answer == "refuse":
            return pb.UploadReply(errors=[pb.SyncError(file_path=FILE.path, error="no", code="bad_content")])
        return pb.UploadReply(taken=1)


@pytest.fixture
async def pusher_to(tmp_path, monkeypatch, link_to):
    """Make a push of FILE to a server."""
    monkeypatch.setattr(pushing, "PAUSES_S", (0, 0, 0, 0))
    (tmp_path / FILE.path).write_bytes(CONTENT)

    async def make(servicer):
        there = Side(await link_to(servicer), "team/project@main")
        return Pusher(there, there, tmp_path, 2 * len(CONTENT))

    return make


ALL = [0, CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES]


async def test_an_upload_that_breaks_goes_on_where_it_broke(pusher_to):
    server = Server("break", "take")
    assert await (await pusher_to(server))._send_missing([FILE]) == 1
    assert server.offsets == [ALL[:2], ALL[2:]]


async def test_what_another_daemon_has_the_beginning_of_is_sent_whole(pusher_to):
    server = Server("refuse", "take")
    server.has = ALL[2]
    assert await (await pusher_to(server))._send_missing([FILE]) == 1
    assert server.offsets == [ALL[2:], ALL]


async def test_what_is_refused_as_a_whole_is_an_error(pusher_to):
    server = Server("refuse")
    with pytest.raises(InvalidRequest, match=r"1 contents were refused: large\.py: no"):
        await (await pusher_to(server))._send_missing([FILE])


async def test_a_server_that_breaks_every_upload_is_given_up(pusher_to):
    server = Server(*["go"] * pushing.ATTEMPTS)
    with pytest.raises(grpc.aio.AioRpcError):
        await (await pusher_to(server))._send_missing([FILE])
    assert len(server.offsets) == pushing.ATTEMPTS


async def test_what_is_never_sent_whole_is_an_error(pusher_to):
    """Its beginning goes to one daemon and its end to another, again and again."""
    server = Server("refuse", "break", "refuse", "break", "refuse")
    server.has = ALL[1]
    with pytest.raises(InvalidRequest, match=r"1 contents could not be sent whole, large\.py first: push again"):
        await (await pusher_to(server))._send_missing([FILE])
    assert len(server.offsets) == pushing.ATTEMPTS
