"""What runs, what it holds, and how to end it."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any, TypeAlias

import grpc
from google.protobuf.empty_pb2 import Empty

from grpc_backend import __version__
from grpc_backend.access.grant import current_grant
from grpc_backend.errors import StorageFailed
from grpc_backend.extract.form import extraction_form
from grpc_backend.index.service import IndexService
from grpc_backend.index.workspace import FAILURES, Workspace
from grpc_backend.model import FileState
from grpc_backend.rpc import wire
from grpc_backend.rpc.job_servicer import JobServicer
from protos import code_index_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
DEFAULT_PROBLEMS = 50
MAX_PROBLEMS = 1000


class Servicer(JobServicer):
    """The whole service: the index's methods, a team's, and the daemon's own."""

    def __init__(self, service: IndexService, instance_id: str, stop: asyncio.Future[int]) -> None:
        super().__init__(service)
        self._instance_id = instance_id
        self._stop = stop
        self._started = time.monotonic()

    async def GetStatus(self, request: pb.GetStatusRequest, context: Context) -> pb.GetStatusReply:  # noqa: N802
        """The daemon, and, where asked for, the call's workspace."""
        reply = pb.GetStatusReply(
            daemon_version=__version__,
            pid=os.getpid(),
            instance_id=self._instance_id,
            uptime_s=int(time.monotonic() - self._started),
            streams=len(self._service.sessions),
            workspaces=[name for name in self._service.open_workspaces() if current_grant().covers(name)],
            storage=self._service.engine.name,
            storage_bytes=await self._service.in_reader(self._service.engine.size_bytes),
            max_file_bytes=self._service.config.max_file_bytes,
            load=wire.load_to(self._service.load(), self._service.ingest.figures),
            caller=wire.caller_to(current_grant()),
            extracted=self._service.ingest.figures.extracted,
            fetched=self._service.ingest.figures.fetched,
            extraction=extraction_form(),
        )
        if request.workspace:
            await self._describe(request, context, reply)
        return reply

    async def Shutdown(self, request: pb.ShutdownRequest, _context: Context) -> Empty:  # noqa: N802
        """Begin to stop: calls under way may end within the grace."""
        if not self._stop.done():
            self._stop.set_result(request.grace_ms)
        return Empty()

    async def _describe(self, request: pb.GetStatusRequest, context: Context, reply: pb.GetStatusReply) -> None:
        workspace, freshness = await self._ready(request.require, context)
        view = self._service.view(workspace.layer())
        summary = await self._service.in_reader(view.summary, workspace.name)
        limit = min(request.problems_limit or DEFAULT_PROBLEMS, MAX_PROBLEMS)
        problems = sorted((file for file in workspace.files.values() if file.problem), key=_urgency)
        reply.freshness.CopyFrom(wire.freshness_to(freshness))
        reply.symbols = summary.symbols
        reply.meaning_pending_files = await self._meaning_pending(workspace)
        reply.languages.update(summary.languages)
        reply.skipped_files = workspace.skipped_files
        reply.unsupported_files = workspace.unsupported
        reply.problems.extend(
            pb.Problem(path=file.path, reason=file.problem, detail=file.detail) for file in problems[:limit]
        )

    async def _meaning_pending(self, workspace: Workspace) -> int:
        """Files that a search by meaning does not find yet; -1 if it finds nothing at all."""
        try:
            return await (await self._service.meaning()).lacking(workspace)
        except StorageFailed:
            return -1


def _urgency(file: FileState) -> tuple[bool, bool, str]:
    """Failures come first, and last what nobody expects to be indexed: only so many are told."""
    return (file.problem not in FAILURES, file.problem == "unsupported", file.path)
