"""A file that is rewritten faster than it can be extracted: the last text counts, and no other is kept for long."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal

from grpc_backend.index import worker
from grpc_backend.index.worker import INTERACTIVE, WorkerPool
from grpc_backend.rpc.supplies import Supplies
from grpc_backend.storage.courtesy import Courtesy
from protos import code_index_pb2 as pb
from tests.conftest import wait_for
from tests.daemon.test_sync_contents import client_of
from tests.daemon.test_workers import children, key_of

REWRITES = 60
TEXT_BYTES = 64 * 1024


def text_of(number: int) -> bytes:
    return b"def last_%d(): pass\n" % number + b"#" * TEXT_BYTES


async def test_a_content_that_nobody_waits_for_is_not_extracted(monkeypatch):
    fed = []
    frame = worker._frame
    monkeypatch.setattr(worker, "_frame", lambda job: (fed.append(job.content), *frame(job))[1:])
    pool = WorkerPool(1, timeout_s=60, courtesy=Courtesy())
    first, let_go, shared, last = (text_of(number) for number in range(4))
    try:
        await pool.extract(key_of(b""), b"", INTERACTIVE)
        (process,) = children()
        os.kill(process, signal.SIGSTOP)
        waiting = {text: pool.extract(key_of(text), text, INTERACTIVE) for text in (first, let_go, shared, last)}
        again = pool.extract(key_of(shared), shared, INTERACTIVE)
        waiting[let_go].cancel()
        waiting[shared].cancel()
        await asyncio.sleep(0)
        anew = pool.extract(key_of(let_go), let_go, INTERACTIVE)
        anew.cancel()
        os.kill(process, signal.SIGCONT)
        done = await asyncio.gather(waiting[first], again, waiting[last])
        assert [one.symbols[0].name for one in done] == ["last_0", "last_2", "last_3"]
        assert fed[1:] == [first, shared, last]
    finally:
        await pool.close()


async def test_texts_that_were_overtaken_take_neither_memory_nor_time(tmp_path):
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        await client.hear("progress")
        (process,) = await asyncio.to_thread(wait_for, children)
        os.kill(process, signal.SIGSTOP)
        for number in range(1, REWRITES + 1):
            client.say(delta=_rewritten(number))
        (session,) = service.sessions.values()
        listening = asyncio.create_task(client.hear("ack"))
        await (await service.workspace("w")).wait_until(lambda: session.received() >= REWRITES)
        while len(session._supplies._tasks) > 2:  # for ever, if what was overtaken stays
            await asyncio.wait(session._supplies._tasks, return_when=asyncio.FIRST_COMPLETED)
        os.kill(process, signal.SIGCONT)
        while (await listening).sequence < REWRITES:
            listening = asyncio.create_task(client.hear("ack"))
        assert [one.symbol.name for one in service.engine.outline("w", "a.py")] == [f"last_{REWRITES}"]
        assert service.ingest.figures.extracted <= 3


def _rewritten(number: int) -> pb.Delta:
    text = text_of(number)
    file = pb.FileState(path="a.py", size=len(text), mtime_ns=5, digest=hashlib.sha256(text).digest(), content=text)
    return pb.Delta(sequence=number, files=[file])


async def test_a_stream_is_not_read_while_workers_are_far_behind():
    supplies = Supplies(limit_bytes=10)
    going = {path: asyncio.Event() for path in ("a", "b")}
    for path, event in going.items():
        supplies.begin(_until(event), path, size=8)
    waiting = asyncio.create_task(supplies.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    going["b"].set()
    async with asyncio.timeout(10):
        await waiting
        going["a"].set()
        await supplies.end()


async def _until(event: asyncio.Event) -> None:
    await event.wait()
