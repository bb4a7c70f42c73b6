"""A team's side of cloud sync: what is known by content, contents taken in, a snapshot committed as one.

Whoever pushes sends contents, and what they say is extracted here: an extraction that a client made would be believed
by everybody who has the same content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from grpc_backend.access.grant import Grant, current_grant
from grpc_backend.errors import BadContent, CodeIndexError, NotFound, Overtaken
from grpc_backend.extract import detect
from grpc_backend.index.committer import Committer
from grpc_backend.index.ingest import InReader
from grpc_backend.index.worker import BULK, WorkerPool
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.storage.engine import Commit, Engine


class Change(Struct, frozen=True):
    """From the tree of generation `expected` to the one whose digest is `root`: new or changed files, and what goes."""

    expected: int
    files: Sequence[FileState]
    removed: Sequence[str]
    root: bytes


class Snapshots:
    """Lives on the event loop."""

    def __init__(self, engine: Engine, workers: WorkerPool, committer: Committer, in_reader: InReader) -> None:
        self._engine = engine
        self._workers = workers
        self._committer = committer
        self._in_reader = in_reader

    async def lacking(self, files: Sequence[FileState]) -> list[int]:
        """The places of those files whose content must be sent; of an unsupported one nothing is wanted."""
        keys = [_key(file) for file in files]
        known = await self._in_reader(self._readable, {key for key in keys if key.dialect}, current_grant())
        return [place for place, key in enumerate(keys) if key.dialect and key not in known]

    async def packed(self, files: Sequence[FileState]) -> list[tuple[FileState, bytes]]:
        """What is known of these files' contents, as `Engine.packed` has it."""
        by_key: dict[ContentKey, list[FileState]] = {}
        for file in files:
            by_key.setdefault(_key(file), []).append(file)
        readable = await self._in_reader(self._readable, by_key.keys(), current_grant())
        found: list[tuple[ContentKey, bytes]] = await self._in_reader(self._engine.packed, readable)
        return [(file, body) for key, body in found for file in by_key[key]]

    async def take(self, workspace: str, contents: Sequence[tuple[FileState, bytes]]) -> list[tuple[str, BadContent]]:
        """Extract contents and keep what they say; return the paths of those that are not what their digests say."""
        bad: list[tuple[str, BadContent]] = []
        extractions: list[tuple[ContentKey, Extraction]] = []
        jobs = [(file, self._workers.extract(_key(file), content, BULK)) for file, content in contents]
        for file, job in jobs:
            try:
                extractions.append((_key(file), await job))
            except BadContent as error:
                bad.append((file.path, error))
        # Beside the snapshot, whose generation says that its files have changed.
        step = Commit(f"{workspace.partition('@')[0]}@", extractions)
        await self._committer.in_writer(partial(self._engine.commit, step))
        return bad

    async def commit(self, workspace: Workspace, change: Change) -> int:
        """Change a workspace, at once or not at all; return its generation.

        Errors: Overtaken if it is not at the expected generation, NotFound if a content was never sent, BadContent if
        the tree does not become what it should.
        """
        await self._committer.renew(workspace)
        if workspace.generation != change.expected:
            raise Overtaken(f"{workspace.name} is at generation {workspace.generation}: compare anew")
        files = await self._states(change.files)
        removed = [path for gone in change.removed for path in _at_or_below(workspace, gone)]
        try:
            if workspace.tree().changed(removed, files) != change.root:
                raise BadContent("the tree is not the one that was compared: compare anew")
            return await self._committer.commit_now(workspace, files, removed)
        except CodeIndexError:
            workspace.forget_tree()
            raise

    async def _states(self, said: Sequence[FileState]) -> list[FileState]:
        keyed = [replace(file, dialect=detect.dialect_of(file.path)) for file in said]
        known = await self._in_reader(self._engine.known, {file.key for file in keyed})
        lacking = [file.path for file in keyed if file.key not in known]
        if lacking:
            raise NotFound(f"{len(lacking)} contents were not sent, that of {lacking[0]} among them: send them first")
        return [replace(file, problem=known[file.key].problem) for file in keyed]

    def _readable(self, keys: Collection[ContentKey], grant: Grant) -> set[ContentKey]:
        """Those of some contents that are known and that the caller may know of. Blocks."""
        known = set(self._engine.known(keys))
        if grant.sees_everything:
            return known
        return self._engine.held_by(known, [name for name in self._engine.workspaces() if grant.covers(name)])


def _key(file: FileState) -> ContentKey:
    return ContentKey(file.digest, detect.dialect_of(file.path))


def _at_or_below(workspace: Workspace, gone: str) -> Iterator[str]:
    if gone in workspace.files:
        yield gone
    else:
        folder = f"{gone.rstrip('/')}/"
        yield from (path for path in workspace.files if path.startswith(folder))
