"""The commands of `workspace/executeCommand`: status, reindex, restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bridge.editor.editor import Editor
from bridge.editor.folders import Folder
from bridge.editor.indexing import Indexing, status_of
from protos import code_index_pb2 as pb

Command = Callable[[Editor, Indexing], Awaitable[Any]]


async def status(editor: Editor, _indexing: Indexing) -> dict[str, Any]:
    """The daemon, and how far each folder is."""
    asked = editor.folders.all
    replies = await asyncio.gather(*(_status(editor, folder) for folder in asked))
    daemon = next(({"version": one.daemon_version, "pid": one.pid, "uptime": one.uptime_s} for one in replies), None)
    folders = [
        {
            **status_of(folder, reply.freshness),
            "symbols": reply.symbols,
            "languages": dict(reply.languages),
            "watching": folder.workspace.syncer.watching,
            "problems": [{"path": one.path, "reason": one.reason, "detail": one.detail} for one in reply.problems],
        }
        for folder, reply in zip(asked, replies, strict=True)
    ]
    return {"daemon": daemon, "folders": folders}


async def reindex(editor: Editor, indexing: Indexing) -> None:
    """Compare all folders with the disk anew; what is unsaved is told again."""
    await editor.overlays.flush()
    for folder in await editor.folders.reopen():
        indexing.follow(folder)
    editor.overlays.tell_again()


async def restart(editor: Editor, indexing: Indexing) -> None:
    """Have the daemon end, and another start; the streams are made anew by themselves."""
    folders = editor.folders.all
    if folders:
        await folders[0].workspace.client.shutdown()
    for folder in folders:
        indexing.follow(folder)


COMMANDS: dict[str, Command] = {
    "codeindex.status": status,
    "codeindex.reindex": reindex,
    "codeindex.restart": restart,
}


async def _status(editor: Editor, folder: Folder) -> pb.GetStatusReply:
    request = pb.GetStatusRequest(workspace=True, problems_limit=20, require=await editor.require(folder))
    return await folder.workspace.client.status(request)
