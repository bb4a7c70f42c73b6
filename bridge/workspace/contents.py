"""What the daemon needs of the workspace's files, read and packed into messages."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bridge.workspace.manifest import FileStat, Skipped
from bridge.workspace.reading import Content, Digest, Gone, Unreadable, digest_file, read_file
from protos import code_index_pb2 as pb

CHUNK_BYTES = 1024 * 1024
BATCH_BYTES = 1024 * 1024
BATCH_FILES = 256
# A later write within the file system's clock tick would keep the time: git's racy-clean rule.
FINE_TICK_NS = 50_000_000
COARSE_TICK_NS = 2_000_000_000

# A file or a part of one; a file left out; the path of one that is gone.
Entry = pb.FileState | pb.SkippedFile | str


def path_of(entry: Entry) -> str:
    """The path that an entry is of."""
    return entry if isinstance(entry, str) else entry.path


def without_content(entry: Entry) -> Entry:
    """A file by its digest, out of one with its content."""
    if not isinstance(entry, pb.FileState) or not entry.HasField("content"):
        return entry
    return pb.FileState(
        path=entry.path, size=entry.size, mtime_ns=entry.mtime_ns, inode=entry.inode, digest=entry.digest
    )


def described(stat: FileStat) -> pb.FileState:
    """A file by its stat alone."""
    return _state(stat, b"", time.time_ns())


def skipped_entry(skipped: Skipped) -> pb.SkippedFile:
    """A file left out, with the reason."""
    return pb.SkippedFile(path=skipped.path, reason=skipped.reason, detail=skipped.detail)


def digest_entry(root: Path, path: str, limit_bytes: int) -> Entry:
    """A file by its digest. Blocks."""
    looked_at_ns = time.time_ns()
    found = digest_file(root, path, limit_bytes)
    return _state(found.stat, found.digest, looked_at_ns) if isinstance(found, Digest) else _absent(path, found)


def content_entries(root: Path, path: str, limit_bytes: int) -> Iterator[Entry]:
    """A file with its content, in parts if it is large. Blocks."""
    looked_at_ns = time.time_ns()
    found = read_file(root, path, limit_bytes)
    if not isinstance(found, Content):
        yield _absent(path, found)
        return
    for offset in range(0, max(len(found.data), 1), CHUNK_BYTES):
        state = _state(found.stat, found.digest, looked_at_ns)
        state.size = len(found.data)
        state.offset = offset
        state.content = found.data[offset : offset + CHUNK_BYTES]
        yield state


def change_entry(root: Path, path: str, limit_bytes: int) -> Entry:
    """A changed file, with its content unless that is large. Blocks."""
    looked_at_ns = time.time_ns()
    found = read_file(root, path, limit_bytes)
    if not isinstance(found, Content):
        return _absent(path, found)
    state = _state(found.stat, found.digest, looked_at_ns)
    if len(found.data) <= CHUNK_BYTES:
        state.content = found.data
    return state


def packed(entries: Iterable[Entry]) -> Iterator[pb.ContentBatch]:
    """Group entries into messages of about BATCH_BYTES."""
    batch, size, count = pb.ContentBatch(), 0, 0
    for entry in entries:
        if isinstance(entry, pb.FileState):
            batch.files.append(entry)
            size += len(entry.content)
        elif isinstance(entry, pb.SkippedFile):
            batch.skipped.append(entry)
        else:
            batch.deleted.append(entry)
        count += 1
        if size >= BATCH_BYTES or count >= BATCH_FILES:
            yield batch
            batch, size, count = pb.ContentBatch(), 0, 0
    if count:
        yield batch


def _absent(path: str, found: Gone | Unreadable) -> Entry:
    if isinstance(found, Gone):
        return path
    return pb.SkippedFile(path=path, reason=found.reason, detail=found.detail)


def _state(stat: FileStat, digest: bytes, looked_at_ns: int) -> pb.FileState:
    """`looked_at_ns`: from before it was read."""
    return pb.FileState(
        path=stat.path,
        size=stat.size,
        mtime_ns=_trusted_mtime_ns(stat.mtime_ns, looked_at_ns),
        inode=stat.inode,
        digest=digest,
    )


def _trusted_mtime_ns(mtime_ns: int, looked_at_ns: int) -> int:
    """The time to tell of a file: 0 if it was written so lately that its time proves nothing yet."""
    tick_ns = FINE_TICK_NS if mtime_ns % 1_000_000_000 else COARSE_TICK_NS
    return mtime_ns if looked_at_ns - mtime_ns > tick_ns else 0
