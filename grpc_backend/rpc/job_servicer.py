"""A team's queue over gRPC: repositories to index, and the workers that take them."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeAlias

import grpc

from grpc_backend.access.grant import current_grant
from grpc_backend.errors import InvalidRequest, RepositoryDenied
from grpc_backend.rpc import wire
from grpc_backend.rpc.cloud_servicer import CloudServicer
from grpc_backend.storage.jobs import Job, Queue
from protos import code_index_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

MOST_JOBS: Final = 10_000
LONGEST_LEASE_S: Final = 3600.0
MAX_NAME_BYTES: Final = 200
MAX_ERROR_BYTES: Final = 2_000
# What went wrong for a moment is over by then, and with the try after it.
AGAIN_IN_S: Final = 30.0


class JobServicer(CloudServicer):
    """Methods of those who add jobs and of those who do them."""

    async def AddJobs(self, request: pb.AddJobsRequest, _context: Context) -> pb.AddJobsReply:  # noqa: N802
        """Have repositories indexed."""
        queue = self._queue()
        if len(request.jobs) > MOST_JOBS:
            raise InvalidRequest(f"{MOST_JOBS} jobs at a time")
        wanted = [(wire.path_from(one.source), _name("a commit", one.commit)) for one in request.jobs]
        return pb.AddJobsReply(added=await asyncio.to_thread(queue.add, wanted))

    async def TakeJob(self, request: pb.TakeJobRequest, _context: Context) -> pb.TakeJobReply:  # noqa: N802
        """The next one, for a worker."""
        worker, lease_s = _name("a worker", request.worker), _lease_s(request.lease_ms)
        job = await asyncio.to_thread(self._queue().take, worker, lease_s)
        return pb.TakeJobReply(job=wire.job_to(job) if job is not None else None)

    async def ReportJob(self, request: pb.ReportJobRequest, _context: Context) -> pb.ReportJobReply:  # noqa: N802
        """What its worker says of it."""
        queue, held = self._queue(), Job(request.id, "", "", tries=request.tries)
        match request.WhichOneof("report"):
            case "lease_ms":
                is_held = await asyncio.to_thread(queue.renew, held, _lease_s(request.lease_ms))
            case "error":
                text = request.error.encode()[:MAX_ERROR_BYTES].decode(errors="ignore").replace("\0", "")
                is_held = await asyncio.to_thread(queue.failed, held, text, AGAIN_IN_S)
            case "done":
                is_held = await asyncio.to_thread(queue.done, held)
            case _:
                raise InvalidRequest("report `lease_ms`, `done` or `error`")
        return pb.ReportJobReply(held=is_held)

    async def ListJobs(self, request: pb.ListJobsRequest, _context: Context) -> pb.ListJobsReply:  # noqa: N802
        """Those that wait, are taken or have failed."""
        limit = min(request.limit or MOST_JOBS, MOST_JOBS)
        return pb.ListJobsReply(jobs=map(wire.job_to, await asyncio.to_thread(self._queue().jobs, limit)))

    def _queue(self) -> Queue:
        """Errors: RepositoryDenied, InvalidRequest."""
        grant = current_grant()
        if not grant.sees_everything:
            raise RepositoryDenied(f"jobs name any repository; the token {grant.principal!r} is for some only")
        queue = self._service.engine.queue
        if queue is None:
            raise InvalidRequest("jobs are kept in a database: start the server with --store postgresql://…")
        return queue


def _name(what: str, text: str) -> str:
    if not 0 < len(text.encode()) <= MAX_NAME_BYTES or "\0" in text:
        raise InvalidRequest(f"{what} has a name of 1 to {MAX_NAME_BYTES} bytes, without NUL")
    return text


def _lease_s(lease_ms: int) -> float:
    if not 0 < lease_ms <= LONGEST_LEASE_S * 1000:
        raise InvalidRequest(f"a lease is longer than nothing, and at most {LONGEST_LEASE_S:.0f} s")
    return lease_ms / 1000
