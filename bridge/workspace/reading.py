"""Read a file of the workspace, and never anything else.

Every folder on the way is opened relative to the one before and without following links, so neither
`..` nor a link put there meanwhile leads out of the root. Opening never waits (a pipe without a
writer), nothing but a regular file is read, and never more of it than the limit.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from bridge.workspace.filter import NEVER
from bridge.workspace.manifest import FileStat

BLOCK_BYTES: Final = 1024 * 1024
_ROOT: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FOLDER: Final = _ROOT | os.O_NOFOLLOW
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_OUTSIDE: Final = frozenset({"", ".", ".."}) | NEVER
# It is this process that lacks something: the file would be read in a better moment.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR})


class Content(Struct, frozen=True):
    """A whole file: its bytes, their sha256, and the stat that it had before they were read."""

    data: bytes
    digest: bytes
    stat: FileStat


class Digest(Struct, frozen=True):
    """A file's sha256 and the stat that it had before it was read."""

    digest: bytes
    stat: FileStat


class Gone(Struct, frozen=True):
    """No file is there any more."""


class Unreadable(Struct, frozen=True):
    """Something is there that is not read.

    `reason` as in `manifest.Skipped` (too_large, not_regular, symlink, unreadable), or not_in_workspace
    for a path that no file of a workspace can have.
    """

    reason: str
    detail: str


class _Refused(Exception):
    """Carries why a file is not read out of the depths."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.why = Unreadable(reason, detail)


def read_file(root: Path, path: str, limit_bytes: int) -> Content | Gone | Unreadable:
    """A file's content, read anew once if it changes meanwhile. Blocks.

    A file that changes again is given as it was read, with its stat from before: whoever compares
    that stat with the disk finds the change. Raises OSError if this process is out of descriptors or memory.
    """
    blocks: list[bytes] = []

    def begin() -> Callable[[bytes], None]:
        blocks.clear()
        return blocks.append

    found = _read(root, path, limit_bytes, begin)
    if not isinstance(found, FileStat):
        return found
    data = b"".join(blocks)
    return Content(data, hashlib.sha256(data, usedforsecurity=False).digest(), found)


def digest_file(root: Path, path: str, limit_bytes: int) -> Digest | Gone | Unreadable:
    """A file's digest, block by block; otherwise like `read_file`."""
    digests = []

    def begin() -> Callable[[bytes], None]:
        digests.append(hashlib.sha256(usedforsecurity=False))
        return digests[-1].update

    found = _read(root, path, limit_bytes, begin)
    return Digest(digests[-1].digest(), found) if isinstance(found, FileStat) else found


def _read(
    root: Path, path: str, limit_bytes: int, begin: Callable[[], Callable[[bytes], None]]
) -> FileStat | Gone | Unreadable:
    """Give a file's blocks to what `begin` returns; begin once more if the file changed meanwhile."""
    try:
        file, after = _read_once(root, path, limit_bytes, begin())
        if file != after:
            file, _ = _read_once(root, path, limit_bytes, begin())
    except _Refused as refusal:
        return refusal.why
    except OSError as error:
        return _failure(error)
    return file


def _read_once(root: Path, path: str, limit_bytes: int, take: Callable[[bytes], None]) -> tuple[FileStat, FileStat]:
    """Read a file to its end; return its stat from before and from after."""
    descriptor = _open(root, path)
    try:
        before = os.fstat(descriptor)
        if stat.S_ISDIR(before.st_mode):
            raise FileNotFoundError(errno.ENOENT, "a folder is there", path)
        if not stat.S_ISREG(before.st_mode):
            raise _Refused("not_regular", "a pipe, socket or device")
        size = before.st_size
        if size <= limit_bytes:
            size = _blocks(descriptor, before.st_size, limit_bytes, take)
        if size > limit_bytes:
            raise _Refused("too_large", f"{size} bytes or more, the limit is {limit_bytes}")
        return _stat(path, before, before.st_size), _stat(path, os.fstat(descriptor), size)
    finally:
        os.close(descriptor)


def _blocks(descriptor: int, expected: int, limit_bytes: int, take: Callable[[bytes], None]) -> int:
    """Read to the end, but at most one byte more than the limit; return the number of bytes."""
    size = 0
    while size <= limit_bytes:
        # One byte more than there should be tells the end without reading again.
        wanted = expected - size + 1 if size < expected else BLOCK_BYTES
        block = os.read(descriptor, min(BLOCK_BYTES, wanted, limit_bytes + 1 - size))
        size += len(block)
        if not block:
            break
        take(block)
        if len(block) < wanted and size == expected:
            break
    return size


def _open(root: Path, path: str) -> int:
    """A descriptor of what `path` names below `root`, opened step by step."""
    *folders, name = path.split("/")
    if "\0" in path or not _OUTSIDE.isdisjoint((*folders, name)):
        raise _Refused("not_in_workspace", "the path cannot be that of a workspace's file")
    here = os.open(root, _ROOT)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER, dir_fd=here)
            os.close(here)
            here = below
        return os.open(name, _FILE, dir_fd=here)
    finally:
        os.close(here)


def _failure(error: OSError) -> Gone | Unreadable:
    if error.errno in _EXHAUSTED:
        raise error
    if error.errno in (errno.ENOENT, errno.ENOTDIR):  # ENOTDIR also where a folder became a link
        return Gone()
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Unreadable("symlink", "links are not followed")
    if error.errno == errno.ENXIO:
        return Unreadable("not_regular", "a socket")
    return Unreadable("unreadable", error.strerror or "")


def _stat(path: str, status: os.stat_result, size: int) -> FileStat:
    return FileStat(path, size, status.st_mtime_ns, status.st_ino)
