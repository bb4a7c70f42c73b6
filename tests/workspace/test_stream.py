"""The bridge's end of a stream, when there is no other end any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.workspace import stream as streams
from bridge.workspace.stream import OUTBOX_MESSAGES, SyncStream
from protos import code_index_pb2 as pb


class Call:
    """A stream on which the daemon neither reads nor says anything, until it breaks."""

    def __init__(self):
        self.broken = asyncio.Event()

    async def write(self, _request):
        await asyncio.Event().wait()

    def cancel(self):
        pass

    async def __aiter__(self):
        await self.broken.wait()
        for nothing in ():
            yield nothing


class Link:
    async def channel(self):
        return "channel"

    async def lost(self, channel):
        pass


async def test_who_waits_for_room_on_a_stream_that_breaks_goes_on(monkeypatch):
    calls = []

    class Stub:
        def SyncIndex(self):  # noqa: N802
            calls.append(Call())
            return calls[-1]

    monkeypatch.setattr(streams, "stub_of", lambda _channel: Stub())
    stream = SyncStream(Link(), Path("/nowhere"), lambda _progress: None, lambda _stream, _token: None)
    running = asyncio.create_task(stream.run("client"))
    overlays = [pb.Overlay(path=f"{number}.py", content=b"") for number in range(OUTBOX_MESSAGES + 5)]
    telling = [asyncio.create_task(stream.tell(one)) for one in overlays]
    for _ in overlays:  # a turn for each: more than the outbox takes
        await asyncio.sleep(0)
    assert stream._outbox.full()
    assert not all(one.done() for one in telling)
    calls[0].broken.set()
    with pytest.raises(ConnectionResetError):
        await running
    async with asyncio.timeout(5):
        await asyncio.gather(*telling)
    assert [one.sequence for one in overlays] == list(range(1, len(overlays) + 1))
