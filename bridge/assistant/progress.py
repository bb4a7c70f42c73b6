"""Tell a client that asked for it how far the index is, for as long as its question waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from bridge.assistant.server import Context
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb


@contextlib.asynccontextmanager
async def reported(context: Context, workspaces: Sequence[WorkspaceSession]) -> AsyncIterator[None]:
    """Report the progress of these workspaces while the body runs. The SDK says nothing if nobody asked for it."""
    report = _Report(context)
    following = [asyncio.create_task(_follow(report, one)) for one in workspaces]
    try:
        yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


class _Report:
    """One request's progress: the sum over its workspaces, which must never go back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._latest: dict[WorkspaceSession, pb.SyncProgress] = {}
        self._told = -1

    async def tell(self, workspace: WorkspaceSession, progress: pb.SyncProgress) -> None:
        """Say how far it is, if that is further than before."""
        self._latest[workspace] = progress
        done = sum(one.files_processed for one in self._latest.values())
        total = sum(one.total_files for one in self._latest.values())
        if done > self._told:
            self._told = done
            await self._context.session.report_progress(done, total, f"{done} of {total} files indexed")


async def _follow(report: _Report, workspace: WorkspaceSession) -> None:
    async for progress in workspace.syncer.until_complete():
        await report.tell(workspace, progress)
