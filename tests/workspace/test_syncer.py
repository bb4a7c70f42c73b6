"""A daemon that refuses every stream is told of, and never waited for without end."""

from __future__ import annotations

import asyncio

import pytest

from bridge.errors import DaemonUnreachable
from bridge.workspace import syncer as syncers
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.syncer import Syncer
from protos import code_index_pb2 as pb
from tests.conftest import wait_for


class Link:
    """To a daemon that cannot be had."""

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
