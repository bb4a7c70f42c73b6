"""What contents mean is derived beside everything else: a little at once where a question needs it, the rest when it
is quiet.

Nothing here is asked by a search for names, and nothing waits for it but a question in plain words. What is derived
is keyed by content, so worktrees, branches and workspaces share it; it is thrown away with the model that it was
derived by.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from grpc_backend.errors import StorageFailed
from grpc_backend.index.committer import Committer
from grpc_backend.index.deriving import DerivingProcess
from grpc_backend.index.ingest import InReader
from grpc_backend.index.members import Members, of_kinds
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey
from grpc_backend.search.semantic.candidates import Part
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.model import SHIPPED, Model
from grpc_backend.search.semantic.segment import Segment, write
from grpc_backend.search.semantic.store import FORMAT, Place, SegmentStore
from grpc_backend.storage.engine import Engine, Filters
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.layered import Document, Layer

__all__ = ["SHIPPED", "Askable", "Meaning"]

log = logging.getLogger(__name__)

# So much is derived while a question waits; more is left to the process beside.
AT_ONCE_CONTENTS: Final = 16
AT_ONCE_SYMBOLS: Final = 2_000
BATCH_CONTENTS: Final = 512
BATCH_SYMBOLS: Final = 10_000
QUIET_S: Final = 1.0
# Between two batches questions go first: until none came for the first of these, but no longer than the second.
CALM_S: Final = 0.5
GIVE_WAY_S: Final = 5.0
LOOK_EVERY_S: Final = 2.0
RETRY_S: Final = 30.0
REMEMBERED_DOCUMENTS: Final = 64
# After so long without a question the files that questions read are mapped anew: what was read counts as our memory.
RESTS_AFTER_S: Final = 20.0


class Askable(Struct, frozen=True):
    """What a question in plain words can be answered from. `lacking`: files of which nothing is derived yet."""

    model: Model
    parts: list[Part]
    lacking: int


class _Held(Struct, dict=True):
    """What is there once the model is read."""

    model: Model
    store: SegmentStore

    @cached_property
    def encoder(self) -> Encoder:
        """For what is derived here. Blocks a little the first time, and holds a copy of the vectors."""
        return Encoder(self.model)


class Meaning:
    """Derives, and tells what questions can be answered from. Lives on the event loop."""

    def __init__(
        self,
        engine: Engine,
        committer: Committer,
        in_reader: InReader,
        workspaces: Mapping[str, Workspace],
        folders: tuple[Path, Path],
    ) -> None:
        """`folders`: where the model is, and where what is derived may be kept."""
        self._engine = engine
        self._committer = committer
        self._in_reader = in_reader
        self._workspaces = workspaces
        self._model_folder, self._folder = folders
        self._held: _Held | None = None
        self._opening = asyncio.Lock()
        self._encoding = threading.Lock()
        self._members: dict[str, Members] = {}
        self._documents: dict[ContentKey, Segment] = {}
        self._process = DerivingProcess(self._model_folder)
        self._asked = asyncio.Event()
        self._read_at: float | None = None  # when a question read what is derived, if that was not given back since
        self._waiting = 0  # questions that wait for what is lacking
        self._progress = asyncio.Event()

    async def run(self) -> None:
        """Derive until cancelled."""
        try:
            while True:
                await self._due()
                await self._rest()
                try:
                    while await self._round():
                        self._progressed()
                        await self._give_way()
                    await self._process.close()  # it holds a copy of the vectors
                except (StorageFailed, OSError, asyncio.IncompleteReadError):
                    log.exception("deriving the meaning of contents failed; trying again in %s s", RETRY_S)
                    await self._process.close()
                    await asyncio.sleep(RETRY_S)
        finally:
            await self._process.close()

    async def catch_up(self, workspace: Workspace, within_s: float) -> bool:
        """Have what is lacking derived, if that takes no longer; whether it took any waiting. Errors: StorageFailed."""
        held = await self._open()
        members = self._in_step(workspace, held)
        if members.lacking:
            await self._derive_at_once(held, members)
        if not members.lacking or within_s <= 0:
            return False
        await self._wait(workspace, members, within_s)
        return True

    async def askable(self, workspace: Workspace, layer: Layer, filters: Filters) -> Askable:
        """What a question can be answered from now. Errors: StorageFailed."""
        held = await self._open()
        members = self._in_step(workspace, held)
        self._read_at = asyncio.get_running_loop().time()
        documents = await self._in_reader(self._document_parts, held, list(layer.documents.values()), filters)
        without = msgspec.structs.replace(filters, without=filters.without | layer.paths)
        return Askable(held.model, [*members.parts(without), *documents], members.lacking_files())

    async def lacking(self, workspace: Workspace) -> int:
        """How many files of a workspace have nothing derived yet. Errors: StorageFailed."""
        return self._in_step(workspace, await self._open()).lacking_files()

    async def _open(self) -> _Held:
        async with self._opening:
            if self._held is None:
                self._held = await self._in_reader(self._read)
            return self._held

    def _read(self) -> _Held:
        """The model, and what was derived by it; what another one derived is of no use any more. Blocks."""
        model = Model(self._model_folder)
        own = self._folder / f"{model.id}-{FORMAT}"
        if self._folder.exists():
            for other in self._folder.iterdir():
                if other != own:
                    shutil.rmtree(other, ignore_errors=True)
        return _Held(model, SegmentStore(own))

    def _in_step(self, workspace: Workspace, held: _Held) -> Members:
        members = self._members.get(workspace.name)
        touched: Iterable[str] = workspace.take_touched()
        if members is None:
            members = self._members[workspace.name] = Members(held.store)
            members.derived()
            touched = list(workspace.files)
        members.update(workspace.files, touched)
        return members

    async def _derive_at_once(self, held: _Held, members: Members) -> None:
        """Derive what is lacking if that is little: what was saved a moment ago is found by the next question."""
        keys = list(members.lacking)
        if len(keys) > AT_ONCE_CONTENTS:
            return
        sizes = await self._in_reader(self._engine.known, keys)
        if sum(info.symbols for info in sizes.values()) <= AT_ONCE_SYMBOLS:
            await self._in_reader(self._derive_here, held, keys)
            self._progressed()

    def _derive_here(self, held: _Held, keys: list[ContentKey]) -> None:
        """Blocks."""
        contents = self._engine.extractions(keys)
        with self._encoding:
            missing = set(held.store.lacks(keys))
            held.store.add(held.encoder.encode([(key, one) for key, one in contents if key in missing]))

    async def _wait(self, workspace: Workspace, members: Members, within_s: float) -> None:
        """Have the rest derived now, and wait for it."""
        self._waiting += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    while members.lacking:
                        self._asked.set()
                        await self._progress.wait()
                        self._in_step(workspace, await self._open())
        finally:
            self._waiting -= 1

    def _progressed(self) -> None:
        for members in self._members.values():
            members.derived()
        self._progress.set()
        self._progress = asyncio.Event()

    def _document_parts(self, held: _Held, documents: list[Document], filters: Filters) -> list[Part]:
        """Open documents, each a part of its own. Blocks."""
        return [part for one in documents if (part := self._document_part(held, one, filters)) is not None]

    def _document_part(self, held: _Held, document: Document, filters: Filters) -> Part | None:
        if document.extraction.problem:
            return None
        known = self._documents.get(document.key)
        if known is None:
            with self._encoding:
                known = Segment(held.encoder.encode([(document.key, document.extraction)]))
            if len(self._documents) >= REMEMBERED_DOCUMENTS:
                self._documents.clear()
            self._documents[document.key] = known
        return document_part(known, document.path, filters)

    async def _due(self) -> None:
        """Return when it is quiet, or when a question waits."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._asked.wait()
        if not self._asked.is_set():
            await self._committer.quiet(QUIET_S)
        self._asked.clear()

    async def _rest(self) -> None:
        """Give back the memory that questions took, if there were none for a while."""
        if self._held is None or self._read_at is None:
            return
        if asyncio.get_running_loop().time() - self._read_at >= RESTS_AFTER_S:
            self._read_at = None
            await self._in_reader(self._held.store.rest)

    async def _give_way(self) -> None:
        """Leave the machine to questions while they come, unless one waits for what is derived here."""
        now = asyncio.get_running_loop().time
        until = now() + GIVE_WAY_S
        while not self._waiting and (left_s := min(until, self._asked_at() + CALM_S) - now()) > 0:
            self._asked.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._asked.wait()

    def _asked_at(self) -> float:
        return max((one.asked_at for one in self._workspaces.values()), default=float("-inf"))

    async def _round(self) -> bool:
        """Derive one batch for some workspace, or merge; False if there is nothing to do."""
        held = await self._open()
        for workspace in list(self._workspaces.values()):
            members = self._in_step(workspace, held)
            if members.lacking:
                await self._derive_beside(held, members)
                return True
        return await self._merge(held)

    async def _derive_beside(self, held: _Held, members: Members) -> None:
        keys = await self._in_reader(self._batch, list(members.lacking)[:BATCH_CONTENTS])
        if not keys:  # the store has none of them any more: their files are on the way out
            members.lacking.clear()
            return
        path = held.store.path()
        await self._process.derive(path, await self._in_reader(self._engine.extractions, keys))
        await self._in_reader(held.store.take_in, path)

    def _batch(self, keys: list[ContentKey]) -> list[ContentKey]:
        """As many of some contents as make a batch. Blocks."""
        sizes = self._engine.known(keys)
        batch: list[ContentKey] = []
        symbols = 0
        for key, info in sizes.items():
            if batch and symbols + info.symbols > BATCH_SYMBOLS:
                break
            batch.append(key)
            symbols += info.symbols
        return batch

    async def _merge(self, held: _Held) -> bool:
        """Merge what should be one segment; leave out what the store has dropped."""
        sources = held.store.to_merge()
        if not sources:
            return False
        sources = await self._in_reader(self._on_disk, held, sources)
        keep = await self._in_reader(self._kept, held, sources)
        path = held.store.path()
        await self._process.merge(path, [one.path for one in sources if one.path is not None], keep)
        await self._in_reader(held.store.take_in, path, sources)
        return True

    def _on_disk(self, held: _Held, sources: list[Segment]) -> list[Segment]:
        """The segments, those in memory written out. Blocks."""
        written = []
        for one in sources:
            if one.path is None:
                path = held.store.path()
                write(one.block, path)
                one.path = path
            written.append(one)
        return written

    def _kept(self, held: _Held, sources: list[Segment]) -> list[bytes]:
        """Which contents of each segment are still of use, a byte each. Blocks."""
        kept = []
        for one in sources:
            known = self._engine.known(list(one.block.keys))
            flags = [
                key in known and held.store.place(key) == Place(one, content)
                for content, key in enumerate(one.block.keys)
            ]
            kept.append(np.array(flags, np.bool_).tobytes())
        return kept


def document_part(one: Segment, path: str, filters: Filters) -> Part | None:
    """A segment of one open document as a part, if it passes the filters."""
    language = one.block.languages[0]
    if not matcher(filters.paths)(path) or (filters.languages and language not in filters.languages):
        return None
    return Part(one.block, np.ones(one.rows, np.bool_) & of_kinds(one.block, filters), lambda _: path)
