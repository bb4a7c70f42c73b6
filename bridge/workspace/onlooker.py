"""Looks at the files of answers for a bridge that does not lead on its root.

Whoever leads is asked to look at the disk before each question. What it has no event of (a write through a mapping,
a network file system), and what happens while nobody leads, shows in the files themselves.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from bridge.daemon.doubt import Doubt
from bridge.workspace.contents import Entry, digest_entry, path_of
from bridge.workspace.last_words import LastWords
from bridge.workspace.stream import SyncStream
from protos import code_index_pb2 as pb


class Onlooker:
    """Speaks on a stream that does not describe the root."""

    def __init__(self, root: Path, stream: SyncStream, welcome: pb.Welcome) -> None:
        self._root = root
        self._stream = stream
        self._limit_bytes = welcome.max_file_bytes
        self._told: dict[str, Entry] = {}
        self._last_words = LastWords(stream)

    async def recheck(self, paths: Iterable[str], sequence: int) -> Doubt:
        """Which of these files an answer as new as this sequence may have otherwise; what is news is told."""
        asked = list(paths)
        new = [entry for entry in await asyncio.to_thread(self._look, asked) if self._is_news(entry)]
        news = frozenset(map(path_of, new))
        if new:
            sighting = pb.Sighting(files=[entry for entry in new if isinstance(entry, pb.FileState)])
            sighting.absent.extend(path_of(entry) for entry in new if not isinstance(entry, pb.FileState))
            with self._last_words.saying(news):
                await self._stream.tell(sighting)
        return Doubt(news | self._last_words.after(asked, sequence))

    def _look(self, paths: Iterable[str]) -> list[Entry]:
        """What may not be as it was told; nothing while the root itself cannot be read. Blocks."""
        entries = [digest_entry(self._root, path, self._limit_bytes) for path in paths if not self._is_as_told(path)]
        try:
            os.scandir(self._root).close()
        except OSError:
            return []
        return entries

    def _is_as_told(self, path: str) -> bool:
        """Whether a file's stat proves that it is what was told."""
        told = self._told.get(path)
        if not isinstance(told, pb.FileState) or not told.mtime_ns:
            return False
        try:
            now = os.lstat(self._root / path)
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns, now.st_ino) == (told.size, told.mtime_ns, told.inode)

    def _is_news(self, entry: Entry) -> bool:
        """Whether it was not told last. That an answer's file is gone always is: it may have been back in between."""
        path = path_of(entry)
        before = self._told.get(path)
        self._told[path] = entry
        return before != entry or not isinstance(entry, pb.FileState)
