"""What a stream was told of a root's files: the stat that each had, and where that proves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.workspace.manifest import COARSE_TICK_NS, FileStat, Looked, Manifest, compare, is_racy
from protos import code_index_pb2 as pb

# In the place of a digest: different contents were told, and which of them counts is not known here.
EITHER: Final = b"?"


class Known:
    """`files`: the stats by path. `racy`: the digest that was told of a file whose time was young then; b"" if none,
    EITHER if several.

    A file of a young time may have been written again without a trace in its stat.
    """

    def __init__(self) -> None:
        self.files: dict[str, FileStat] = {}
        self.racy: dict[str, bytes] = {}

    def begin(self, manifest: Manifest) -> None:
        """Everything in a root is about to be told for the first time."""
        self.files = {file.path: file for file in manifest.files}
        young_ns = manifest.looked_at_ns - COARSE_TICK_NS  # most are older than any tick
        self.racy = {
            file.path: b""
            for file in manifest.files
            if file.mtime_ns >= young_ns and is_racy(file.mtime_ns, manifest.looked_at_ns)
        }

    def replace(self, manifest: Manifest) -> tuple[list[str], list[str], list[str]]:
        """Take over a new scan; return what changed, what is gone, and what may have changed without a trace."""
        now = {file.path: file for file in manifest.files}
        changed, gone = compare(self.files, now)
        self.racy = {path: digest for path, digest in self.racy.items() if path in now}
        racy = [path for path in self.racy if self.files.get(path) == now[path]]
        self.files = now
        return changed, gone, racy

    def take(self, looked: Looked) -> tuple[list[str], list[str], list[str]]:
        """Take over a look at some paths; return the same as `replace`."""
        gone = self._forget(looked)
        changed = [file.path for file in looked.files if self.files.get(file.path) != file]
        racy = [file.path for file in looked.files if self.files.get(file.path) == file and file.path in self.racy]
        self.files.update((file.path, file) for file in looked.files)
        return changed, gone, racy

    def differing(self, paths: Iterable[str], found: Looked) -> set[str]:
        """Those of these paths where something else is found than was told."""
        now = {file.path: file for file in found.files}
        return {path for path in paths if now.get(path) != self.files.get(path)}

    def doubt(self, paths: Iterable[str]) -> None:
        """Whatever is found at these paths is news."""
        for path in paths:
            self.files[path] = FileStat(path, -1, 0, 0)

    def noted(self, told: pb.FileState) -> None:
        """A file is told in a change: by its stat at least, with its time if that proves anything."""
        if told.mtime_ns:
            self.racy.pop(told.path, None)
        else:
            self.racy[told.path] = told.digest

    def answered(self, told: pb.FileState) -> None:
        """A file's digest is told because the daemon has asked: if another was told before, that may count or not.

        The daemon passes over what it does not lack any more.
        """
        path = told.path
        if (before := self.racy.get(path)) is not None:
            self.racy[path] = told.digest if before in (b"", told.digest) else EITHER
        elif path in self.files and self.files[path] != FileStat(path, told.size, told.mtime_ns, told.inode):
            self.doubt([path])

    def confirm(self, found: pb.FileState) -> bool:
        """Whether a racy file has the content that was told; it is racy no more if its time proves that by now."""
        alike = self.racy.get(found.path) == found.digest
        if alike and self.files.get(found.path) == FileStat(found.path, found.size, found.mtime_ns, found.inode):
            del self.racy[found.path]
        return alike

    def _forget(self, looked: Looked) -> list[str]:
        """Drop what is no more; return what was dropped."""
        gone = [path for path in looked.gone if self.files.pop(path, None)]
        folders = {*looked.gone, *looked.folders}.difference(gone)
        if folders:
            found = {file.path for file in looked.files}
            below = [path for path in self.files if path not in found and _is_within(path, folders)]
            for path in below:
                del self.files[path]
            gone += below
        for path in gone:
            self.racy.pop(path, None)
        return gone


def _is_within(path: str, folders: set[str]) -> bool:
    """Whether a path is one of these, or below one of them. "" is the root."""
    while path and path not in folders:
        path = path.rpartition("/")[0]
    return path in folders
