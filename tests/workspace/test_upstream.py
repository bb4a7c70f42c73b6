"""What a bridge asks of a team's server that is older, or away."""

from __future__ import annotations

import grpc
import pytest

from bridge.workspace.upstream import Upstream
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceServicer


class Server(CodeIndexServiceServicer):
    """One that has what it is told to have; all else it does not know."""

    async def FetchExtractions(self, _request, _context):  # noqa: N802
        yield pb.ExtractionBatch(extracted=[pb.Extracted(path="a.py")])


class BreakingOff(Server):
    async def FetchBase(self, _request, context):  # noqa: N802
        yield pb.BasePart(data=b"some")
        await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")


@pytest.fixture
async def upstream_of(link_to):
    """Make what a bridge has of a server."""

    async def make(servicer):
        return Upstream(await link_to(servicer), "there", "team/project@me", "team/project@main")

    return make


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
