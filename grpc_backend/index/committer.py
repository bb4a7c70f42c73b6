"""The one writer: gathers what is ready and commits it, a step a workspace at a time.

While a commit runs, more becomes ready; so steps grow with the load (group commit)
and a lone edit is committed at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from grpc_backend.errors import StorageFailed
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.storage.engine import Commit, Engine

log = logging.getLogger(__name__)

# Bounds how long an interactive change waits behind a bulk step.
STEP_FILES = 512
# While much is still to come, steps are gathered for so long: each rewrites the pages that it
# touches, and a step of many files touches hardly more than one of few.
GATHER_S = 1.0
RETRY_S = 1.0

T = TypeVar("T")
Ready = tuple[FileState, Extraction | None]


class Committer:
    """Queues per workspace, drained by `run`. Lives on the event loop; the engine works in a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._ready: dict[str, tuple[Workspace, dict[str, Ready | None]]] = {}
        self._filled = asyncio.Event()
        self._hurry = False
        self.steps = 0
        self._busy_s = 0.0
        # Held from finding that the store knows something until that is in use: nothing is dropped meanwhile.
        self.holding = asyncio.Lock()

    def put(
        self, workspace: Workspace, state: FileState, extraction: Extraction | None, *, urgent: bool = False
    ) -> None:
        """A file is ready: with its extraction, or with a content that the store knows.

        One that is not wanted any more is passed over: workers are done in any order, and it must not take
        the place of a later one that is ready already.
        """
        wanted = workspace.wanted.get(state.path)
        if wanted is not None and wanted.key == state.key:
            self._hurry = self._hurry or urgent
            self._queue(workspace)[state.path] = (state, extraction)

    def remove(self, workspace: Workspace, path: str) -> None:
        """A file is to go."""
        self._queue(workspace)[path] = None

    def waiting(self) -> int:
        """Files that are ready and not committed."""
        return sum(len(queue) for _, queue in self._ready.values())

    async def run(self) -> None:
        """Commit until cancelled."""
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._ready:
                    for workspace, queue in list(self._ready.values()):
                        await self._gather(workspace, queue)
                        await self._step(workspace, queue)
                        if not queue:
                            self._ready.pop(workspace.name, None)
        finally:
            self._writer.shutdown()

    async def quiet(self, for_s: float) -> None:
        """Return once nothing was committed, and nothing waits to be, for so long."""
        left_s = for_s
        while left_s > 0:
            await asyncio.sleep(left_s)
            left_s = for_s if self._ready else self._busy_s + for_s - asyncio.get_running_loop().time()

    async def in_writer(self, work: Callable[[], T]) -> T:
        """Run other writing work between commits."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _queue(self, workspace: Workspace) -> dict[str, Ready | None]:
        self._filled.set()
        return self._ready.setdefault(workspace.name, (workspace, {}))[1]

    async def _gather(self, workspace: Workspace, queue: dict[str, Ready | None]) -> None:
        """Let a bulk step grow; return at once when an edit waits, or when nothing more is to come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                while len(queue) < STEP_FILES < len(workspace.wanted) and not self._hurry:
                    self._filled.clear()
                    await self._filled.wait()
        self._hurry = False

    async def _step(self, workspace: Workspace, queue: dict[str, Ready | None]) -> None:
        """Commit one step; what could not be stored stays queued and is tried again."""
        taken = {path: queue.pop(path) for path in list(queue)[:STEP_FILES]}
        step, stored = _commit_of(workspace, taken)
        if not (step.extractions or step.files or step.removed):
            return  # all was overtaken: a new generation would say that something changed
        try:
            generation = await self.in_writer(lambda: self._engine.commit(step))
        except StorageFailed:
            log.exception("a commit of %d files failed; trying again in %s s", len(taken), RETRY_S)
            for path, ready in taken.items():
                queue.setdefault(path, ready)
            await asyncio.sleep(RETRY_S)
            return
        self.steps += 1
        self._busy_s = asyncio.get_running_loop().time()
        workspace.committed(generation, stored, step.removed)


def _commit_of(workspace: Workspace, taken: dict[str, Ready | None]) -> tuple[Commit, list[FileState]]:
    """The step for what was taken, without what has been overtaken by a later word."""
    extractions: list[tuple[ContentKey, Extraction]] = []
    files: list[FileState] = []
    removed: list[str] = []
    for path, ready in taken.items():
        wanted = workspace.wanted.get(path)
        if wanted is None and path in workspace.wanted:
            removed.append(path)
        if ready is None:
            continue
        state, extraction = ready
        if extraction is not None:
            extractions.append((state.key, extraction))
        if wanted is not None and wanted.key == state.key:
            files.append(state)
    return Commit(workspace.name, extractions, files, removed), files
