"""The way of a change: described, asked for, extracted, committed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Set
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from grpc_backend.access.grant import current_grant
from grpc_backend.errors import BadContent, StorageFailed
from grpc_backend.extract import detect
from grpc_backend.index.committer import Committer
from grpc_backend.index.figures import Figures
from grpc_backend.index.overlays import Edit, Opened
from grpc_backend.index.readable import readable
from grpc_backend.index.reconcile import Verdict, judge
from grpc_backend.index.worker import INTERACTIVE, WorkerPool
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.storage.engine import ContentInfo, Engine

InReader = Callable[..., Any]


class Asked(Struct, frozen=True):
    """What the describing client must send: paths to describe with a digest, paths to send whole."""

    digests: list[str]
    contents: list[str]
    unsupported: int = 0


class Ingest:
    """Takes what clients say of their files. Lives on the event loop."""

    def __init__(self, engine: Engine, workers: WorkerPool, committer: Committer, in_reader: InReader) -> None:
        self.figures = Figures()
        self._engine = engine
        self._workers = workers
        self._committer = committer
        self._in_reader = in_reader

    async def describe(
        self, workspace: Workspace, states: Iterable[FileState], first: Callable[[], None] = lambda: None
    ) -> Asked:
        """Take descriptions in; return what is lacking. Unsupported files are passed over.

        All or nothing: a stream that ends meanwhile leaves no path wanted that nobody sends. `first` is called directly
        before anything is taken in, however long that has to wait.
        """
        said = [replace(state, dialect=detect.dialect_of(state.path)) for state in states]
        supported = [state for state in said if state.dialect]
        asked = Asked([], [], len(said) - len(supported))
        if not supported:
            first()  # at once: a change that is described by its contents waits for nobody
            return asked
        async with self._committer.holding:
            keys = {state.key for state in supported if state.digest}
            known = await self._in_reader(readable, self._engine, keys, current_grant()) if keys else {}
            first()
            for state in supported:
                verdict = judge(state, workspace.last_word(state.path))
                if verdict is Verdict.NEEDS_DIGEST:
                    workspace.suspect(state.path)
                    asked.digests.append(state.path)
                    continue
                workspace.believe(state.path)
                if verdict is Verdict.WANTED:
                    workspace.want(state.path, state)
                    if self._put_known(workspace, state, known):
                        self.figures.known += state.key in known
                    else:
                        asked.contents.append(state.path)
                        self.figures.lacking += 1
        return asked

    def _put_known(
        self, workspace: Workspace, state: FileState, known: dict[ContentKey, ContentInfo], *, urgent: bool = False
    ) -> bool:
        """Have a file committed for which no content is needed; False if it is."""
        info = known.get(state.key)
        if info is None and not state.problem:
            return False
        ready = state if info is None else replace(state, problem=info.problem)
        self._committer.put(workspace, ready, None, urgent=urgent)
        return True

    def expect(self, workspace: Workspace, said: FileState) -> FileState | None:
        """A file's content is at hand: its path is unsettled until that is committed.

        Returns the state to `supply` the content for; None for an unsupported file, which is passed over.
        """
        state = replace(said, dialect=said.dialect or detect.dialect_of(said.path))
        if not state.dialect:
            return None
        workspace.believe(state.path)
        workspace.want(state.path, state)
        return state

    async def settle(self, workspace: Workspace, state: FileState, content: bytes) -> bool:
        """Take in an expected file whose content the store knows already (an edit undone, a branch gone back to).

        False if it does not, or if the content is not what the digest says: `supply` it.
        """
        if hashlib.sha256(content).digest() != state.digest:
            return False
        async with self._committer.holding:
            try:
                known = await self._in_reader(self._engine.known, {state.key})  # whoever has it may know of it
            except StorageFailed:
                return False  # the content is at hand: it is extracted, and waits to be committed
            return self._put_known(workspace, state, known, urgent=True)

    async def supply(self, workspace: Workspace, state: FileState, content: bytes, priority: int) -> Extraction:
        """Take in the content of an expected file; return its extraction once it is queued for commit.

        Errors: BadContent if the digest is wrong.
        """
        try:
            extraction = await self._workers.extract(state.key, content, priority)
        except BadContent:
            workspace.refuse(state)
            raise
        ready = replace(state, problem=extraction.problem)
        self.figures.extracted += 1
        self.figures.failed += bool(extraction.problem)
        self._committer.put(workspace, ready, extraction, urgent=priority == INTERACTIVE)
        return extraction

    def fetched(self, workspace: Workspace, said: Iterable[tuple[str, bytes, Extraction]]) -> None:
        """Take in what a team's server says of contents that are wanted: path, digest, extraction."""
        for path, digest, extraction in said:
            wanted = workspace.wanted.get(path)
            if wanted is not None and wanted.digest == digest:
                self.figures.fetched += 1
                self._committer.put(workspace, replace(wanted, problem=extraction.problem), extraction)

    def leave_out(self, workspace: Workspace, state: FileState) -> None:
        """Record a file as left out, for the reason in its problem."""
        workspace.believe(state.path)
        workspace.want(state.path, state)
        self._committer.put(workspace, state, None)

    async def push(self, workspace: Workspace, path: str, content: bytes, language: str = "") -> Extraction | None:
        """Index one content that nobody keeps in step (IndexFile, BulkIndex, FileChange)."""
        dialect = language if language in detect.languages() else detect.dialect_of(path)
        said = FileState(path, len(content), digest=hashlib.sha256(content).digest(), dialect=dialect)
        state = self.expect(workspace, said)
        if state is None:
            return None
        workspace.pushed.add(path)
        try:
            extraction = await self.supply(workspace, state, content, INTERACTIVE)
            await workspace.wait_until(lambda: not workspace.unsettled(path))
        finally:
            workspace.pushed.discard(path)
        return extraction

    def edit(self, workspace: Workspace, stream: str, path: str, text: bytes) -> Edit | None:
        """A document was opened or changed on a stream: `follow` it. None for an unsupported one: it is passed over."""
        dialect = detect.dialect_of(path)
        return workspace.overlays.edit(stream, path, dialect, text) if dialect else None

    async def follow(self, workspace: Workspace, opened: Opened) -> None:
        """Extract an open document's text, and again until there is no later one. One at a time: see `extracting`."""
        try:
            while not opened.settled(opened.edits):
                edit, key, text = opened.latest()
                opened.show(edit, key, text, await self._workers.extract(key, text, INTERACTIVE))
                workspace.notify()
        finally:
            opened.extracting = False

    def remove(self, workspace: Workspace, paths: Iterable[str]) -> list[str]:
        """Take files, or folders with all that is in them, out; return the files' paths."""
        named = dict.fromkeys(path.rstrip("/") for path in paths)
        gone = [path for path in named if _is_file(workspace, path)]
        if len(gone) < len(named):
            gone += _below(workspace, named.keys() - set(gone))
        for path in gone:
            workspace.believe(path)
            workspace.want(path, None)
            self._committer.remove(workspace, path)
        return gone


def _is_file(workspace: Workspace, path: str) -> bool:
    return path in workspace.files or path in workspace.wanted or path in workspace.doubt


def _below(workspace: Workspace, folders: Set[str]) -> list[str]:
    """All that is known in these folders, if they are such: in a storm files are told as gone that are not known."""
    known = {path: path.rpartition("/")[0] for path in workspace.known()}
    within = {folder for folder in set(known.values()) if _is_within(folder, folders)}
    return [path for path, folder in known.items() if folder in within]


def _is_within(folder: str, folders: Set[str]) -> bool:
    while folder and folder not in folders:
        folder = folder.rpartition("/")[0]
    return bool(folder)
