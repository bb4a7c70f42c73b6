"""Tells a stream what lies in the root: all of it once, then whatever changes.

The watcher is started before the scan, so nothing falls between them. Its events are hints:
every delta says what is on disk now, and a scan at intervals finds what no event told.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from bridge.daemon.doubt import Doubt
from bridge.daemon.subjects import Subject
from bridge.workspace.contents import Entry, change_entry, described, digest_entry, packed, path_of, skipped_entry
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.folder_digests import folder_digests
from bridge.workspace.hastening import Hastener
from bridge.workspace.known import Known
from bridge.workspace.last_words import LastWords
from bridge.workspace.manifest import FileStat, Looked, Manifest, OnFolder, Skipped, by_likely_interest, look, scan
from bridge.workspace.sources import every_file, is_source_of
from bridge.workspace.stream import SyncStream
from bridge.workspace.watcher import RECONCILE_INTERVAL_S, ChangeBatch, Watcher
from protos import code_index_pb2 as pb

PAGE_FILES: Final = 1000
# Above so many changed files at once, digests are sent first: most contents are known after a branch switch.
BULK_CHANGES: Final = 32
ROOT_RETRY_S: Final = 0.5
# Where the system does not tell of every change, a question waits for a scan if that takes no longer.
FLUSH_SCAN_S: Final = 0.2
# So often a question has the disk looked at again because a little more happened while it was looked at.
LOOKS: Final = 3
# A question waits so long for the first list of what is there: only then can be found what matters to it.
LISTED_WITHIN_S: Final = 5.0


class _RootUnreadable(Exception):
    """A mount that vanished, a folder that was moved away: it is not an empty workspace."""


class Teller:
    """Speaks for a root on one stream. `run` until the stream ends; `flush` before a question."""

    def __init__(self, filter_: WorkspaceFilter, stream: SyncStream, welcome: pb.Welcome) -> None:
        self._filter = filter_
        self._root = filter_.root
        self._stream = stream
        self._limit_bytes = welcome.max_file_bytes
        self._is_source = is_source_of(welcome.sources) if welcome.HasField("sources") else every_file
        self._held_files = welcome.files
        self._listed = asyncio.Event()
        self._verified: dict[str, Entry] = {}  # what was told of answered files before the root is described
        self._watcher: Watcher | None = None
        self._known = Known()
        self._last_words = LastWords(stream)
        stream.heed = self._heed
        self._hastener = Hastener(filter_, stream, self._last_words, welcome.max_file_bytes)
        self._waiting = 0  # paths that someone has hints of, and waits to look at
        self._telling_several = False
        self._jumbled = 0  # up to this sequence, what was told may be of several moments
        self._torn = False  # what was told last may be of several moments until more is told
        self._scan_s = 0.0
        self._manifest: Manifest | None = None  # what the last scan counted
        self.described = False
        self._telling = asyncio.Lock()
        self._failure: Exception | None = None

    @property
    def watching(self) -> str:
        """How changes are noticed, for a person."""
        if self._watcher is None:
            return "not watching yet"
        return self._watcher.degraded or "watching for changes"

    @property
    def emptiness(self) -> str:
        """Why there is nothing to index, for a person; empty where there is something."""
        if not self.described or self._known.files or self._manifest is None:
            return ""
        ignored, others = self._manifest.ignored, self._manifest.unsupported
        return (
            f"no source file is in {self._root}: {ignored} of the files and folders looked at are ignored"
            f" (.gitignore, .codeindexignore, git's excludes), {others} files are in no supported language"
        )

    async def run(self) -> None:
        """Describe the whole root once, then every change. Never returns."""
        async with contextlib.aclosing(Watcher(self._filter)) as watcher:
            self._watcher = watcher
            async with self._telling:
                manifest = await self._first_scan()
                self._known.begin(manifest)
                self._listed.set()
                await asyncio.sleep(0)  # a question that has waited for the list goes ahead of the manifest
                await self._send_manifest(manifest)
            self.described = True
            self._look_again(self._verified)
            self._verified.clear()
            while True:
                await self._follow(watcher, await self._next(watcher))

    async def _first_scan(self) -> Manifest:
        """The root as it is once it can be read."""
        while True:
            with contextlib.suppress(_RootUnreadable):
                return await self._scan()
            await asyncio.sleep(ROOT_RETRY_S)

    async def _follow(self, watcher: Watcher, batch: ChangeBatch) -> None:
        """Tell what a batch points at. While the root cannot be read nothing is told, and no answer is complete."""
        if self._failure is not None:
            raise self._failure
        try:
            await self._take(batch)
            self.described = True
        except _RootUnreadable:
            self.described = False
            await asyncio.sleep(ROOT_RETRY_S)
            watcher.lost()

    async def flush(self) -> bool:
        """Tell all that has happened on disk before this call, as far as the system lets that be known.

        Only once the root is `described`. False if the disk was never still meanwhile: what was told may be a state
        that it never had, as when a file is renamed to where has been looked already.
        """
        assert self._watcher is not None
        batch = self._watcher.drain()
        if self._watcher.degraded and self._scan_s < FLUSH_SCAN_S:
            batch = ChangeBatch(rescan=True)
        try:
            await self._take(batch)
            for _ in range(LOOKS):
                if not self._torn or self._unlooked() > BULK_CHANGES:
                    break
                await self._take(self._watcher.drain())
            self._check_described()
        except Exception as error:
            # What the batch pointed at may be told by halves: that is for `run` to mend, or to give up.
            self._failure = None if isinstance(error, _RootUnreadable) else error
            self.described = False
            self._watcher.lost()
            raise
        return not self._torn

    def _check_described(self) -> None:
        """Whoever told while we waited may have found that the root is gone. Raises _RootUnreadable."""
        if not self.described:
            raise _RootUnreadable

    async def tell_first(self, subject: Subject) -> bool:
        """While much is not indexed: tell of what matters to a question. Whether nothing else of the root does."""
        is_file: bool = await asyncio.to_thread((self._root / subject.path).is_file)
        if is_file:
            await self._verify([subject.path])
        if not subject.name:
            return False
        if not self._held_files:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LISTED_WITHIN_S):
                    await self._listed.wait()
        paths = self._stream.asked if self._stream.all_asked or self._held_files else self._known.files.keys()
        looked = await self._hastener.tell_first(subject, list(paths))
        if self.described:  # what is not there, or not ours, when the root is looked at next is to go again
            self._known.doubt(self._hastener.told.keys() - self._known.files.keys())
        return looked and self.described and self._stream.all_asked

    async def recheck(self, paths: Iterable[str], sequence: int) -> Doubt:
        """What may be wrong with an answer about these files that is as new as this; the next flush tells of it.

        A file is in doubt if it is not as it was told, or was told later; the whole answer, if what was told since may
        never have been all there at once.
        """
        asked = list(paths)
        if not self.described:
            return Doubt(await self._verify(asked) | self._last_words.after(asked, sequence))
        assert self._watcher is not None
        try:
            found = await self._look(asked)
            rewritten = await self._rewritten(asked)
        except _RootUnreadable:
            self.described = False
            self._watcher.lost()
            return Doubt(jumbled=True)
        told = Doubt(self._last_words.after(asked, sequence), jumbled=sequence < self._jumbled or self._telling_several)
        differing = self._known.differing(asked, found) | rewritten
        for path in differing:
            self._watcher.changed(path)  # the next flush tells it: that may take longer than a question waits
        return Doubt(told.outdated | differing, told.jumbled)

    async def _rewritten(self, paths: Iterable[str]) -> set[str]:
        """Those of these files of which a stat proves nothing, and whose content is not what was told."""
        told = {path: self._known.racy[path] for path in paths if path in self._known.racy}
        if not told:
            return set()
        entries = await asyncio.to_thread(lambda: [digest_entry(self._root, path, self._limit_bytes) for path in told])
        alike = {one.path for one in entries if isinstance(one, pb.FileState) and self._known.confirm(one)}
        return told.keys() - alike

    async def _verify(self, paths: list[str]) -> frozenset[str]:
        """Before the root is described: tell what these files are now, unless that was told already. Whose is news."""
        try:
            found = await self._look(paths)
        except _RootUnreadable:
            return frozenset()
        entries = itertools.chain(
            found.gone,
            map(skipped_entry, found.skipped),
            (digest_entry(self._root, file.path, self._limit_bytes) for file in found.files),
        )
        new = [entry for entry in await asyncio.to_thread(list, entries) if self._is_news(entry)]
        news = frozenset(map(path_of, new))
        with self._last_words.saying(news):
            await self._send(new)
        if self.described:  # by now
            self._look_again(news)
        return news

    def _look_again(self, paths: Iterable[str]) -> None:
        """What was told before the root was described, and perhaps after it, goes again if it is none of the root's."""
        assert self._watcher is not None
        unknown = [path for path in paths if path not in self._known.files]
        self._known.doubt(unknown)
        for path in unknown:
            self._watcher.changed(path)

    def _is_news(self, entry: Entry) -> bool:
        path = path_of(entry)
        before = self._verified.get(path) or self._hastener.told.get(path)
        self._verified[path] = entry
        return before != entry

    async def _next(self, watcher: Watcher) -> ChangeBatch:
        """What to look at next; anything, at intervals."""
        try:
            async with asyncio.timeout(RECONCILE_INTERVAL_S):
                return await watcher.next()
        except TimeoutError:
            return ChangeBatch(rescan=True)

    async def _take(self, batch: ChangeBatch) -> None:
        """Tell what a batch points at. One at a time: what was taken before is told when this returns."""
        self._waiting += batch.size
        async with self._telling:
            self._waiting -= batch.size
            begun, self._telling_several = self._stream.sequence, batch.size > 1
            walked = False
            try:
                if batch.rescan:
                    await self._tell_differences()
                    walked = True
                elif batch.paths:
                    walked = await self._tell_paths(batch.paths)
            finally:
                self._telling_several = False
            # One file may be written without end, and none of it matters to what was told; but of what was renamed
            # into a folder that had been listed, out of one that was to be, there is one hint only.
            if batch.size or not self._unlooked():
                self._torn = self._unlooked() > (0 if walked else 1)
            # What goes in several messages may be in an answer by halves, as a rename's.
            if self._stream.sequence > begun + 1 or self._torn:
                self._jumbled = self._stream.sequence

    def _unlooked(self) -> int:
        """At how many paths something has happened of which nothing is told, or about to be, yet."""
        assert self._watcher is not None
        return self._waiting + self._watcher.pending()

    async def _tell_differences(self) -> None:
        """Scan, and tell what differs from what was told before."""
        manifest = await self._scan()
        self._doubt_absent()
        changed, deleted, racy = self._known.replace(manifest)
        await self._tell(changed, deleted, [])
        await self._tell_rewritten(racy)

    async def _tell_paths(self, paths: Iterable[str]) -> bool:
        """Look at paths that an event named, and tell what is there now. Whether a folder was among them."""
        assert self._watcher is not None
        looked = await self._look(paths, self._watcher.watch)
        self._doubt_absent()
        changed, deleted, racy = self._known.take(looked)
        await self._tell(changed, deleted, looked.skipped)
        await self._tell_rewritten(racy)
        return bool(looked.folders)

    def _doubt_absent(self) -> None:
        """What was gone when it was to be read was told as gone: if it is back as it was, that is news all the same."""
        absent, self._stream.absent = self._stream.absent, set()
        self._known.doubt(absent & self._known.files.keys())

    async def _tell(self, changed: list[str], deleted: list[str], skipped: list[Skipped]) -> None:
        """Send changes as deltas: few with their contents; many by their stats first, which says what is stale."""
        with self._last_words.saying(deleted):
            is_bulk = len(changed) > BULK_CHANGES
            if is_bulk:
                with self._last_words.saying(changed):
                    files = self._known.files
                    await self._send(described(files[path]) for path in changed if path in files)
            entry = digest_entry if is_bulk else change_entry
            entries = (entry(self._root, path, self._limit_bytes) for path in changed)
            with self._last_words.saying(() if is_bulk else changed):
                await self._send(itertools.chain(deleted, map(skipped_entry, skipped), entries))

    async def _tell_rewritten(self, paths: list[str]) -> None:
        """Tell those of these files whose content changed although their stat did not."""
        entries = (digest_entry(self._root, path, self._limit_bytes) for path in paths)
        with self._last_words.saying(paths):
            await self._send(
                entry for entry in entries if not (isinstance(entry, pb.FileState) and self._known.confirm(entry))
            )

    def _heed(self, batch: pb.ContentBatch, sequence: int) -> None:
        """Note what is about to be told, in that change or, if that is 0, because it was asked for."""
        for file in batch.files:
            if sequence:
                self._known.noted(file)
            else:
                self._known.answered(file)
        if sequence:
            told = (*(file.path for file in batch.files), *batch.deleted, *(one.path for one in batch.skipped))
            self._last_words.said(told, sequence)

    async def _send(self, entries: Iterable[Entry]) -> None:
        batches = packed(entries)
        while await self._stream.tell_next(batches):
            pass

    async def _look(self, paths: Iterable[str], on_folder: OnFolder | None = None) -> Looked:
        try:
            return await asyncio.to_thread(look, self._filter, paths, self._limit_bytes, on_folder, self._is_source)
        except OSError as error:
            raise _RootUnreadable from error

    async def _scan(self) -> Manifest:
        assert self._watcher is not None
        begun = time.monotonic()
        try:
            watch = self._watcher.watch
            manifest = await asyncio.to_thread(scan, self._filter, self._limit_bytes, watch, self._is_source)
        except OSError as error:
            raise _RootUnreadable from error
        self._scan_s = time.monotonic() - begun
        self._manifest = msgspec.structs.replace(manifest, files=[])
        return manifest

    async def _send_manifest(self, manifest: Manifest) -> None:
        await self._stream.turn()
        files = await asyncio.to_thread(by_likely_interest, await self._unknown(manifest))
        skipped = [skipped_entry(one) for one in manifest.skipped]
        starts = range(0, max(len(files), 1), PAGE_FILES)
        for start in starts:
            page = pb.ManifestPage(
                files=map(described, files[start : start + PAGE_FILES]),
                skipped=skipped if start == 0 else (),
                last=start == starts[-1],
                unsupported=manifest.unsupported if start == 0 else 0,
            )
            await self._stream.turn()
            await self._stream.say(pb.SyncRequest(manifest=page))

    async def _unknown(self, manifest: Manifest) -> list[FileStat]:
        """The files of the folders that the daemon does not know as they are."""
        if not self._held_files:
            return manifest.files
        digests = await asyncio.to_thread(folder_digests, manifest.files, manifest.looked_at_ns)
        differing = await self._stream.differing(digests)
        return [file for file in manifest.files if file.path.rpartition("/")[0] in differing]
