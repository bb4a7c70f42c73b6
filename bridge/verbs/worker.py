"""A worker of a team's server: takes a job, pushes what it names, reports, and takes the next one.

While it is at a job it says so, well within its lease. If it cannot, another worker has the job, and it lets go.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import grpc

from bridge.daemon.client import stub_of
from bridge.daemon.connector import Link
from bridge.errors import BridgeError
from bridge.verbs.push import push_root
from bridge.workspace.clones import checkout_of
from protos import code_index_pb2 as pb

if TYPE_CHECKING:  # only the stub file knows the asyncio flavour
    from protos.code_index_pb2_grpc import CodeIndexServiceAsyncStub

T = TypeVar("T")
log = logging.getLogger(__name__)

# So often a worker without work asks for some.
IDLE_S: Final = 2.0
RENEWALS_A_LEASE: Final = 3
ANSWERS_WITHIN_S: Final = 30.0
# The server may be away for so long, as when its daemons are replaced, before a worker gives up.
AWAY_S: Final = 600.0
_AWAY: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class Outcome(NamedTuple):
    """How a job went. `error` is empty if it is done."""

    source: str
    commit: str
    changed: int
    seconds: float
    error: str

    def __str__(self) -> str:
        how = self.error or f"{self.changed} files changed"
        return f"{self.source} as {self.commit}: {how}, {self.seconds:.2f} s"


class _LeaseLost(Exception):
    """Another worker may have the job by now."""


class Worker:
    """`outcomes` does jobs until there are none, or for ever."""

    def __init__(self, link: Link, server: str, home: Path, lease_s: float) -> None:
        self._link = link
        self._server = server
        self._home = home
        self._lease_s = lease_s
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    async def outcomes(self, until_done: bool) -> AsyncIterator[Outcome]:
        """A job after the other. Errors: BridgeError, AioRpcError (the server refuses us, or is away for long)."""
        while True:
            job = await self._taken()
            if job is not None:
                yield await self._done(job)
            elif until_done and await self._all_done():
                return
            else:
                await asyncio.sleep(IDLE_S)

    async def _stub(self) -> CodeIndexServiceAsyncStub:
        return stub_of(await self._link.channel())

    async def _taken(self) -> pb.Job | None:
        """The next job, if there is one."""
        request = pb.TakeJobRequest(worker=self._name, lease_ms=int(self._lease_s * 1000))
        reply = await self._answered(lambda stub: stub.TakeJob(request, timeout=ANSWERS_WITHIN_S), AWAY_S)
        return reply.job if reply.HasField("job") else None

    async def _all_done(self) -> bool:
        request = pb.ListJobsRequest()
        reply = await self._answered(lambda stub: stub.ListJobs(request, timeout=ANSWERS_WITHIN_S), AWAY_S)
        return all(job.state == "failed" for job in reply.jobs)

    async def _answered(self, ask: Callable[[CodeIndexServiceAsyncStub], Awaitable[T]], away_s: float) -> T:
        """What the server answers; one that is away is waited for, for so long. Errors: AioRpcError, BridgeError."""
        until = time.monotonic() + away_s
        while True:
            try:
                return await ask(await self._stub())
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AWAY or time.monotonic() > until:
                    raise
                log.warning("the server is away: %s", error.details())
                await asyncio.sleep(min(IDLE_S, away_s / RENEWALS_A_LEASE))

    async def _done(self, job: pb.Job) -> Outcome:
        """Do a job, as long as we hold it, and report how it went."""
        begun = time.monotonic()
        changed, error = 0, ""
        holding = asyncio.create_task(self._hold(job))
        working = asyncio.create_task(self._push(job))
        try:
            await asyncio.wait({holding, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await holding  # which says why
            changed = await working
            if not await self._report(job, pb.ReportJobRequest(done=True)):
                raise _LeaseLost
        except _LeaseLost:
            error = "another worker has it by now"
        except (BridgeError, OSError, grpc.aio.AioRpcError) as failure:
            error = _told(failure)
            await self._report(job, pb.ReportJobRequest(error=error))
        finally:
            for task in (holding, working):
                task.cancel()
            await asyncio.gather(holding, working, return_exceptions=True)
        return Outcome(job.source, job.commit, changed, round(time.monotonic() - begun, 3), error)

    async def _push(self, job: pb.Job) -> int:
        """How many files of the server's snapshot were changed."""
        root = await checkout_of(job.source, self._home / "clones")
        pushed = await push_root(root, self._home, self._server, job.commit)
        return pushed.changed + pushed.removed

    async def _hold(self, job: pb.Job) -> None:
        """Say again and again that we are at it. Raises _LeaseLost once another may have it."""
        held = True
        while held:
            await asyncio.sleep(self._lease_s / RENEWALS_A_LEASE)
            held = await self._report(job, pb.ReportJobRequest(lease_ms=int(self._lease_s * 1000)))
        raise _LeaseLost

    async def _report(self, job: pb.Job, report: pb.ReportJobRequest) -> bool:
        """Whether we hold it, or held it. A server that is away is waited for, as long as the lease can last."""
        report.id, report.tries = job.id, job.tries
        within_s = min(ANSWERS_WITHIN_S, self._lease_s)
        try:
            reply = await self._answered(lambda stub: stub.ReportJob(report, timeout=within_s), self._lease_s)
        except grpc.aio.AioRpcError as error:
            if error.code() not in _AWAY:
                raise
            return False
        return reply.held


def _told(failure: BaseException) -> str:
    """An error in a line."""
    text = failure.details() if isinstance(failure, grpc.aio.AioRpcError) else str(failure)
    return " ".join((text or type(failure).__name__).split())
