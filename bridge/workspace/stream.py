"""One SyncIndex call: what is sent on it, what the daemon says and asks for on it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import grpc

from bridge.daemon.client import channel_was_closed, stub_of
from bridge.daemon.connector import Link
from bridge.workspace.contents import BATCH_BYTES, Entry, content_entries, digest_entry, packed
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.upstream import Upstream, batches, without
from protos import code_index_pb2 as pb

Call: TypeAlias = "grpc.aio.StreamStreamCall[pb.SyncRequest, pb.SyncResponse]"

log = logging.getLogger(__name__)

PROTOCOL = 1
OUTBOX_MESSAGES = 8  # flow control: a slow daemon slows the reading of files


class SyncStream:
    """The bridge's end of a stream. `run` until it breaks; `say` to send."""

    def __init__(
        self,
        link: Link,
        filter_: WorkspaceFilter,
        workspace: str,
        upstream: Upstream | None,
        on_progress: Callable[[pb.SyncProgress], None],
        on_flush: Callable[[SyncStream, pb.Flush], Awaitable[None]],
    ) -> None:
        self._link = link
        self._filter = filter_
        self._root = filter_.root
        self._workspace = workspace
        self._upstream = upstream
        self._on_progress = on_progress
        self._on_flush = on_flush
        self._flushing: set[asyncio.Future[None]] = set()
        self._outbox: asyncio.Queue[pb.SyncRequest] = asyncio.Queue(OUTBOX_MESSAGES)
        self._needs: asyncio.Queue[pb.Need] = asyncio.Queue()
        self.asked: set[str] = set()  # what the daemon has asked for since it was complete last
        self.all_asked = False  # whether it has asked for all that it lacks of the manifest
        self.absent: set[str] = set()  # what was not there (any more) when it was to be read
        self._differing: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._ahead = 0
        self._ahead_from_s = 0.0
        self._unhurried = asyncio.Event()
        self._unhurried.set()
        self.welcomed: asyncio.Future[pb.Welcome] = asyncio.get_running_loop().create_future()
        self._telling = asyncio.Lock()
        self.reading = asyncio.Lock()  # what is read of the disk is said in the order of reading
        # Told what is about to be said of files, and in which change: 0 if the daemon has asked for it.
        self.heed: Callable[[pb.ContentBatch, int], None] = lambda _batch, _sequence: None
        self.over = False  # it has broken: what is said goes nowhere, and the daemon knows its session no more
        self.leading = asyncio.Event()
        self.sequence = 0
        self.acknowledged = 0  # the sequence up to which all is in the answers
        self.generation = 0  # of the workspace by then, or later
        self.was_complete = False  # whether all that the manifest names has been in
        self._news = asyncio.Event()

    async def run(self, client_id: str) -> None:
        """Hold the stream; never returns. Raises grpc.aio.AioRpcError, BridgeError or OSError."""
        channel = await self._link.channel()
        call = stub_of(channel).SyncIndex()
        hello = pb.Hello(client_id=client_id, workspace=self._workspace, protocol_min=PROTOCOL, protocol_max=PROTOCOL)
        hello.has_upstream = self._upstream is not None
        await self.say(pb.SyncRequest(hello=hello))
        tasks = [asyncio.create_task(work) for work in (self._receive(call), self._send(call), self._serve())]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await ended.pop()
        finally:
            call.cancel()
            self.over = True
            self._news.set()
            while not self._outbox.empty():
                self._outbox.get_nowait()  # whoever waits for room goes on
            for task in (*tasks, *self._flushing):
                task.cancel()
            await asyncio.gather(*tasks, *self._flushing, return_exceptions=True)
            await self._link.lost(channel)

    async def settled(self, within_s: float) -> bool:
        """Whether the manifest and all that was told since is in the store, or gets there in time."""
        sequence = self.sequence
        try:
            async with asyncio.timeout(within_s):
                while not (self.over or (self.was_complete and self.acknowledged >= sequence)):
                    await self._news.wait()
        except TimeoutError:
            return False
        return not self.over

    async def indexed(self, within_s: float) -> None:
        """Wait until all that was told is in the answers, as long as there is time."""
        sequence = self.sequence
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not self.over and self.acknowledged < sequence:
                    await self._news.wait()

    def _reached(self, generation: int) -> None:
        self.generation = max(self.generation, generation)
        self._news.set()
        self._news = asyncio.Event()

    async def say(self, request: pb.SyncRequest) -> None:
        """Send a message, when there is room for it. On a stream that is over it goes nowhere."""
        if not self.over:
            await self._outbox.put(request)

    async def tell_next(self, batches: Iterator[pb.ContentBatch]) -> bool:
        """Read a batch and send it as changes, unless there is none."""
        async with self.reading:
            batch = await self._read(batches)
            if batch is not None:
                self.heed(batch, self.sequence + 1)
                await self.tell(pb.Delta(files=batch.files, deleted=batch.deleted, skipped=batch.skipped))
        return batch is not None

    async def differing(self, digests: Mapping[str, bytes]) -> frozenset[str]:
        """The folders that the daemon knows otherwise. Once a stream."""
        folders = pb.FolderDigests(paths=digests.keys(), digests=digests.values())
        await self.say(pb.SyncRequest(folders=folders))
        return frozenset(await self._differing)

    @contextlib.asynccontextmanager
    async def ahead(self) -> AsyncIterator[None]:
        """While this is held, nothing is sent that nobody waits for; but that has half of the time."""
        begun_s = time.monotonic()
        self._ahead += 1
        if begun_s >= self._ahead_from_s:
            self._unhurried.clear()
        try:
            yield
        finally:
            self._ahead -= 1
            if not self._ahead:
                self._unhurried.set()
                self._ahead_from_s = 2 * time.monotonic() - begun_s

    async def turn(self) -> None:
        """Wait until nothing goes ahead."""
        await self._unhurried.wait()

    async def tell(self, change: pb.Delta | pb.Overlay | pb.Sighting) -> None:
        """Send changes under the next sequence number."""
        change.sequence = self.sequence + 1
        # Counted before it is sent, so that a question asked meanwhile waits for it.
        self.sequence = change.sequence
        match change:
            case pb.Delta():
                request = pb.SyncRequest(delta=change)
            case pb.Overlay():
                request = pb.SyncRequest(overlay=change)
            case pb.Sighting():
                request = pb.SyncRequest(sighting=change)
        async with self._telling:  # in the order of their numbers, whoever waits for room
            await self.say(request)

    async def _send(self, call: Call) -> None:
        try:
            while True:
                await call.write(await self._outbox.get())
        except asyncio.InvalidStateError:
            raise ConnectionResetError("the stream is over") from None
        except asyncio.CancelledError:
            if not channel_was_closed():
                raise
            raise ConnectionResetError("the channel was closed") from None

    async def _receive(self, call: Call) -> None:
        try:
            async for response in call:
                self._take(response)
        except asyncio.CancelledError:
            if not channel_was_closed():
                raise
        raise ConnectionResetError("the daemon ended the stream")

    def _take(self, response: pb.SyncResponse) -> None:
        match response.WhichOneof("response"):
            case "welcome":
                self.welcomed.set_result(response.welcome)
                if response.welcome.lead:
                    self.leading.set()
            case "ack":
                self.acknowledged = max(self.acknowledged, response.ack.sequence)
                self._reached(response.ack.generation)
            case "lead":
                if self.leading.is_set():
                    raise ConnectionResetError("another client led meanwhile: the root is described anew")
                self.leading.set()
            case "flush":
                flushing = asyncio.ensure_future(self._on_flush(self, response.flush))
                self._flushing.add(flushing)
                flushing.add_done_callback(self._flushing.discard)
            case "need":
                self.asked.update(response.need.digests, response.need.contents)
                self._needs.put_nowait(response.need)
            case "differing":
                self._differing.set_result(list(response.differing.folders))
            case "progress":
                # A leader is told how far the index is from the manifest's end on.
                self.all_asked = self.leading.is_set()
                if response.progress.freshness.complete:
                    self.asked.clear()
                    self.was_complete = self.was_complete or self.all_asked
                self._reached(response.progress.freshness.generation)
                self._on_progress(response.progress)
            case "error":
                log.warning("%s: %s", response.error.file_path or "sync", response.error.error)
            case _:
                pass  # the daemon itself holds answers back until a delta is acknowledged

    async def _serve(self) -> None:
        """Send what the daemon asks for, in the order of asking."""
        welcome = await asyncio.shield(self.welcomed)
        if self._upstream is not None and welcome.lead and welcome.HasField("wanted_base"):
            async with self.ahead():  # of the manifest, so that nothing of it is lacking then
                async for part in self._upstream.base(welcome.wanted_base):
                    await self.say(pb.SyncRequest(base=part))
        limit_bytes = welcome.max_file_bytes
        while True:
            batches = self._batches(await self._from_upstream(await self._needs.get()), limit_bytes)
            while await self._say_next(batches):
                pass

    async def _from_upstream(self, need: pb.Need) -> pb.Need:
        """Send what a team's server has of what is needed; return what is left."""
        extracted = await self._upstream.extractions(need) if self._upstream is not None else []
        for batch in batches(extracted, BATCH_BYTES):
            await self.say(pb.SyncRequest(contents=batch))
        return without(need, extracted) if extracted else need

    async def _say_next(self, batches: Iterator[pb.ContentBatch]) -> bool:
        """Read and send a batch, unless there is none. An older content must not follow a newer one of a delta."""
        await self.turn()
        async with self.reading:
            batch = await self._read(batches)
            if batch is not None:
                self.heed(batch, 0)
                await self.say(pb.SyncRequest(contents=batch))
        return batch is not None

    async def _read(self, batches: Iterator[pb.ContentBatch]) -> pb.ContentBatch | None:
        batch = await asyncio.to_thread(next, batches, None)
        if batch is not None:
            self.absent.update(batch.deleted, (one.path for one in batch.skipped))
        return batch

    def _batches(self, need: pb.Need, limit_bytes: int) -> Iterator[pb.ContentBatch]:
        yield from packed(self._asked(need.digests, lambda path: [digest_entry(self._root, path, limit_bytes)]))
        yield from packed(self._asked(need.contents, lambda path: content_entries(self._root, path, limit_bytes)))

    def _asked(self, paths: Iterable[str], entries_of: Callable[[str], Iterable[Entry]]) -> Iterator[Entry]:
        """What the daemon asks for: it may have heard of a file from others, who do not know what is ignored by now."""
        for path in paths:
            if self._filter.ignored(path):
                yield path
            else:
                yield from entries_of(path)
