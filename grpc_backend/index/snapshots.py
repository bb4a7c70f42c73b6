"""A team's side of cloud sync: what is known by content, contents taken in, a snapshot committed as one.

Whoever pushes sends contents, and what they say is extracted here: an extraction that a client made would be believed
by everybody who has the same content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from grpc_backend.access.grant import current_grant
from grpc_backend.errors import BadContent, CodeIndexError, NotFound, Overtaken
from grpc_backend.extract import detect
from grpc_backend.index.committer import Committer
from grpc_backend.index.ingest import InReader
from grpc_backend.index.readable import readable
from grpc_backend.index.worker import BULK, WorkerPool
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.storage.engine import Commit, ContentInfo, Engine


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
        known = await self._readable({key for key in keys if key.dialect})
        return [place for place, key in enumerate(keys) if key.dialect and key not in known]

    async def packed(self, files: Sequence[FileState]) -> list[tuple[FileState, bytes]]:
        """What is known of these files' contents, as `Engine.packed` has it."""
        by_key: dict[ContentKey, list[FileState]] = {}
        for file in files:
            by_key.setdefault(_key(file), []).append(file)
        known = await self._readable(by_key.keys())
        found: list[tuple[ContentKey, bytes]] = await self._in_reader(self._engine.packed, known.keys())
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
        held = [] if current_grant().sees_everything else [_held(key) for key, _ in extractions]
        step = Commit(_beside(workspace), extractions, held)
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
        files = await self._states(workspace.name, change.files)
        removed = [path for gone in change.removed for path in _at_or_below(workspace, gone)]
        try:
            if workspace.tree().changed(removed, files) != change.root:
                raise BadContent("the tree is not the one that was compared: compare anew")
            generation = await self._committer.commit_now(workspace, files, removed)
        except CodeIndexError:
            workspace.forget_tree()
            raise
        if not current_grant().sees_everything:
            step = Commit(_beside(workspace.name), removed=[_held(file.key).path for file in files])
            await self._committer.in_writer(partial(self._engine.commit, step))
        return generation

    async def _states(self, workspace: str, said: Sequence[FileState]) -> list[FileState]:
        keyed = [replace(file, dialect=detect.dialect_of(file.path)) for file in said]
        known = await self._readable({file.key for file in keyed}, _beside(workspace))
        lacking = [file.path for file in keyed if file.key not in known]
        if lacking:
            raise NotFound(f"{len(lacking)} contents were not sent, that of {lacking[0]} among them: send them first")
        return [replace(file, problem=known[file.key].problem) for file in keyed]

    async def _readable(self, keys: Collection[ContentKey], *also: str) -> dict[ContentKey, ContentInfo]:
        """What the caller may know of contents."""
        found: dict[ContentKey, ContentInfo] = await self._in_reader(
            readable, self._engine, keys, current_grant(), also
        )
        return found


def _beside(workspace: str) -> str:
    """Where contents of a repository are kept from their upload until a snapshot has them, whichever daemon commits it.

    That they were sent is what lets a sender commit them who may not know of every repository's contents.
    """
    return f"{workspace.partition('@')[0]}@"


def _held(key: ContentKey) -> FileState:
    return FileState(f"{key.digest.hex()}.{key.dialect}", digest=key.digest, dialect=key.dialect)


def _key(file: FileState) -> ContentKey:
    return ContentKey(file.digest, detect.dialect_of(file.path))


def _at_or_below(workspace: Workspace, gone: str) -> Iterator[str]:
    if gone in workspace.files:
        yield gone
    else:
        folder = f"{gone.rstrip('/')}/"
        yield from (path for path in workspace.files if path.startswith(folder))
