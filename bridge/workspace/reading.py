"""Read a file of the workspace, and never anything else.

Every folder on the way is opened relative to the one before and without following links, so neither
`..` nor a link put there meanwhile leads out of the root; nothing but a regular file is read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from bridge.workspace.manifest import FileStat

BLOCK_BYTES = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Content(Struct, frozen=True):
    """A whole file: its bytes, their sha256, and the stat that belongs to them."""

    data: bytes
    digest: bytes
    stat: FileStat


class Digest(Struct, frozen=True):
    """A file's sha256 and the stat that belongs to it."""

    digest: bytes
    stat: FileStat


class Gone(Struct, frozen=True):
    """Nothing is there any more."""


class Unreadable(Struct, frozen=True):
    """Something is there that is not read. `reason` as in `manifest.Skipped`."""

    reason: str
    detail: str


def read_file(root: Path, path: str, limit_bytes: int) -> Content | Gone | Unreadable:
    """A file's content, read anew once if it changes meanwhile. Blocks."""
    found = _read_once(root, path, limit_bytes)
    if isinstance(found, Content) and found.stat.size != len(found.data):
        found = _read_once(root, path, limit_bytes)
    return found


def digest_file(root: Path, path: str, limit_bytes: int) -> Digest | Gone | Unreadable:
    """A file's digest. Blocks."""
    found = read_file(root, path, limit_bytes)
    return Digest(found.digest, found.stat) if isinstance(found, Content) else found


def _read_once(root: Path, path: str, limit_bytes: int) -> Content | Gone | Unreadable:
    try:
        with _opened(root, path) as descriptor:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return Unreadable("not_regular", "a pipe, socket, device or folder")
            data = _read_all(descriptor, limit_bytes)
            after = os.fstat(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return Gone()
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            return Unreadable("symlink", "links are not followed")
        return Unreadable("unreadable", error.strerror or "")
    if len(data) > limit_bytes:
        return Unreadable("too_large", f"{after.st_size} bytes, the limit is {limit_bytes}")
    file = FileStat(path, after.st_size, after.st_mtime_ns, after.st_ino)
    return Content(data, hashlib.sha256(data).digest(), file)


@contextlib.contextmanager
def _opened(root: Path, path: str) -> Iterator[int]:
    """A descriptor of what `path` names below `root`, step by step."""
    *folders, name = path.split("/")
    if any(part in ("", ".", "..") for part in (*folders, name)):
        raise FileNotFoundError(errno.ENOENT, "not a path within the workspace", path)
    with contextlib.ExitStack() as stack:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, here)
        for folder in folders:
            here = os.open(folder, _FOLDER, dir_fd=here)
            stack.callback(os.close, here)
        descriptor = os.open(name, _FILE, dir_fd=here)
        stack.callback(os.close, descriptor)
        yield descriptor


def _read_all(descriptor: int, limit_bytes: int) -> bytes:
    """Up to one byte more than the limit: enough to know that it is exceeded."""
    blocks: list[bytes] = []
    left = limit_bytes + 1
    while left > 0 and (block := os.read(descriptor, min(BLOCK_BYTES, left))):
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)
