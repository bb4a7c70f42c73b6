"""A daemon that refuses every stream is told of, and never waited for without end."""

from __future__ import annotations

import asyncio
import os

import grpc
import pytest

from bridge.errors import DaemonFailed, DaemonUnreachable
from bridge.workspace import syncer as syncers
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.stream import SyncStream
from bridge.workspace.syncer import Syncer
from protos import code_index_pb2 as pb
from tests.conftest import wait_for


class Link:
    """To a daemon that cannot be had."""

    shared = False

    async def channel(self):
        raise DaemonUnreachable("none can be started: its log tells why")

    async def lost(self, channel):
        pass


async def test_questions_and_progress_end_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(syncers, "BACKOFF_S", (0.0,))
    syncer = Syncer(Link(), WorkspaceFilter(tmp_path))
    syncer.start()
    try:
        async with asyncio.timeout(20):
            with pytest.raises(DaemonUnreachable, match="log tells why"):
                async for _ in syncer.until_complete():
                    pass
            await asyncio.to_thread(wait_for, syncer._stream.done)
            with pytest.raises(DaemonUnreachable, match="log tells why"):
                await syncer.renew(pb.Requirement())
            await syncer.overlay("a.py", b"kept until there is a stream")
    finally:
        await syncer.close()


class LinkToNobody:
    """To a daemon that is gone whenever it is spoken to."""

    shared = False

    def __init__(self, folder):
        self.socket = folder / "nobody"
        self.asked = 0

    async def channel(self):
        self.asked += 1
        return grpc.aio.insecure_channel(f"unix:{self.socket}")

    async def lost(self, channel):
        await channel.close()


@pytest.mark.parametrize(("shared", "streams"), [(False, syncers.PATIENCE_WITH_LOSSES), (True, syncers.PATIENCE)])
async def test_a_daemon_that_was_lost_is_waited_for_longer(tmp_path, monkeypatch, shared, streams):
    monkeypatch.setattr(syncers, "BACKOFF_S", (0.0,) * streams + (1000.0,))
    link = LinkToNobody(tmp_path)
    link.shared = shared
    syncer = Syncer(link, WorkspaceFilter(tmp_path))
    syncer.start()
    try:
        async with asyncio.timeout(20):
            with pytest.raises(DaemonFailed, match="nobody"):
                await syncer.renew(pb.Requirement())
        assert link.asked == streams
    finally:
        await syncer.close()


@pytest.mark.parametrize("session", ["of a stream that broke", ""])
async def test_what_nobody_can_look_at_is_in_doubt(tmp_path, session):
    """The answer came, and then its stream broke: what the next one is told tells nothing of that answer."""
    syncer = Syncer(Link(), WorkspaceFilter(tmp_path))
    doubt = await syncer.recheck(["a.py"], pb.Requirement(session_id=session, sequence=7))
    assert doubt.outdated == {"a.py"}
    assert doubt.jumbled


async def test_an_answer_of_another_session_is_in_doubt(tmp_path):
    syncer = Syncer(Link(), WorkspaceFilter(tmp_path))
    stream = SyncStream(Link(), WorkspaceFilter(tmp_path), "w", None, lambda _progress: None, lambda *_: None)
    stream.welcomed.set_result(pb.Welcome(session_id="the next one", max_file_bytes=1000))
    leading = asyncio.create_task(syncer._lead(stream))
    await syncer._standing()
    (tmp_path / "a.py").write_text("told on the next one")
    require = pb.Requirement(session_id="the next one")
    assert (await syncer.recheck(["a.py"], require)).outdated == {"a.py"}
    require.sequence = stream.sequence
    assert not (await syncer.recheck(["a.py"], require)).jumbled
    require.session_id = "the one before"
    assert (await syncer.recheck(["a.py"], require)).outdated == {"a.py"}
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)


async def test_what_is_described_while_a_question_is_under_way_is_news_to_it(tmp_path):
    """All of it: after a daemon was lost the next one answers out of its store at first."""
    (tmp_path / "a.py").write_text("described")
    os.utime(tmp_path / "a.py", (1, 1))  # else its stat would prove nothing
    syncer = Syncer(Link(), WorkspaceFilter(tmp_path))
    stream = SyncStream(Link(), WorkspaceFilter(tmp_path), "w", None, lambda _progress: None, lambda *_: None)
    stream.welcomed.set_result(pb.Welcome(session_id="one", max_file_bytes=1000))
    leading = asyncio.create_task(syncer._lead(stream))
    await syncer._standing()
    asked = pb.Requirement(session_id="one", flush=True)
    stream.leading.set()
    await asyncio.to_thread(wait_for, lambda: syncer._teller and syncer._teller.described)
    assert (await syncer.recheck(["a.py"], asked)).outdated == {"a.py"}
    asked.flush = False
    assert not await syncer.recheck(["a.py"], asked)
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)
