"""The index: workspaces brought up to date, questions answered. Knows no transport."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import msgspec
from msgspec import Struct

from grpc_backend.config import DaemonConfig
from grpc_backend.errors import CodeIndexError, TooOld
from grpc_backend.index.bases import Bases
from grpc_backend.index.committer import Committer
from grpc_backend.index.figures import Load
from grpc_backend.index.ingest import Ingest
from grpc_backend.index.reconcile import differing_folders
from grpc_backend.index.snapshots import Snapshots
from grpc_backend.index.upkeep import Upkeep
from grpc_backend.index.worker import WorkerPool
from grpc_backend.index.workspace import Subject, Workspace
from grpc_backend.model import Freshness
from grpc_backend.storage.engine import Engine, View
from grpc_backend.storage.layered import Layer, LayeredView

if TYPE_CHECKING:
    from grpc_backend.index.meaning import Meaning

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
DERIVE_AFTER_S = 2.0
# A question waits so long for a change that is being indexed, unless so many files are that it would be in vain.
SETTLE_WITHIN_S = 1.0
SETTLE_FILES = 500
# And so long for whoever describes the workspace to look for what the question is about.
HASTENED_WITHIN_S = 3.0
# And so long for what others have typed until then: a text that takes longer is shown as it was.
TYPED_WITHIN_S = 0.2
# Grammars that are loaded before they are needed: each takes some megabytes of a worker, and 50 ms.
WARM_DIALECTS = 2
# So many files say which.
WARM_SAMPLE = 1000
# A client that leads says within a second whether it could look at the disk: one that says nothing is not there.
SILENT_AFTER_S = 2.0


class Requirement(Struct, frozen=True):
    """How new an answer must be: at least a session's delta, and complete if that takes no longer than so.

    `flush`: whoever describes the workspace looks at the disk first. `behind`: the client has not told all yet.
    `rest_is_of_no_concern`: what is to come after the session's delta says nothing of what is asked.
    `subject`: whoever describes the workspace tells first what this is about, while not all is in.
    `generation`, `vouched`: what a session of another daemon over the same store has reached (see the wire).
    """

    session_id: str = ""
    sequence: int = 0
    complete_within_s: float = 0.0
    flush: bool = False
    behind: bool = False
    rest_is_of_no_concern: bool = False
    generation: int = 0
    vouched: bool = False
    subject: Subject | None = None


class Session(Protocol):
    """How far the changes are that one client tells."""

    def received(self) -> int:
        """The sequence of the last change that has come: what it touches is no longer taken for true."""

    def acknowledged(self) -> int:
        """The sequence up to which all changes are in the answers."""

    def unsettled_files(self) -> int:
        """How many files the changes are of that are not in the answers yet; of two changes, a file counts twice."""

    def oldest_change_s(self) -> float:
        """For how long the change that waits longest has waited."""


class IndexService:
    """Owns the engine, the workers and the workspaces. Lives on the event loop."""

    def __init__(self, engine: Engine, config: DaemonConfig) -> None:
        self.config = config
        self.engine = engine
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._workers = WorkerPool(config.workers, config.file_timeout_s, engine.courtesy)
        self._committer = Committer(engine)
        self.ingest = Ingest(engine, self._workers, self._committer, self.in_reader)
        self.snapshots = Snapshots(engine, self._workers, self._committer, self.in_reader)
        self.bases = Bases(engine, self.in_reader, config.home / "bases")
        self._workspaces: dict[str, Workspace] = {}
        self._opening: dict[str, asyncio.Task[Workspace]] = {}
        self.sessions: dict[str, Session] = {}
        # Entered around each question to the engine, with its name: whoever traces replaces it.
        self.question: Callable[[str], AbstractContextManager[object]] = nullcontext
        self._upkeep = Upkeep(engine, self._committer, self._workspaces)
        self._meaning: asyncio.Task[Meaning] | None = None
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to commit and to tidy. Call on the running loop."""
        self.bases.tidy()
        self._running = [
            asyncio.create_task(one) for one in (self._committer.run(), self._upkeep.run(), self._begin_deriving())
        ]
        self._running += [asyncio.create_task(self._expect(name)) for name in self.config.expected]

    async def close(self) -> None:
        """Stop workers and writer, close the engine. What was not committed will be sent again."""
        await self._workers.close()
        await self.bases.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.in_reader(self._upkeep.note_open)
        self._readers.shutdown()
        self.engine.close()

    async def in_reader(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading call of the engine off the event loop, for whoever this task works for."""
        context = contextvars.copy_context()
        with self.question(getattr(work, "__name__", "reading")):
            return await asyncio.get_running_loop().run_in_executor(
                self._readers, lambda: context.run(work, *args, **kwargs)
            )

    def at_once(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading call on the event loop, where that takes less than handing it over."""
        with self.question(getattr(work, "__name__", "reading")):
            return work(*args, **kwargs)

    async def meaning(self) -> Meaning:
        """What answers questions in plain words; it takes a while to import, so it is not there before it is needed."""
        if self._meaning is None:
            self._meaning = asyncio.create_task(self._load_meaning())
        return await asyncio.shield(self._meaning)

    async def _load_meaning(self) -> Meaning:
        module = await self.in_reader(importlib.import_module, "grpc_backend.index.meaning")
        loaded: Meaning = module.Meaning(
            self.engine,
            self._committer,
            self.in_reader,
            self._workspaces,
            (self.config.model or module.SHIPPED, self.config.home / "meaning"),
        )
        self._running.append(asyncio.create_task(loaded.run()))
        return loaded

    async def _begin_deriving(self) -> None:
        """Have meaning derived once the first index is complete, whether anyone asks or not."""
        await self._committer.quiet(DERIVE_AFTER_S)
        while not self._workspaces:
            await self._committer.quiet(DERIVE_AFTER_S)
        await self.meaning()

    async def _expect(self, name: str) -> None:
        """Read what is held of a workspace before a client names it: that takes as long as the client's own start."""
        with contextlib.suppress(CodeIndexError):  # who asks for it is told
            await self.workspace(name)

    async def greet(self, workspace: Workspace) -> None:
        """A client is about to describe a workspace through this daemon. Errors: StorageFailed."""
        await self._committer.renew(workspace)
        await self._committer.claim(workspace)

    async def renewed(self, name: str) -> Workspace:
        """A workspace as the store has it now."""
        workspace = await self.workspace(name)
        await self.look(workspace)
        return workspace

    async def look(self, workspace: Workspace) -> None:
        """Take over what other daemons have committed to a shared store, so that who has read of it notices."""
        await self._committer.renew(workspace)

    def warm(self, workspace: Workspace) -> None:
        """A client has come: be ready for its first change, in the languages that it will likely be in."""
        files = list(workspace.files.values())
        some = files[:: len(files) // WARM_SAMPLE + 1]
        dialects = Counter(file.dialect for file in some if file.digest)
        self._workers.warm([dialect for dialect, _ in dialects.most_common(WARM_DIALECTS)])

    async def adopt(self, base: Path) -> int:
        """Begin with a base that a team's server has made; return how many contents came. Errors: BadContent."""
        came = await self._committer.in_writer(partial(self.engine.adopt, base))
        self.ingest.figures.fetched += came
        return came

    def view(self, layer: Layer) -> View:
        """What questions ask: the store, with the open documents before it where there are any."""
        return LayeredView(self.engine, layer) if layer.paths else self.engine

    async def workspace(self, name: str) -> Workspace:
        """The state of a workspace, read from the store when first asked for."""
        held = self._workspaces.get(name)
        if held is not None:
            return held
        task = self._opening.get(name)
        if task is None:
            task = self._opening[name] = asyncio.create_task(self._open(name))
            task.add_done_callback(lambda _: self._opening.pop(name, None))
        return await asyncio.shield(task)

    async def fresh_enough(self, workspace: Workspace, require: Requirement, within_s: float | None) -> Freshness:
        """Wait until an answer may be made; tell what it will cover.

        `within_s` bounds the wait for the session's change to come (None: no bound). Errors: TooOld.
        """
        workspace.asked_at = _now()
        await self._committer.renew(workspace)
        if require.subject is not None and not workspace.complete:
            await self._hastened(workspace, require.subject)
        until = _now() + require.complete_within_s
        flushed = not require.flush or await self._flushed(workspace, until)
        elsewhere = require.generation > 0 and require.session_id not in self.sessions
        if elsewhere and workspace.generation < require.generation:
            raise TooOld(f"the store is at generation {workspace.generation}, not {require.generation}: ask again")
        if require.session_id and not elsewhere:
            await self._wait_for_sequence(workspace, require, within_s)
        await _wait(workspace, workspace.overlays.settled_from_now(), TYPED_WITHIN_S)
        if require.complete_within_s:
            await _wait(workspace, lambda: workspace.complete, until - _now())
        fresh = workspace.freshness()
        complete = fresh.complete or (require.rest_is_of_no_concern and self._has_all_told(workspace, require))
        complete = complete or (elsewhere and require.vouched and not fresh.pending_files)
        return msgspec.structs.replace(fresh, complete=complete and flushed and not require.behind)

    def _has_all_told(self, workspace: Workspace, require: Requirement) -> bool:
        """Whether all that a client has told is in, however much is still to come."""
        session = self.sessions.get(require.session_id)
        told = session is not None and session.acknowledged() >= require.sequence
        return told and workspace.in_step and not workspace.overlays.pending()

    async def differing(self, workspace: Workspace, stated: dict[str, bytes]) -> list[str]:
        """The folders that are not as a client says in short; see `reconcile.differing_folders`."""
        unsettled = [*workspace.wanted, *workspace.doubt]
        return await self.in_reader(differing_folders, stated, list(workspace.files.values()), unsettled)

    async def _hastened(self, workspace: Workspace, subject: Subject) -> None:
        """Have the leader tell what a question is about, if there is time. Where all lead, each does for itself."""
        leader = workspace.leader
        if leader is None or workspace.shared:
            return
        telling = leader.flush(subject)
        await asyncio.wait([telling], timeout=HASTENED_WITHIN_S)
        if telling.done() and not telling.cancelled() and (sequence := telling.result()) is not None:
            await _wait(workspace, lambda: leader.acknowledged() >= sequence, SETTLE_WITHIN_S)

    async def _flushed(self, workspace: Workspace, until: float) -> bool:
        """Whether all that is on disk now has been told: by whoever leads, now or, if there is time, after a while."""
        while await _wait(workspace, lambda: workspace.in_step, until - _now()):
            if await self._looked(workspace):
                return True
            if _now() >= until:
                break
        return False

    async def _looked(self, workspace: Workspace) -> bool:
        """Have the leader look at the disk; False if it does not answer, or not in time."""
        leader = workspace.leader
        if leader is None:
            return not workspace.ever_synced
        flushing = leader.flush()
        done, _ = await asyncio.wait([flushing], timeout=SILENT_AFTER_S)
        if not done:
            workspace.pass_lead(leader)
            return False
        sequence = None if flushing.cancelled() else flushing.result()
        if sequence is None:
            return False
        await _wait(workspace, lambda: leader.acknowledged() >= sequence, SETTLE_WITHIN_S)
        return True

    async def _wait_for_sequence(self, workspace: Workspace, require: Requirement, within_s: float | None) -> None:
        """Wait until the change has come, and a little for it to be in: what is not in by then is left out as stale."""
        session = self.sessions.get(require.session_id)
        if session is None:
            raise TooOld("the sync session is gone: connect it again, then ask again")

        def arrived() -> bool:
            return session.received() >= require.sequence

        await _wait(workspace, lambda: arrived() or require.session_id not in self.sessions, within_s)
        if not arrived():
            raise TooOld(f"change {require.sequence} has not come: ask again")
        if session.unsettled_files() <= SETTLE_FILES:
            await _wait(workspace, lambda: session.acknowledged() >= require.sequence, SETTLE_WITHIN_S)

    def open_workspaces(self) -> list[str]:
        """Names of the workspaces that are loaded, sorted."""
        return sorted(self._workspaces)

    def load(self) -> Load:
        """What lies before the index now."""
        interactive, bulk = self._workers.waiting()
        held = self._workspaces.values()
        return Load(
            interactive_jobs=interactive,
            bulk_jobs=bulk,
            busy_workers=self._workers.busy,
            workers=self._workers.running,
            uncommitted_files=self._committer.waiting(),
            commits=self._committer.steps,
            pending_files=sum(len(one.wanted) + len(one.doubt) for one in held),
            workspaces=len(held),
            streams=len(self.sessions),
            oldest_change_s=max((one.oldest_change_s() for one in self.sessions.values()), default=0.0),
        )

    async def _open(self, name: str) -> Workspace:
        async with self._committer.holding:
            generation = await self.in_reader(self.engine.generation, name)
            files = await self.in_reader(self.engine.files, name)
            return self._workspaces.setdefault(name, Workspace(name, generation, files, shared=self.engine.shared))


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(workspace: Workspace, condition: Callable[[], bool], within_s: float | None) -> bool:
    """Whether a condition holds within a time; an answer that comes too early says itself what it lacks."""
    if condition():
        return True
    try:
        async with asyncio.timeout(within_s):
            await workspace.wait_until(condition)
    except TimeoutError:
        return False
    return True


def database_path(home: Path) -> Path:
    """Where the embedded engine of a home lies."""
    return home / "index.sqlite3"
