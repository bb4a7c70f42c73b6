"""What an answer claims to cover, when the index changes while it is read."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from grpc_backend.config import DaemonConfig
from grpc_backend.index.service import IndexService
from grpc_backend.model import FileState
from grpc_backend.rpc.index_servicer import IndexServicer
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb
from tests.storage.samples import extraction, key, symbol

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


class Shared(MemoryEngine):
    """Another daemon commits to it right after the first thing that is read of it."""

    shared = True
    overtaken = False

    def _overtake(self):
        if not self.overtaken:
            self.overtaken = True
            pushed = FileState("a.py", 10, digest=key("other").digest, dialect="python")
            self.commit(Commit("default", [(pushed.key, extraction(symbol("whole")))], [pushed]))

    def below(self, *question):
        found = super().below(*question)
        self._overtake()
        return found

    def find(self, *question):
        found = super().find(*question)
        self._overtake()
        return found

    def summary(self, *question):
        found = super().summary(*question)
        self._overtake()
        return found


@pytest.fixture
async def asked_of_a_shared_store(tmp_path):
    service = IndexService(Shared(), DaemonConfig(tmp_path))
    service.start()
    assert (await service.workspace("default")).freshness().complete
    async with asyncio.timeout(WITHIN_S):
        yield IndexServicer(service)
    await service.close()


async def test_what_another_daemon_committed_while_an_answer_was_read_is_noticed(asked_of_a_shared_store):
    answer = await asked_of_a_shared_store.Outline(pb.OutlineRequest(), CALL)
    assert [one.name for one in answer.symbols] == ["whole"]
    assert (answer.freshness.complete, answer.freshness.generation) == (True, 1)


async def test_a_search_that_another_daemon_overtook_is_not_called_complete(asked_of_a_shared_store):
    for hits, complete in ((0, False), (1, True)):
        request = pb.SearchRequest(query="whole", paged=True)
        pages = [result.page async for result in asked_of_a_shared_store.SearchSymbols(request, CALL)]
        assert len(pages[-1].hits) == hits
        assert pages[-1].freshness.complete is complete


async def test_an_overview_that_another_daemon_overtook_is_not_called_complete(asked_of_a_shared_store):
    for files, complete in ((0, False), (1, True)):
        answer = await asked_of_a_shared_store.Overview(pb.OverviewRequest(), CALL)
        assert sum(area.files for area in answer.areas) == files
        assert answer.freshness.complete is complete
