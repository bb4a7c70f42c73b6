"""What an answer claims to cover, when the index changes while it is read."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

from grpc_backend.config import DaemonConfig
from grpc_backend.index.service import IndexService
from grpc_backend.rpc.index_servicer import IndexServicer
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb

WITHIN_S = 20
CALL = SimpleNamespace(invocation_metadata=lambda: (), time_remaining=lambda: WITHIN_S)


class Slow(MemoryEngine):
    """Its reads begin when they are let, and its commits come back when they are let."""

    def __init__(self):
        super().__init__()
        self.reading, self.read, self.stored, self.back = (threading.Event() for _ in range(4))

    def below(self, *question):
        self.reading.set()
        assert self.read.wait(WITHIN_S)
        return super().below(*question)

    def commit(self, step):
        generation = super().commit(step)
        self.stored.set()
        assert self.back.wait(WITHIN_S)
        return generation


async def test_what_was_read_of_a_step_that_is_not_back_yet_is_not_called_complete(tmp_path):
    engine = Slow()
    service = IndexService(engine, DaemonConfig(tmp_path))
    service.start()
    try:
        async with asyncio.timeout(WITHIN_S):
            workspace = await service.workspace("default")
            assert workspace.freshness().complete
            asking = asyncio.create_task(IndexServicer(service).Outline(pb.OutlineRequest(), CALL))
            await asyncio.to_thread(engine.reading.wait)
            pushing = asyncio.create_task(service.ingest.push(workspace, "a.py", b"def half(): pass\n"))
            await asyncio.to_thread(engine.stored.wait)
            engine.read.set()
            answer = await asking
            engine.back.set()
            await pushing
        assert [one.name for one in answer.symbols] == ["half"]
        assert not answer.freshness.complete
    finally:
        engine.read.set()
        engine.back.set()
        await service.close()


async def test_an_answer_is_read_anew_where_the_index_moved_on_meanwhile(tmp_path):
    engine = Slow()
    engine.back.set()
    service = IndexService(engine, DaemonConfig(tmp_path))
    service.start()
    try:
        async with asyncio.timeout(WITHIN_S):
            workspace = await service.workspace("default")
            asking = asyncio.create_task(IndexServicer(service).Outline(pb.OutlineRequest(), CALL))
            await asyncio.to_thread(engine.reading.wait)
            await service.ingest.push(workspace, "a.py", b"def whole(): pass\n")
            engine.read.set()
            answer = await asking
        assert [one.name for one in answer.symbols] == ["whole"]
        assert (answer.freshness.complete, answer.freshness.generation) == (True, 1)
    finally:
        engine.read.set()
        await service.close()
