"""Bring a server's snapshot to what this machine's daemon holds of a root, by what differs and no more.

Both sides tell their trees folder by folder; only folders whose digests differ are looked into. Of the files that
differ the server says which contents it has never seen, and only these are read and sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import grpc

from bridge.daemon.client import CODE_TRAILER, WORKSPACE_KEY, stub_of, translated
from bridge.daemon.connector import Link
from bridge.errors import InvalidRequest
from bridge.workspace.reading import Content, read_file
from protos import code_index_pb2 as pb

if TYPE_CHECKING:  # only the stub file knows the asyncio flavour
    from protos.code_index_pb2_grpc import CodeIndexServiceAsyncStub

CHUNK_BYTES: Final = 256 * 1024
FOLDERS_A_CALL: Final = 256
FILES_A_CALL: Final = 5_000
# A snapshot that others change meanwhile is compared again so often; a stream that breaks is begun so often.
ATTEMPTS: Final = 5
PAUSES_S: Final = (0.2, 1.0, 2.0, 5.0)
OVERTAKEN: Final = "overtaken"


class Side(NamedTuple):
    """A daemon that holds a tree, and the tree's name there."""

    link: Link
    workspace: str

    async def stub(self) -> CodeIndexServiceAsyncStub:
        """What answers."""
        return stub_of(await self.link.channel())

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What says of which tree a call is."""
        return ((WORKSPACE_KEY, self.workspace),)


class Pushed(NamedTuple):
    """What a push did. `bytes_sent`, `bytes_received`: of messages to and from the server."""

    changed: int
    removed: int
    contents: int
    generation: int
    bytes_sent: int
    bytes_received: int


class Pusher:
    """One push. Errors of its methods: BridgeError."""

    def __init__(self, here: Side, there: Side, root: Path, max_file_bytes: int) -> None:
        self._here = here
        self._there = there
        self._root = root
        self._max_file_bytes = max_file_bytes
        self._sent = self._received = 0

    async def push(self) -> Pushed:
        """Compare, send, commit; again if somebody else has committed meanwhile."""
        for attempt in range(ATTEMPTS):
            try:
                return await self._once()
            except grpc.aio.AioRpcError as error:
                meant = translated(error)
                if meant.code != OVERTAKEN or attempt == ATTEMPTS - 1:
                    raise meant from None
        raise AssertionError("the last attempt returns or raises")

    async def _once(self) -> Pushed:
        generation, changed, removed, root = await self._compared()
        if not changed and not removed:
            return Pushed(0, 0, 0, generation, self._sent, self._received)
        contents = await self._send_missing(changed)
        request = pb.CommitSnapshotRequest(expected=generation, files=changed, removed=removed, root=root)
        self._sent += request.ByteSize()
        stub = await self._there.stub()
        reply = await stub.CommitSnapshot(request, metadata=self._there.metadata)
        return Pushed(len(changed), len(removed), contents, reply.generation, self._sent, self._received)

    async def _compared(self) -> tuple[int, list[pb.FileState], list[str], bytes]:
        """The server's generation, what is new or changed here, what is gone, and the digest of the whole."""
        changed: list[pb.FileState] = []
        removed: list[str] = []
        generation, root, folders = -1, b"", [""]
        while folders:
            asked, folders = folders[:FOLDERS_A_CALL], folders[FOLDERS_A_CALL:]
            ours, theirs = await self._trees(asked)
            root = root or ours.nodes[0].digest
            generation = theirs.generation if generation < 0 else generation
            for folder, mine, other in zip(asked, ours.nodes, theirs.nodes, strict=True):
                for path, entry in _new(folder, mine, other):
                    if path.endswith("/"):
                        folders.append(path.removesuffix("/"))
                    else:
                        changed.append(pb.FileState(path=path, digest=entry.digest, size=entry.size))
                removed += _gone(folder, mine, other)
        return generation, changed, removed, root

    async def _trees(self, folders: Sequence[str]) -> tuple[pb.GetTreeReply, pb.GetTreeReply]:
        request = pb.GetTreeRequest(folders=folders)
        ours = await (await self._here.stub()).GetTree(request, metadata=self._here.metadata)
        theirs = await (await self._there.stub()).GetTree(request, metadata=self._there.metadata)
        self._sent += request.ByteSize()
        self._received += theirs.ByteSize()
        return ours, theirs

    async def _send_missing(self, changed: Sequence[pb.FileState]) -> int:
        """Send the contents that the server has never seen; how many these were.

        A stream that breaks is begun anew where it broke, a few times. Errors: AioRpcError, InvalidRequest.
        """
        missing = await self._missing(changed)
        count = len(missing)
        for attempt in range(ATTEMPTS):
            if not missing:
                break
            try:
                refused = await self._upload(missing)
            except grpc.aio.AioRpcError as error:
                if not _is_broken(error) or attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(PAUSES_S[attempt])
            else:
                if any(offset == 0 for file, offset in missing if file.path in refused):
                    path, why = next(iter(refused.items()))
                    raise InvalidRequest(f"{len(refused)} contents were refused: {path}: {why}")
                missing = [(file, 0) for file, _ in missing if file.path in refused]  # begun on another daemon
                continue
            missing = await self._missing([file for file, _ in missing])
        if missing:
            raise InvalidRequest(
                f"{len(missing)} contents could not be sent whole, {missing[0][0].path} first: push again"
            )
        return count

    async def _missing(self, files: Sequence[pb.FileState]) -> list[tuple[pb.FileState, int]]:
        """Those of the files whose content the server lacks, each with how much of it is there."""
        missing: list[tuple[pb.FileState, int]] = []
        stub = await self._there.stub()
        for start in range(0, len(files), FILES_A_CALL):
            page = files[start : start + FILES_A_CALL]
            request = pb.FindMissingRequest(files=page)
            reply = await stub.FindMissing(request, metadata=self._there.metadata)
            self._sent += request.ByteSize()
            self._received += reply.ByteSize()
            offsets = reply.offsets or [0] * len(reply.missing)
            missing += ((page[place], offset) for place, offset in zip(reply.missing, offsets, strict=True))
        return missing

    async def _upload(self, missing: Sequence[tuple[pb.FileState, int]]) -> dict[str, str]:
        """Send contents, each from an offset on; return the paths of those that were refused, and why."""
        stub = await self._there.stub()
        taken = await stub.UploadFile(self._chunks(missing), metadata=self._there.metadata)
        return {error.file_path: error.error for error in taken.errors}

    async def _chunks(self, missing: Sequence[tuple[pb.FileState, int]]) -> AsyncIterator[pb.FileChunk]:
        for file, begin in missing:
            for chunk in self._parts(file, begin):
                self._sent += chunk.ByteSize()
                yield chunk

    def _parts(self, file: pb.FileState, begin: int) -> Iterator[pb.FileChunk]:
        """A file's content from an offset on, in parts. Errors: InvalidRequest if the index holds another one."""
        found = read_file(self._root, file.path, self._max_file_bytes)
        if not isinstance(found, Content) or found.digest != file.digest:
            raise InvalidRequest(f"{file.path} was changed meanwhile: push again")
        for offset in range(begin, max(len(found.data), 1), CHUNK_BYTES):
            data = found.data[offset : offset + CHUNK_BYTES]
            yield pb.FileChunk(path=file.path, digest=file.digest, size=len(found.data), offset=offset, data=data)


def _is_broken(error: grpc.aio.AioRpcError) -> bool:
    """Whether it is the stream that failed. A write to one that is gone is told as INTERNAL by gRPC itself."""
    said = CODE_TRAILER in dict(error.trailing_metadata() or ())
    return error.code() is grpc.StatusCode.UNAVAILABLE or (error.code() is grpc.StatusCode.INTERNAL and not said)


def _new(folder: str, mine: pb.TreeNode, other: pb.TreeNode) -> Iterator[tuple[str, pb.TreeEntry]]:
    """What is here and not there, or there otherwise: path and entry."""
    known = {entry.name: entry.digest for entry in other.entries}
    for entry in mine.entries:
        if known.get(entry.name) != entry.digest:
            yield _joined(folder, entry.name), entry


def _gone(folder: str, mine: pb.TreeNode, other: pb.TreeNode) -> list[str]:
    """What is there and not here. A file in place of a folder of its name, or the other way round, is both."""
    here = {entry.name for entry in mine.entries}
    return [_joined(folder, entry.name).rstrip("/") for entry in other.entries if entry.name not in here]


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


async def push(here: Side, there: Side, root: Path) -> Pushed:
    """Push a root that is complete in this machine's index. Errors: BridgeError."""
    try:
        status = await (await here.stub()).GetStatus(pb.GetStatusRequest())
        return await Pusher(here, there, root, status.max_file_bytes).push()
    except grpc.aio.AioRpcError as error:
        raise translated(error) from None
