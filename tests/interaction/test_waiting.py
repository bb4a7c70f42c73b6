"""What happens while a question waits: progress is told, and a question that is given up stops in the daemon."""

from __future__ import annotations

import asyncio
import json
import os

import anyio
import grpc
import pytest

from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceServicer, add_CodeIndexServiceServicer_to_server
from tests.assistant.serving import ask, connected
from tests.interaction._requirements import requirement

WITHIN_S = 20.0


class Silent(CodeIndexServiceServicer):
    """A daemon that never answers a question, and notes when it is given up."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def SyncIndex(self, request_iterator, _context):  # noqa: N802
        yield pb.SyncResponse(welcome=pb.Welcome(protocol=1, session_id="only"))
        done = pb.Freshness(generation=1, complete=True)
        yield pb.SyncResponse(progress=pb.SyncProgress(freshness=done))
        async for _ in request_iterator:
            pass

    async def FindDefinition(self, _request, _context):  # noqa: N802
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


@pytest.fixture
async def silent(tmp_path_factory):
    """A home with such a daemon."""
    folder = tmp_path_factory.mktemp("h")
    server, daemon = grpc.aio.server(), Silent()
    add_CodeIndexServiceServicer_to_server(daemon, server)
    server.add_insecure_port(f"unix:{folder}/s")
    await server.start()
    (folder / "daemon.json").write_text(json.dumps({"address": f"unix:{folder}/s", "pid": os.getpid()}))
    yield folder, daemon
    await server.stop(None)


@requirement("cancel:daemon")
async def test_a_cancelled_call_is_cancelled_in_the_daemon(silent, project, era):
    home, daemon = silent
    async with connected(home, project, mode=era) as client, asyncio.timeout(WITHIN_S):
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "find_definition", {"symbol": "anything"})
            await daemon.asked.wait()
            group.cancel_scope.cancel()
        await daemon.cancelled.wait()


@pytest.fixture
def many(tmp_path):
    """A project that takes a moment."""
    root = tmp_path / "many"
    root.mkdir()
    for number in range(300):
        (root / f"f{number}.py").write_text("".join(f"def f{number}_{one}():\n    pass\n\n\n" for one in range(40)))
    return root


@requirement("progress:told")
@requirement("absence:pending")
async def test_a_waiting_call_hears_how_far_the_index_is(home, many, era):
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        heard.append((done, total, message))

    async with connected(home, many, mode=era) as client:
        text, answer = await ask(client, "search_symbols", query="nowhere_at_all")
        if not answer["freshness"]["complete"]:
            assert "not found so far" in text
        called = await client.call_tool("index_status", {"wait_ms": 30_000}, progress_callback=hear)
        assert called.structured_content["freshness"]["complete"] is True
    if answer["freshness"]["complete"]:
        pytest.skip("the index was complete before anyone could ask: nothing to tell of")
    done = [one for one, _, _ in heard]
    assert done
    assert done == sorted(set(done))
    assert all(one <= total for one, total, _ in heard)
    assert heard[-1][2].endswith("files indexed")


@requirement("progress:unasked")
async def test_without_a_token_nothing_is_told(home, many):
    messages = []

    async def hear(message) -> None:
        messages.append(message)

    async with connected(home, many, mode="legacy", message_handler=hear) as client:
        await ask(client, "index_status", wait_ms=30_000)
    assert not [one for one in messages if "progress" in getattr(one, "method", "")]
