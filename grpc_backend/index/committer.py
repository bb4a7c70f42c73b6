"""The one writer: gathers what is ready and commits it, a step a workspace at a time.

While a commit runs, more becomes ready; so steps grow with the load (group commit)
and a lone edit is committed at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from grpc_backend.errors import Overtaken, StorageFailed
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
        self._stepping = asyncio.Lock()
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

    async def renew(self, workspace: Workspace) -> None:
        """Take over what other daemons have committed to a shared store since this was last asked."""
        if not self._engine.shared:
            return
        if await asyncio.to_thread(self._engine.generation, workspace.name) != workspace.generation:
            async with self._stepping:  # a commit of our own may be on its way back
                await self._take_over(workspace)

    async def claim(self, workspace: Workspace) -> None:
        """Be the daemon through which a workspace is described: what others still have on its way is refused.

        Errors: StorageFailed.
        """
        while self._engine.shared:
            async with self._stepping:
                step = Commit(workspace.name, expected=workspace.generation)
                try:
                    workspace.generation = await self.in_writer(partial(self._engine.commit, step))
                    return
                except Overtaken:
                    await self._take_over(workspace)

    async def commit_now(self, workspace: Workspace, files: Sequence[FileState], removed: Sequence[str]) -> int:
        """Commit files whose contents the store knows, as one step on what is held; return the new generation.

        Errors: StorageFailed; Overtaken, and then what is held is as new as the store.
        """
        step = Commit(workspace.name, (), files, removed, expected=workspace.generation)
        async with self._stepping:
            try:
                generation = await self._stored(workspace, step)
            except Overtaken:
                await self._take_over(workspace)
                raise
            workspace.committed(generation, files, removed)
        return generation

    async def _stored(self, workspace: Workspace, step: Commit) -> int:
        workspace.steps += 1
        workspace.land(step.files)
        try:
            return await self.in_writer(partial(self._engine.commit, step))
        finally:
            workspace.land(())

    async def _take_over(self, workspace: Workspace) -> None:
        generation = await asyncio.to_thread(self._engine.generation, workspace.name)
        if generation != workspace.generation:
            # Files that are newer than the generation do no harm: the next look takes them over again.
            workspace.overtaken(generation, await asyncio.to_thread(self._engine.files, workspace.name))

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
        try:
            async with self._stepping:
                await self._commit(workspace, taken)
        except (StorageFailed, Overtaken, KeyError) as error:
            for path, ready in taken.items():
                queue.setdefault(path, ready)
            if isinstance(error, StorageFailed):
                log.exception("a commit of %d files failed; trying again in %s s", len(taken), RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def _commit(self, workspace: Workspace, taken: dict[str, Ready | None]) -> None:
        """Commit what was taken. Errors: StorageFailed; Overtaken, KeyError once the workspace is mended."""
        step, stored = _commit_of(workspace, taken)
        if not (step.extractions or step.files or step.removed):
            return  # all was overtaken: a new generation would say that something changed
        if self._engine.shared:
            step = replace(step, expected=workspace.generation)
        try:
            generation = await self._stored(workspace, step)
        except Overtaken as error:
            log.info("%s: what was on its way is told anew", error)
            await self._take_over(workspace)
            raise
        except KeyError as error:
            _forsake(workspace, taken, error.args[0])
            raise
        self.steps += 1
        self._busy_s = asyncio.get_running_loop().time()
        workspace.committed(generation, stored, step.removed)


def _forsake(workspace: Workspace, taken: dict[str, Ready | None], key: ContentKey) -> None:
    """A content that the store knew is gone: another daemon has collected it. Have its files described anew."""
    for path, ready in list(taken.items()):
        if ready is not None and ready[0].key == key:
            del taken[path]
            workspace.reconsider(path)


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
