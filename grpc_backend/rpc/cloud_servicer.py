"""What a machine and a team's server say to each other, by content: trees, extractions, contents, snapshots."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

import grpc

from grpc_backend.errors import BadContent, CodeIndexError, TooLarge
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.bases import FORM
from grpc_backend.index.service import IndexService
from grpc_backend.index.snapshots import Change
from grpc_backend.model import FileState
from grpc_backend.rpc import wire
from grpc_backend.rpc.chunks import ChunkBuffer
from grpc_backend.rpc.index_servicer import IndexServicer
from grpc_backend.rpc.uploads import Uploads
from protos import code_index_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
T = TypeVar("T")

PAGE_FILES: Final = 2_000
PAGE_BYTES: Final = 1024 * 1024
PART_BYTES: Final = 512 * 1024
# Contents that are extracted and committed together.
TAKEN_FILES, TAKEN_BYTES = 256, 4 * 1024 * 1024


class CloudServicer(IndexServicer):
    """Methods by which snapshots are compared, filled and committed, and extractions are had."""

    def __init__(self, service: IndexService) -> None:
        super().__init__(service)
        self._uploads = Uploads()

    async def GetTree(self, request: pb.GetTreeRequest, context: Context) -> pb.GetTreeReply:  # noqa: N802
        """Folders of the workspace's tree."""
        workspace = await self._renewed(context)
        tree = workspace.tree()
        nodes = [wire.node_to(tree.digest(folder), tree.entries(folder)) for folder in request.folders]
        return pb.GetTreeReply(generation=workspace.generation, nodes=nodes)

    async def GetRemoteState(  # noqa: N802
        self, _request: pb.GetRemoteStateRequest, context: Context
    ) -> AsyncIterator[pb.RemoteState]:
        """All files with their digests, in pages; one page at least."""
        workspace = await self._renewed(context)
        generation = workspace.generation
        files = sorted(workspace.files.values(), key=lambda file: file.path)
        for start in range(0, len(files) or 1, PAGE_FILES):
            page = files[start : start + PAGE_FILES]
            yield pb.RemoteState(generation=generation, files=map(wire.digested_to, page))

    async def FindMissing(self, request: pb.FindMissingRequest, context: Context) -> pb.FindMissingReply:  # noqa: N802
        """Which contents must be sent."""
        workspace = await self._workspace(context)
        files = [wire.state_from(one) for one in request.files]
        missing = await self._service.snapshots.lacking(files)
        offsets = [self._uploads.offset(workspace.name, files[place]) for place in missing]
        return pb.FindMissingReply(missing=missing, offsets=offsets if any(offsets) else ())

    async def FetchExtractions(  # noqa: N802
        self, request: pb.FetchExtractionsRequest, context: Context
    ) -> AsyncIterator[pb.ExtractionBatch]:
        """What is known of contents, in pages."""
        await self._workspace(context)
        files = [wire.state_from(one) for one in request.files] if request.extractor == EXTRACTOR_VERSION else []
        for start in range(0, len(files), TAKEN_FILES):
            found = await self._service.snapshots.packed(files[start : start + TAKEN_FILES])
            for page in _pages(found, PAGE_BYTES):
                extracted = [pb.Extracted(path=file.path, digest=file.digest, body=body) for file, body in page]
                yield pb.ExtractionBatch(extracted=extracted)

    async def FetchBase(self, request: pb.FetchBaseRequest, context: Context) -> AsyncIterator[pb.BasePart]:  # noqa: N802
        """The base of a snapshot, in parts; nothing while there is none."""
        workspace = await self._renewed(context)
        is_ours = (request.form, request.extractor) == (FORM, EXTRACTOR_VERSION)
        path = self._service.bases.of(workspace) if is_ours else None
        if path is None:
            return
        digest, offset = hashlib.sha256(), 0
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while data := await asyncio.to_thread(file.read, PART_BYTES):
                digest.update(data)
                end = offset + len(data)
                yield pb.BasePart(offset=offset, data=data, digest=digest.digest() if end == size else b"")
                offset = end

    async def UploadFile(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.FileChunk], context: Context
    ) -> pb.UploadReply:
        """Take contents in, whole ones only; one that cannot be taken costs only itself."""
        workspace = await self._workspace(context)
        chunks = ChunkBuffer(self._service.config.max_file_bytes, partial(self._uploads.take, workspace.name))
        reply = pb.UploadReply()
        waiting: list[tuple[FileState, bytes]] = []
        try:
            async for chunk in request_iterator:
                try:
                    content = chunks.add(wire.part_of(chunk))
                except (BadContent, TooLarge) as error:
                    reply.errors.append(_error(chunk.path, error))
                    continue
                if content is not None:
                    waiting.append((wire.state_from(wire.part_of(chunk)), content))
                if len(waiting) >= TAKEN_FILES or sum(len(one) for _, one in waiting) >= TAKEN_BYTES:
                    await self._take(workspace.name, waiting, reply)
        finally:
            self._uploads.keep(workspace.name, chunks.rest())
        await self._take(workspace.name, waiting, reply)
        return reply

    async def CommitSnapshot(  # noqa: N802
        self, request: pb.CommitSnapshotRequest, context: Context
    ) -> pb.CommitSnapshotReply:
        """Make the workspace what the caller says."""
        files = [wire.state_from(one) for one in request.files]
        removed = [wire.relative_path_from(path) for path in request.removed]
        change = Change(request.expected, files, removed, request.root)
        workspace = await self._workspace(context)
        generation = await self._service.snapshots.commit(workspace, change)
        self._service.bases.prepare(workspace)
        return pb.CommitSnapshotReply(generation=generation)

    async def _renewed(self, context: Context) -> Any:
        workspace = await self._workspace(context)
        return await self._service.renewed(workspace.name)

    async def _take(self, workspace: str, waiting: list[tuple[FileState, bytes]], reply: pb.UploadReply) -> None:
        """Extract and keep what has come whole."""
        taken, waiting[:] = waiting[:], []
        if taken:
            bad = await self._service.snapshots.take(workspace, taken)
            reply.errors.extend(_error(path, error) for path, error in bad)
            reply.taken += len(taken) - len(bad)


def _error(path: str, error: CodeIndexError) -> pb.SyncError:
    return pb.SyncError(file_path=path, error=str(error), code=error.code)


def _pages(found: Iterable[tuple[T, bytes]], limit_bytes: int) -> Iterator[Sequence[tuple[T, bytes]]]:
    """Groups of about so many bytes."""
    page: list[tuple[T, bytes]] = []
    size = 0
    for one in found:
        page.append(one)
        size += len(one[1])
        if size >= limit_bytes:
            yield page
            page, size = [], 0
    if page:
        yield page
