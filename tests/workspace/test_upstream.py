"""What a bridge asks of a team's server that is older, or away."""

from __future__ import annotations

import grpc
import pytest

from bridge.workspace.upstream import Upstream
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceServicer, add_CodeIndexServiceServicer_to_server


class Server(CodeIndexServiceServicer):
    """One that has what it is told to have; all else it does not know."""

    async def FetchExtractions(self, _request, _context):  # noqa: N802
        yield pb.ExtractionBatch(extracted=[pb.Extracted(path="a.py")])


class BreakingOff(Server):
    async def FetchBase(self, _request, context):  # noqa: N802
        yield pb.BasePart(data=b"some")
        await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")


class Link:
    def __init__(self, channel):
        self._channel = channel

    async def channel(self):
        return self._channel

    async def close(self):
        pass


@pytest.fixture
async def upstream_of():
    """Make what a bridge has of a server."""
    server = grpc.aio.server()
    channels = []

    async def make(servicer):
        add_CodeIndexServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        return Upstream(Link(channels[0]), "there", "team/project@me", "team/project@main")

    yield make
    for one in channels:
        await one.close()
    await server.stop(0)


async def came(upstream):
    return [part.data async for part in upstream.base(pb.FetchBaseRequest())]


NEED = pb.Need(contents=["a.py"], content_digests=[b"digest"])


async def test_a_server_that_knows_no_bases_is_there_all_the_same(upstream_of):
    upstream = await upstream_of(Server())
    assert await came(upstream) == []
    assert upstream.away == ""
    assert [one.path for one in await upstream.extractions(NEED)] == ["a.py"]


async def test_a_server_that_goes_while_it_sends_a_base_is_not_asked_again_at_once(upstream_of):
    upstream = await upstream_of(BreakingOff())
    assert await came(upstream) == [b"some"]
    assert "gone" in upstream.away
    assert await came(upstream) == []
    assert await upstream.extractions(NEED) == []
