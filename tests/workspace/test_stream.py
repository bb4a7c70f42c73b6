"""The bridge's end of a stream, when there is no other end any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.workspace import contents
from bridge.workspace import stream as streams
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.stream import OUTBOX_MESSAGES, SyncStream
from protos import code_index_pb2 as pb
from tests.conftest import wait_for
from tests.workspace.conftest import LIMIT_BYTES, grow


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


def stream_of(root):
    """A stream of a root that tells nobody of anything."""
    return SyncStream(Link(), WorkspaceFilter(root), str(root), None, lambda _progress: None, lambda *_: None)


async def test_who_waits_for_room_on_a_stream_that_breaks_goes_on(monkeypatch):
    calls = []

    class Stub:
        def SyncIndex(self):  # noqa: N802
            calls.append(Call())
            return calls[-1]

    monkeypatch.setattr(streams, "stub_of", lambda _channel: Stub())
    stream = stream_of(Path("/nowhere"))
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


async def test_a_daemon_that_does_not_read_stops_the_reading_of_files(tmp_path, monkeypatch):
    """However much is asked for, no more is read than the outbox takes."""
    read = []
    real = contents.read_file

    def counted(root, path, limit):
        read.append(path)
        return real(root, path, limit)

    class Stub:
        def SyncIndex(self):  # noqa: N802
            return Call()

    monkeypatch.setattr(contents, "read_file", counted)
    monkeypatch.setattr(streams, "stub_of", lambda _channel: Stub())
    for number in range(100):
        (tmp_path / f"{number}.py").write_bytes(b"x" * contents.BATCH_BYTES)
    stream = stream_of(tmp_path)
    running = asyncio.create_task(stream.run("client"))
    stream._take(pb.SyncResponse(welcome=pb.Welcome(max_file_bytes=5 * contents.BATCH_BYTES)))
    stream._take(pb.SyncResponse(need=pb.Need(contents=[f"{number}.py" for number in range(100)])))
    await asyncio.to_thread(wait_for, stream._outbox.full)
    await asyncio.to_thread(lambda: None)  # what was being read by then is read
    assert OUTBOX_MESSAGES <= len(read) <= OUTBOX_MESSAGES + 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_goes_ahead_holds_back_the_rest_but_not_for_ever():
    stream = stream_of(Path("/nowhere"))
    async with stream.ahead():
        turn = asyncio.create_task(stream.turn())
        await asyncio.sleep(0)
        assert not turn.done()
        async with stream.ahead():
            pass
        await asyncio.sleep(0)
        assert not turn.done()
    async with asyncio.timeout(5):
        await turn
    stream._ahead_from_s += 60  # as if the first had taken a minute: now it is the others' turn for as long
    async with stream.ahead(), asyncio.timeout(5):
        await stream.turn()


async def test_what_is_ignored_by_now_is_gone_to_a_daemon_that_asks_for_it(tmp_path):
    """Another client has seen the file, and does not know the rules."""
    root = grow(tmp_path / "root", {".gitignore": "b.py\n", "a.py": "a", "b.py": "b"})
    stream = stream_of(root)
    need = pb.Need(digests=["a.py", "b.py"], contents=["b.py", "a.py"])
    described, sent = stream._batches(need, LIMIT_BYTES)
    for batch in (described, sent):
        assert [one.path for one in batch.files] == ["a.py"]
        assert list(batch.deleted) == ["b.py"]
    assert sent.files[0].content == b"a"


class BaseOfTwoParts:
    """An upstream that sends one part of a base, and the other when it is told to."""

    def __init__(self):
        self.go_on = asyncio.Event()

    async def base(self, wanted):
        yield pb.BasePart(data=b"one of form %d" % wanted.form)
        await self.go_on.wait()
        yield pb.BasePart(data=b"two")


async def test_an_empty_store_gets_the_upstreams_base_before_what_is_in_the_root():
    stream = stream_of(Path("/nowhere"))
    stream._upstream = BaseOfTwoParts()
    serving = asyncio.create_task(stream._serve())
    stream._take(pb.SyncResponse(welcome=pb.Welcome(lead=True, wanted_base=pb.FetchBaseRequest(form=6))))
    assert (await stream._outbox.get()).base.data == b"one of form 6"
    turn = asyncio.create_task(stream.turn())
    await asyncio.sleep(0)
    assert not turn.done()
    stream._upstream.go_on.set()
    assert (await stream._outbox.get()).base.data == b"two"
    async with asyncio.timeout(5):
        await turn
    serving.cancel()


@pytest.mark.parametrize(
    "welcome", [pb.Welcome(lead=True), pb.Welcome(lead=False, wanted_base=pb.FetchBaseRequest(form=6))]
)
async def test_only_who_leads_brings_a_base_and_only_where_it_is_wanted(welcome):
    stream = stream_of(Path("/nowhere"))
    stream._upstream = BaseOfTwoParts()
    serving = asyncio.create_task(stream._serve())
    stream._take(pb.SyncResponse(welcome=welcome))
    for _ in range(5):  # turns of the loop: enough for a first part
        await asyncio.sleep(0)
    assert stream._outbox.empty()
    assert not serving.done()
    serving.cancel()
