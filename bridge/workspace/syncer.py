"""Keep the daemon in step with one root for as long as the bridge lives.

The watcher is started before the scan, so nothing falls between them. Its events are hints:
every delta says what is on disk now, and a scan at intervals finds what no event told.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections.abc import AsyncIterator, Iterable

import grpc

from bridge import __version__
from bridge.daemon.client import translated
from bridge.daemon.connector import DaemonLink
from bridge.errors import BridgeError
from bridge.workspace.contents import change_entry, described, digest_entry, packed, skipped_entry
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import (
    FileStat,
    Looked,
    Manifest,
    OnFolder,
    Skipped,
    by_likely_interest,
    compare,
    look,
    scan,
)
from bridge.workspace.stream import SyncStream
from bridge.workspace.watcher import RECONCILE_INTERVAL_S, Watcher
from protos import code_index_pb2 as pb

log = logging.getLogger(__name__)

PAGE_FILES = 1000
# Above so many changed files at once, digests are sent first: most contents are known after a branch switch.
BULK_CHANGES = 32
BACKOFF_S = (0.05, 0.2, 1.0, 2.0, 5.0)
# A warm index is compared with the disk before the first answer, if that takes no longer.
WARM_WAIT_MS = 1000


class Syncer:
    """One root's stream, made anew whenever it breaks."""

    def __init__(self, link: DaemonLink, filter_: WorkspaceFilter) -> None:
        self._link = link
        self._filter = filter_
        self._root = filter_.root
        self._client_id = f"bridge-{__version__}-{secrets.token_hex(4)}"
        self._limit_bytes = 0
        self._known: dict[str, FileStat] = {}
        self._open: dict[str, bytes] = {}  # unsaved texts by path; edited last, last
        self._on_folder: OnFolder | None = None
        self._stream: asyncio.Future[SyncStream] = asyncio.get_running_loop().create_future()
        self._running: asyncio.Task[None] | None = None
        self._progress = pb.SyncProgress()
        self._progressed = asyncio.Event()
        self.watching = "not watching yet"

    def start(self) -> None:
        """Begin, and go on until `close`."""
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End the stream; the daemon notices."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def renew(self, require: pb.Requirement) -> None:
        """Make `require` name the present session and the last delta sent on it."""
        stream = await asyncio.shield(self._stream)
        welcome = stream.welcomed.result()
        require.session_id = welcome.session_id
        require.sequence = stream.sequence
        if welcome.generation and not self._progress.freshness.complete:
            require.complete_within_ms = max(require.complete_within_ms, WARM_WAIT_MS)

    async def overlay(self, path: str, content: bytes | None) -> None:
        """Have a document's text stand before its file, until None closes it. `path` is relative to the root.

        Returns when there was room to send it; questions asked from then on see it. What is open is told again on
        every new stream. Files that the filter leaves out stay out.
        """
        was_open = self._open.pop(path, None) is not None
        if content is not None and not self._filter.ignored(path):
            self._open[path] = content
        if self._stream.done() and (was_open or path in self._open):
            await self._tell_open(self._stream.result(), path)

    async def until_complete(self) -> AsyncIterator[pb.SyncProgress]:
        """How far the index is, as the daemon tells it; ends with the first complete state."""
        while not self._progress.freshness.complete:
            await self._progressed.wait()
            yield self._progress

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._converse()
            except (grpc.aio.AioRpcError, BridgeError, OSError) as error:
                reason = translated(error) if isinstance(error, grpc.aio.AioRpcError) else error
                log.info("the sync stream of %s broke: %s", self._root, reason)
            except Exception:
                # Whatever it was, questions must not wait for ever: report it and begin anew.
                log.exception("syncing %s failed", self._root)
            failures = 0 if self._progress.freshness.generation else failures + 1
            self._reset()
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    def _reset(self) -> None:
        """Questions that come now wait for the next stream."""
        if self._stream.done():
            self._stream = asyncio.get_running_loop().create_future()
        self._progress = pb.SyncProgress()

    async def _converse(self) -> None:
        """One stream from hello to its end. Raises what ended it."""
        stream = SyncStream(self._link, self._root, self._take_progress)
        tasks = [
            asyncio.create_task(stream.run(self._client_id)),
            asyncio.create_task(self._tell_everything(stream)),
        ]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await ended.pop()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _take_progress(self, progress: pb.SyncProgress) -> None:
        self._progress = progress
        self._progressed.set()
        self._progressed = asyncio.Event()

    async def _tell_everything(self, stream: SyncStream) -> None:
        """Describe the whole root once, then every change. Never returns."""
        welcome = await asyncio.shield(stream.welcomed)
        self._limit_bytes = welcome.max_file_bytes
        # These tasks number their changes before anyone who waits for the stream goes on: a question sees what is open.
        telling = [asyncio.create_task(self._tell_open(stream, path)) for path in self._open]
        self._stream.set_result(stream)
        await asyncio.gather(*telling)
        async with contextlib.aclosing(Watcher(self._filter)) as watcher:
            self._on_folder = watcher.watch
            manifest = await self._scan()
            self._known = {file.path: file for file in manifest.files}
            await _send_manifest(stream, manifest)
            await self._follow(stream, watcher)

    async def _tell_open(self, stream: SyncStream, path: str) -> None:
        """Send what is open under a path now. A text above the limit is as if it were closed."""
        content = self._open.get(path)
        too_large = content is not None and len(content) > stream.welcomed.result().max_file_bytes
        await stream.tell(pb.Overlay(path=path, content=None if too_large else content))

    async def _follow(self, stream: SyncStream, watcher: Watcher) -> None:
        while True:
            self.watching = watcher.degraded or "watching for changes"
            try:
                async with asyncio.timeout(RECONCILE_INTERVAL_S):
                    batch = await watcher.next()
            except TimeoutError:
                await self._tell_differences(stream)
                continue
            if batch.rescan:
                await self._tell_differences(stream)
            else:
                await self._tell_paths(stream, batch.paths)

    async def _tell_differences(self, stream: SyncStream) -> None:
        """Scan, and tell what differs from what was told before."""
        manifest = await self._scan()
        now = {file.path: file for file in manifest.files}
        changed, deleted = compare(self._known, now)
        self._known = now
        await self._tell(stream, changed, deleted, [])

    async def _tell_paths(self, stream: SyncStream, paths: Iterable[str]) -> None:
        """Look at paths that an event named, and tell what is there now."""
        looked = await asyncio.to_thread(look, self._filter, paths, self._limit_bytes, self._on_folder)
        deleted = self._forget(looked)
        changed = [file.path for file in looked.files if self._known.get(file.path) != file]
        self._known.update((file.path, file) for file in looked.files)
        await self._tell(stream, changed, deleted, looked.skipped)

    def _forget(self, looked: Looked) -> list[str]:
        """Drop what is no more from what was told; return what was dropped."""
        gone = [path for path in looked.gone if self._known.pop(path, None)]
        folders = {*looked.gone, *looked.folders}.difference(gone)
        if folders:
            found = {file.path for file in looked.files}
            below = [path for path in self._known if path not in found and _is_within(path, folders)]
            for path in below:
                del self._known[path]
            gone += below
        return gone

    async def _tell(self, stream: SyncStream, changed: list[str], deleted: list[str], skipped: list[Skipped]) -> None:
        """Send changes as deltas: few with their contents, many by digest."""
        entry = digest_entry if len(changed) > BULK_CHANGES else change_entry
        limit_bytes = self._limit_bytes
        batches = packed(
            itertools.chain(
                deleted,
                map(skipped_entry, skipped),
                (entry(self._root, path, limit_bytes) for path in changed),
            )
        )
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await stream.tell(pb.Delta(files=batch.files, deleted=batch.deleted, skipped=batch.skipped))

    async def _scan(self) -> Manifest:
        return await asyncio.to_thread(scan, self._filter, self._limit_bytes, self._on_folder)


async def _send_manifest(stream: SyncStream, manifest: Manifest) -> None:
    files = by_likely_interest(manifest.files)
    skipped = [skipped_entry(one) for one in manifest.skipped]
    starts = range(0, max(len(files), 1), PAGE_FILES)
    for start in starts:
        page = pb.ManifestPage(
            files=map(described, files[start : start + PAGE_FILES]),
            skipped=skipped if start == 0 else (),
            last=start == starts[-1],
        )
        await stream.say(pb.SyncRequest(manifest=page))


def _is_within(path: str, folders: set[str]) -> bool:
    """Whether a path is one of these, or below one of them. "" is the root."""
    while path and path not in folders:
        path = path.rpartition("/")[0]
    return path in folders
