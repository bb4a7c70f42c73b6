"""What the store no longer needs is dropped while the daemon serves, a little at a time, when nothing else is written.

- A workspace that a client kept in step is forgotten when it was not open for FORGET_AFTER_S: opening it again
  costs what a new one costs. What was pushed (IndexFile, BulkIndex) stays, for nobody would push it again.
- Contents that no workspace holds are what a branch switch or an undone edit goes back to: as many are kept as the
  open workspaces hold, and KEEP_CONTENTS at least. Of the others, those that came first go first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from grpc_backend.errors import StorageFailed
from grpc_backend.index.committer import Committer
from grpc_backend.index.workspace import Workspace
from grpc_backend.storage.engine import Engine

log = logging.getLogger(__name__)

FORGET_AFTER_S: Final = 30 * 24 * 3600
KEEP_CONTENTS: Final = 20_000
# Bounds how long a change waits for the writer: some tens of milliseconds.
BUDGET: Final = 50
QUIET_S: Final = 5.0
PAUSE_S: Final = 0.5
ROUND_S: Final = 60.0
NOTE_EVERY_S: Final = 3600


class Upkeep:
    """Runs beside the committer, through its writer."""

    def __init__(
        self,
        engine: Engine,
        committer: Committer,
        open_workspaces: Mapping[str, Workspace],
        *,
        keep: int = KEEP_CONTENTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._committer = committer
        self._open = open_workspaces
        self._keep = keep
        self._clock = clock
        self._noted: set[str] = set()
        self._note_due_s = 0.0
        self._collected = -1  # the committer's step up to which there is nothing more to collect

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._committer.quiet(QUIET_S)
            try:
                dropped = await self.round()
            except StorageFailed:
                log.exception("tidying the store failed; trying again in %s s", ROUND_S)
                dropped = 0
            await asyncio.sleep(PAUSE_S if dropped else ROUND_S)

    async def round(self) -> int:
        """Forget what is due, and collect within the budget; return how many contents were dropped."""
        unopened = await self._note()
        async with self._committer.holding:
            still = [name for name in unopened if name not in self._open]
            forgotten = await self._committer.in_writer(lambda: list(filter(self._forget, still))) if still else []
            step = self._committer.steps
            if step == self._collected and not forgotten:
                return 0
            keep = max(self._keep, sum(len(one.files) for one in self._open.values()))
            dropped = await self._committer.in_writer(lambda: self._engine.collect(BUDGET, keep))
        if not dropped:
            self._collected = step
        return dropped

    def note_open(self) -> None:
        """Note when the open workspaces were in use. Blocks."""
        self._engine.opened(list(self._open), int(self._clock()))

    async def _note(self) -> list[str]:
        """Note what is open, when that is due; return what was not for long."""
        now = self._clock()
        if now < self._note_due_s and self._open.keys() <= self._noted:
            return []
        self._note_due_s, self._noted = now + NOTE_EVERY_S, set(self._open)
        await self._committer.in_writer(self.note_open)
        noted = await self._committer.in_writer(self._engine.last_opened)
        return [name for name, at_s in noted.items() if at_s < now - FORGET_AFTER_S]

    def _forget(self, name: str) -> bool:
        """Drop a workspace unless it was pushed: only files of a synced one have inodes."""
        files = self._engine.files(name)
        if files and not any(file.inode for file in files):
            return False
        log.info("%s was not open for %d days: forgotten", name, FORGET_AFTER_S // 86_400)
        self._engine.forget(name)
        return True
