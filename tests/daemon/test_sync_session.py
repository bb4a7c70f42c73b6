"""A stream that ends takes with it all that was there only for it, however it ends."""

from __future__ import annotations

import asyncio
import contextlib

from grpc_backend.config import DaemonConfig
from grpc_backend.index.service import IndexService
from grpc_backend.rpc.sync_session import SyncSession
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb


async def test_a_call_that_is_cancelled_twice_leaves_nothing(tmp_path):
    service = IndexService(MemoryEngine(), DaemonConfig(tmp_path))
    session = SyncSession(service, "w")
    shown, never = asyncio.Event(), asyncio.Event()

    async def requests():
        yield pb.SyncRequest(hello=pb.Hello(client_id="one", protocol_min=1, protocol_max=1))
        yield pb.SyncRequest(overlay=pb.Overlay(sequence=1, path="a.py", content=b"def unsaved(): pass\n"))
        try:
            await never.wait()
        finally:
            await asyncio.sleep(0)  # as gRPC's own: it is not gone at once
            await asyncio.sleep(0)

    async def call():
        async for response in session.converse(requests()):
            if response.WhichOneof("response") == "ack":
                shown.set()

    calling = asyncio.create_task(call())
    async with asyncio.timeout(20):
        await shown.wait()
    workspace = await service.workspace("w")
    assert list(workspace.layer().documents) == ["a.py"]
    calling.cancel()
    await asyncio.sleep(0)
    calling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await calling
    assert service.sessions == {}
    assert workspace.sources == []
    assert not workspace.layer().documents
    await service.close()
