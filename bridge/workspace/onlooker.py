"""Looks at the files of answers for a bridge that does not lead on its root.

Whoever leads is asked to look at the disk before each question. What it has no event of (a write through a mapping,
a network file system), and what happens while nobody leads, shows in the files themselves.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from bridge.workspace.contents import Entry, digest_entry, path_of
from bridge.workspace.stream import SyncStream
from protos import code_index_pb2 as pb


class Onlooker:
    """Speaks on a stream that does not describe the root."""

    def __init__(self, root: Path, stream: SyncStream, welcome: pb.Welcome) -> None:
        self._root = root
        self._stream = stream
        self._limit_bytes = welcome.max_file_bytes
        self._told: dict[str, Entry] = {}

    async def recheck(self, paths: Iterable[str]) -> bool:
        """Whether any of these files is not as it was when it was told last; if so, what is seen now is told."""
        new = await asyncio.to_thread(self._look, list(paths))
        if new:
            sighting = pb.Sighting(files=[entry for entry in new if isinstance(entry, pb.FileState)])
            sighting.absent.extend(path_of(entry) for entry in new if not isinstance(entry, pb.FileState))
            await self._stream.tell(sighting)
        return bool(new)

    def _look(self, paths: Iterable[str]) -> list[Entry]:
        """What was not told yet; nothing while the root itself cannot be read. Blocks."""
        entries = [digest_entry(self._root, path, self._limit_bytes) for path in paths if not self._is_as_told(path)]
        try:
            os.scandir(self._root).close()
        except OSError:
            return []
        return [entry for entry in entries if self._is_news(entry)]

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
