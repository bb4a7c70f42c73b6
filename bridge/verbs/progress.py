"""Wait for a complete index, with a progress bar on a terminal."""

from __future__ import annotations

import sys

from bridge.workspace.syncer import Syncer
from protos import code_index_pb2 as pb


async def wait_until_complete(syncer: Syncer) -> pb.Freshness:
    """Return when the index covers the whole workspace. Nothing is shown where stderr is no terminal."""
    if not sys.stderr.isatty():
        states = [progress async for progress in syncer.until_complete()]
        return states[-1].freshness if states else pb.Freshness()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = pb.SyncProgress()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        async for progress in syncer.until_complete():
            bar.update(task, total=progress.total_files or None, completed=progress.files_processed)
    return progress.freshness
