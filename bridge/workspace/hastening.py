"""While much is not indexed: what a question is about is told before everything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from bridge.daemon.subjects import Subject
from bridge.workspace.contents import Entry, change_entry, packed, path_of, without_content
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.last_words import LastWords
from bridge.workspace.literal_scan import COMPOSING, LiteralScan, likely_first
from bridge.workspace.stream import SyncStream

# A question waits so long for files to be looked through, and for what was found to be sent.
WITHIN_S: Final = 1.5
# Between rounds what was found is sent, and the search ends if definitions are among it: so many go first.
ROUND_S: Final = 0.2
# So many files are indexed at once in the time that a question waits for changes.
MAX_FILES: Final = 48
MAX_DEFINITIONS: Final = 12
# All else still waits while what was told is indexed, for so long: both sides work for the answer alone.
INDEXED_WITHIN_S: Final = 1.0


class Hastener:
    """Speaks on a stream beside its teller."""

    def __init__(self, filter_: WorkspaceFilter, stream: SyncStream, last_words: LastWords, limit_bytes: int) -> None:
        self._filter = filter_
        self._root = filter_.root
        self._stream = stream
        self._last_words = last_words
        self._limit_bytes = limit_bytes
        self.told: dict[str, Entry] = {}  # on this stream, by path; without contents
        self._unfinished: dict[Subject, LiteralScan] = {}  # the last scan: who asks again goes on from there

    async def tell_first(self, subject: Subject, paths: Sequence[str]) -> bool:
        """Tell of the files among `paths` that matter to a question. Whether all were looked at and told that do."""
        async with self._stream.ahead():
            scan = self._unfinished.pop(subject, None)
            if scan is None or not scan.covers(paths):
                ordered = await asyncio.to_thread(likely_first, paths, subject.parts)
                scan = LiteralScan(self._root, ordered, subject.name, self._limit_bytes)
            looked = await self._look(subject, scan)
            self._unfinished = {} if scan.over else {subject: scan}
            await self._stream.indexed(INDEXED_WITHIN_S)
        return looked and not any(path.endswith(COMPOSING) for path in paths)

    async def _look(self, subject: Subject, scan: LiteralScan) -> bool:
        until = time.monotonic() + WITHIN_S
        left = MAX_FILES
        while not scan.over and left > 0 and time.monotonic() < until:
            found = [one for one in await asyncio.to_thread(scan.next, ROUND_S) if one.path not in self.told]
            definitions = [one.path for one in found if one.defines]
            if definitions and not (subject.everywhere or scan.over):
                await self._tell(definitions[:MAX_DEFINITIONS])  # the answer need not wait for more
                scan.passed_over |= len(found) > len(definitions[:MAX_DEFINITIONS])
                return False
            await self._tell([*definitions, *(one.path for one in found if not one.defines)][:left])
            left -= len(found)
            scan.passed_over |= left < 0
        return scan.over and not scan.passed_over

    async def _tell(self, paths: Sequence[str]) -> None:
        # What was asked for before a rule file changed may be no part of the workspace any more.
        ours = [path for path in paths if not self._filter.ignored(path)]
        self.told.update(dict.fromkeys(paths, ""))
        batches = packed(self._noted(change_entry(self._root, path, self._limit_bytes)) for path in ours)
        with self._last_words.saying(ours):
            while await self._stream.tell_next(batches):
                pass

    def _noted(self, entry: Entry) -> Entry:
        self.told[path_of(entry)] = without_content(entry)
        return entry
