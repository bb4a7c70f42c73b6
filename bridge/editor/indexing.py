"""Tell the editor how far its folders are indexed: as work-done progress, and as `codeindex/status` if it asked."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from bridge.editor.editor import Editor
from bridge.editor.folders import Folder
from bridge.errors import BridgeError
from protos import code_index_pb2 as pb

log = logging.getLogger(__name__)

STATUS = "codeindex/status"
# Where the daemon refused, or a folder was complete and is not any more.
AGAIN_AFTER_S = 1.0


class Indexing:
    """One task a folder, until its index is complete."""

    def __init__(self, server: LanguageServer, editor: Editor) -> None:
        self._server = server
        self._editor = editor
        self._following: dict[str, asyncio.Task[None]] = {}

    def follow(self, folder: Folder) -> None:
        """Tell of a folder from now on."""
        self.leave(folder.root)
        self._tell_status(folder, pb.Freshness())  # it is open, however long the daemon takes
        self._following[folder.root] = asyncio.get_running_loop().create_task(self._follow(folder))

    def leave(self, root: str) -> None:
        """The folder is closed."""
        task = self._following.pop(root, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """The editor ends."""
        for root in list(self._following):
            self.leave(root)

    async def _follow(self, folder: Folder) -> None:
        """Tell of a folder until it is complete, whatever becomes of the daemon meanwhile."""
        said = ""
        while True:
            try:
                await self._tell_progress(folder)
                if await self._tell_end(folder):
                    return
            except BridgeError as error:
                if str(error) != said:  # once, however often it is tried again
                    said = str(error)
                    log.warning("%s: %s", folder.root, error)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _tell_progress(self, folder: Folder) -> None:
        token: str | None = None
        try:
            async for progress in folder.workspace.syncer.until_complete():
                self._tell_status(folder, progress.freshness)
                if token is None and not progress.freshness.complete:
                    token = await self._begin(folder)
                if token is not None:
                    self._report(token, progress)
        finally:
            if token is not None:
                self._server.work_done_progress.end(token, types.WorkDoneProgressEnd(message="indexed"))

    async def _begin(self, folder: Folder) -> str | None:
        """A progress bar, if the client has them."""
        window = self._editor.capabilities.window
        if not (self._editor.settings.progress and window and window.work_done_progress):
            return None
        token = f"codeindex-{secrets.token_hex(4)}"
        try:
            await self._server.work_done_progress.create_async(token)
        except JsonRpcException:
            return None
        title = f"Indexing {folder.workspace.root.name}"
        self._server.work_done_progress.begin(token, types.WorkDoneProgressBegin(title, percentage=0))
        return token

    def _report(self, token: str, progress: pb.SyncProgress) -> None:
        message = f"{progress.files_processed} of {progress.total_files} files"
        share = min(100, int(progress.percentage))
        report = types.WorkDoneProgressReport(message=message, percentage=share)
        self._server.work_done_progress.report(token, report)

    async def _tell_end(self, folder: Folder) -> bool:
        """Tell the present state, which may have been reached before anyone followed; whether it is complete."""
        request = pb.GetStatusRequest(workspace=True, problems_limit=1, require=await self._editor.require(folder))
        fresh = (await folder.workspace.client.status(request)).freshness
        self._tell_status(folder, fresh)
        return fresh.complete

    def _tell_status(self, folder: Folder, fresh: pb.Freshness) -> None:
        if self._editor.settings.status:
            self._server.protocol.notify(STATUS, status_of(folder, fresh))


def status_of(folder: Folder, fresh: pb.Freshness) -> dict[str, Any]:
    """A folder's index, for a status line."""
    return {
        "root": folder.root,
        "complete": fresh.complete,
        "indexedFiles": fresh.indexed_files,
        "totalFiles": fresh.total_files,
        "pendingFiles": fresh.pending_files,
        "failedFiles": fresh.failed_files,
    }
