"""What can be watched of a server: calls of all four kinds, the index, both read by a scrape."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from bridge.daemon.credentials import Credentials
from protos import code_index_pb2 as pb
from tests.conftest import codeindex, wait_for
from tests.e2e.scrape import scraped, url_of, value
from tests.e2e.serving import serving
from tests.e2e.test_access import HELLO, KINDS, WITHIN_S, acknowledged, every_kind, file_of

METHODS = {"unary": "Outline", "many answers": "SearchSymbols", "many requests": "BulkIndex", "both": "SyncIndex"}


@pytest.fixture
def server(home):
    with serving(home, "--metrics", "127.0.0.1:0") as running:
        yield running


async def samples_of(server):
    return await asyncio.to_thread(scraped, url_of(server))


@every_kind
async def test_a_call_is_counted_with_its_status_its_time_and_its_messages(server, kind):
    method = METHODS[kind]
    async with server.reached() as stub:
        await KINDS[kind](stub, ())
    async with server.reached(Credentials("wrong")) as stub:
        with pytest.raises(grpc.aio.AioRpcError):
            await KINDS[kind](stub, ())
    seen = await samples_of(server)
    assert value(seen, "codeindex_calls_total", method=method, code="OK") == 1
    assert value(seen, "codeindex_calls_total", method=method, code="UNAUTHENTICATED") == 1
    assert value(seen, "codeindex_call_seconds_count", method=method) == 2
    assert value(seen, "codeindex_open_calls", method=method) == 0
    assert value(seen, "codeindex_message_bytes_count", method=method, direction="received") >= 1
    sent = value(seen, "codeindex_message_bytes_count", method=method, direction="sent")
    assert sent == (0 if kind == "many answers" else sent or 1)  # nothing was found


async def test_sizes_are_those_on_the_wire(server):
    request = pb.IndexFileRequest(file_path="a.py", content="x = 1\n" * 1000)
    async with server.reached() as stub:
        await stub.IndexFile(request, timeout=WITHIN_S)
    seen = await samples_of(server)
    assert value(seen, "codeindex_message_bytes_sum", method="IndexFile", direction="received") == request.ByteSize()


async def test_a_stream_is_under_way_until_it_ends_and_a_cancelled_one_says_so(server):
    async with server.reached() as stub:
        stream = stub.SyncIndex(timeout=WITHIN_S)
        await stream.write(HELLO)
        assert (await stream.read()).HasField("welcome")
        seen = await samples_of(server)
        assert value(seen, "codeindex_open_calls", method="SyncIndex") == 1
        assert value(seen, "codeindex_sync_streams") == 1
        stream.cancel()
    url, ended = url_of(server), {"method": "SyncIndex", "code": "CANCELLED"}
    await asyncio.to_thread(wait_for, lambda: value(scraped(url), "codeindex_calls_total", **ended))
    assert value(await samples_of(server), "codeindex_open_calls", method="SyncIndex") == 0


async def test_a_content_that_is_known_is_a_hit_and_a_change_has_a_time(server):
    async with server.reached() as stub:
        for name in ("one", "two"):
            stream = await opened_as(stub, name)
            await stream.write(pb.SyncRequest(delta=pb.Delta(sequence=1, files=[file_of("a.py", 1)])))
            await acknowledged(stream, 1)
            bare = file_of("b.py", 1)
            bare.ClearField("content")
            await stream.write(pb.SyncRequest(delta=pb.Delta(sequence=2, files=[bare])))
            await acknowledged(stream, 2)
            stream.cancel()
    seen = await samples_of(server)
    assert value(seen, "codeindex_contents_total", cache="hit") == 2
    assert value(seen, "codeindex_extractions_total", outcome="ok") == 1
    assert value(seen, "codeindex_change_seconds_count") == 4
    assert value(seen, "codeindex_change_seconds_bucket", le="+Inf") == 4
    assert value(seen, "codeindex_index_lag_seconds") == 0
    assert value(seen, "codeindex_workspaces") == 2
    assert value(seen, "codeindex_store_bytes") > 0


async def test_a_change_that_waits_shows_as_lag(server):
    async with server.reached() as stub:
        stream = await opened_as(stub, "one")
        lacking = file_of("a.py", 1)
        lacking.ClearField("content")
        await stream.write(pb.SyncRequest(delta=pb.Delta(sequence=1, files=[lacking])))
        while not (answer := await stream.read()).need.contents:
            assert answer is not grpc.aio.EOF
        first = value(await samples_of(server), "codeindex_index_lag_seconds")
        seen = await samples_of(server)
        assert value(seen, "codeindex_index_lag_seconds") > first > 0
        assert value(seen, "codeindex_pending_files") == 1
        assert value(seen, "codeindex_contents_total", cache="miss") == 1


def test_metrics_whose_port_is_taken_are_refused_at_the_start(server):
    ran = codeindex(server.home / "other", "daemon", "--metrics", url_of(server).split("/")[2])
    assert ran.returncode == 2
    assert "--metrics" in ran.stderr


async def opened_as(stub, workspace):
    stream = stub.SyncIndex(metadata=(("codeindex-workspace", workspace),), timeout=60)
    await stream.write(HELLO)
    await stream.write(pb.SyncRequest(manifest=pb.ManifestPage(last=True)))
    while not (answer := await stream.read()).HasField("welcome"):
        assert answer is not grpc.aio.EOF
    return stream
