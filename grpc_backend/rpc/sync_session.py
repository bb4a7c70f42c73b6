"""One SyncIndex stream: hello, manifest, need, contents, then deltas and their acknowledgement.

The daemon asks for contents in a window of bytes, so that a slow extractor slows the
client, and a delta is read as soon as it is sent however much is still to come.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from functools import partial
from typing import TypeAlias

import msgspec

from grpc_backend.access.grant import OWNER, current_grant
from grpc_backend.errors import BadContent, CodeIndexError, InvalidRequest, TooLarge
from grpc_backend.index.ingest import Asked
from grpc_backend.index.overlays import Edit
from grpc_backend.index.service import IndexService
from grpc_backend.index.worker import BULK, INTERACTIVE
from grpc_backend.index.workspace import Subject, Workspace
from grpc_backend.model import FileState
from grpc_backend.rpc import file_change, open_text, wire
from grpc_backend.rpc.chunks import ChunkBuffer
from grpc_backend.rpc.greeting import protocol_from, welcome_to
from grpc_backend.rpc.incoming_base import IncomingBase
from grpc_backend.rpc.progress import ProgressTeller
from grpc_backend.rpc.supplies import Supplies
from grpc_backend.rpc.sync_window import Acknowledgements, ContentWindow, DigestsAsked, Flushes
from protos import code_index_pb2 as pb

# Contents asked for and not extracted yet, per stream.
WINDOW_BYTES = 4 * 1024 * 1024
# Texts that came with changes and wait for workers, per stream: above that no more is read of it.
HELD_BYTES = 32 * 1024 * 1024
# What changes more files at once is a checkout or a generator, not an edit: edits go before it.
URGENT_FILES = 32
# With these a root is described, by who leads and by nobody else.
DESCRIPTIONS = frozenset({"manifest", "contents", "delta"})

Done: TypeAlias = Callable[[], None]


class SyncSession:
    """The daemon's end of a stream. It is also the workspace's way back to its client."""

    def __init__(self, service: IndexService, workspace_name: str) -> None:
        self._service = service
        self._workspace_name = workspace_name
        self._workspace: Workspace | None = None
        self._id = secrets.token_hex(8)
        self._outbox: asyncio.Queue[pb.SyncResponse | None] = asyncio.Queue()
        self._chunks = ChunkBuffer(service.config.max_file_bytes)
        self._supplies, self._window = Supplies(HELD_BYTES), ContentWindow(WINDOW_BYTES)
        self._digests = DigestsAsked()
        self._acks = Acknowledgements[str | Edit](service.ingest.figures.changes.add)
        self._named: set[str] | None = set()  # until the manifest is complete
        self._urgent: set[str] = set()
        self._has_upstream = False
        self._base = IncomingBase(service)
        self._unsupported = 0
        self._flushes = Flushes()
        self._progress = ProgressTeller(self._say)

    async def converse(self, requests: AsyncIterator[pb.SyncRequest]) -> AsyncIterator[pb.SyncResponse]:
        """Answer a client's requests until it is done and everything of it is answered."""
        reading = asyncio.create_task(self._read(requests))
        try:
            while (response := await self._outbox.get()) is not None:
                self._progress.taken(response)
                yield response
            await reading
        finally:
            reading.cancel()
            self._leave()  # before any wait: gRPC may cancel a call twice, and nothing of it may stay
            await asyncio.gather(reading, return_exceptions=True)

    # -- what the workspace tells us

    def ask_again(self, paths: Iterable[str]) -> None:
        """Another client left before it sent these: have ours describe them."""
        paths = list(paths)
        self._greeted().contest(paths)
        self._ask_digests(paths)

    def settled(self) -> None:
        """Acknowledge the deltas that are all committed; tell how far the index is."""
        if self._acks.advance(self._unsettled):
            self._say(wire.ack_to(self._acks.sequence, self._greeted().generation))
        workspace = self._greeted()
        if self._named is None or not workspace.led_by(self):
            self._progress.tell(workspace)

    def give_up(self) -> list[str]:
        """Another client is asked for what ours still owed; return the files whose contents it did."""
        return self._window.clear()

    def lead(self) -> None:
        """The client that described the workspace is gone, or silent."""
        if not self._greeted().shared:
            self._say(pb.SyncResponse(lead=pb.Lead()))

    def flush(self, subject: Subject | None = None) -> asyncio.Future[int | None]:
        """Have the client tell what has changed, or what matters; gives the sequence of its word when it has come."""
        token, done = self._flushes.begin()
        self._say(wire.flush_to(token, subject))
        return done

    # -- what questions ask of the session

    def received(self) -> int:
        """The last delta that has come."""
        return self._acks.expected

    def acknowledged(self) -> int:
        """The delta up to which all are in the answers."""
        return self._acks.sequence

    def unsettled_files(self) -> int:
        """How many files the changes are of that are not acknowledged."""
        return self._acks.waited_for()

    def oldest_change_s(self) -> float:
        """For how long the change that waits longest has waited."""
        return self._acks.oldest_s()

    # -- requests

    async def _read(self, requests: AsyncIterator[pb.SyncRequest]) -> None:
        try:
            async for request in requests:
                await self._supplies.room()
                try:
                    if not self._is_late(request):
                        await self._take(request)
                except (InvalidRequest, BadContent) as error:
                    self._complain("", error)
            await self._supplies.end()
        finally:
            self._outbox.put_nowait(None)

    def _is_late(self, request: pb.SyncRequest) -> bool:
        """Whether something may have been read before the lead passed: whoever leads was asked for all of it since."""
        kind = request.WhichOneof("request")
        is_late = kind in DESCRIPTIONS and not self._greeted().led_by(self)
        if is_late and kind == "delta":
            self._take_sighting(wire.sighting_of(request.delta))
        return is_late

    async def _take(self, request: pb.SyncRequest) -> None:
        match request.WhichOneof("request"):
            case "hello":
                await self._greet(request.hello)
            case "folders":
                await self._take_folders(request.folders)
            case "manifest":
                await self._take_manifest(request.manifest)
            case "contents":
                await self._take_contents(request.contents)
            case "delta":
                await self._take_delta(request.delta)
            case "overlay":
                self._take_overlay(request.overlay)
            case "flushed":
                self._flushes.answered(request.flushed)
            case "sighting":
                self._take_sighting(request.sighting)
            case "base" if self._has_upstream:
                await self._base.take(request.base)
            case "file_change":
                self._say(await file_change.taken(self._service.ingest, await self._joined(), request.file_change))
            case "status":
                self._progress.tell(await self._joined(), now=True)
            case _:
                pass  # a heartbeat says only that the client lives

    async def _greet(self, hello: pb.Hello) -> None:
        if self._workspace is not None:
            raise InvalidRequest("hello was said already")
        protocol = protocol_from(hello)
        workspace = await self._service.workspace(current_grant().admit(hello.workspace or self._workspace_name))
        # Others send contents: what they say of one would be believed by all.
        self._has_upstream = hello.has_upstream and current_grant() == OWNER
        await self._service.greet(workspace)
        workspace.attach(self)
        self._workspace = workspace
        self._service.sessions[self._id] = self
        self._service.warm(workspace)
        welcome = welcome_to(self._service, workspace, protocol, wants_base=self._has_upstream)
        welcome.session_id, welcome.lead = self._id, workspace.led_by(self)
        self._say(pb.SyncResponse(welcome=welcome))
        if not welcome.lead:  # nothing may change any more that would have it told
            self._progress.tell(workspace, now=True)

    async def _take_folders(self, folders: pb.FolderDigests) -> None:
        """Say which folders are not as they are known here; the files of the others count as named."""
        workspace, named = self._greeted(), self._manifest()
        differing = await self._service.differing(workspace, dict(zip(folders.paths, folders.digests, strict=False)))
        alike = set(folders.paths).difference(differing)
        read = (file.path for file in workspace.files.values() if file.digest)  # what was left out is told anew
        named.update(path for path in read if path.rpartition("/")[0] in alike)
        self._say(pb.SyncResponse(differing=pb.Differing(folders=differing)))

    def _manifest(self) -> set[str]:
        """The paths that the manifest has named so far. Errors: InvalidRequest once it is complete."""
        if self._named is None:
            raise InvalidRequest("the manifest was complete already: send deltas")
        return self._named

    async def _take_manifest(self, page: pb.ManifestPage) -> None:
        workspace, named = self._greeted(), self._manifest()
        states = wire.states_from(page.files, page.skipped)
        self._unsupported += page.unsupported
        named.update(state.path for state in states)
        self._ask_for(await self._service.ingest.describe(workspace, states), urgent=False)
        if page.last:
            self._named = None
            workspace.unsupported = self._unsupported
            self._service.ingest.remove(workspace, workspace.known().difference(named))
            workspace.described(self)
            self._progress.tell(workspace, now=True)  # after all that is needed of the manifest was asked for

    async def _take_contents(self, batch: pb.ContentBatch) -> None:
        workspace = self._greeted()
        bare: list[pb.FileState] = []
        if self._has_upstream and batch.extracted:
            self._take_extracted(workspace, batch.extracted)
        described = [message.path for message in batch.files if not message.HasField("content")]
        for path in self._digests.answered([*described, *batch.deleted, *(one.path for one in batch.skipped)]):
            workspace.contested.discard(path)
        for message in batch.files:
            if not workspace.lacks(message.path):
                self._window.answered(message.path)  # told otherwise since it was asked for: gone, or ignored now
            elif message.HasField("content"):
                self._take_content(workspace, message, partial(self._done_with, message.path))
            else:
                bare.append(message)
        self._service.ingest.remove(workspace, batch.deleted)
        states = wire.states_from(bare, (one for one in batch.skipped if workspace.lacks(one.path)))
        self._window.answered(*batch.deleted, *(one.path for one in batch.skipped))
        self._ask_for(await self._service.ingest.describe(workspace, states), urgent=False)
        workspace.notify()  # a file that is as it was after all is waited for, too

    def _take_extracted(self, workspace: Workspace, messages: Collection[pb.Extracted]) -> None:
        """What a team's server says of contents that were asked for; what cannot be read is asked for as a content."""
        read, unread = wire.extractions_from(messages)
        self._service.ingest.fetched(workspace, read)
        self._has_upstream = not unread
        self._window.answered(*(one.path for one in messages))
        self._window.want(unread, urgent=False)

    async def _take_delta(self, delta: pb.Delta) -> None:
        workspace = self._greeted()
        states = wire.states_from((one for one in delta.files if not one.HasField("content")), delta.skipped)
        touched = {state.path for state in states}.union(message.path for message in delta.files)

        def take_the_rest() -> None:
            touched.update(self._service.ingest.remove(workspace, delta.deleted))
            if len(touched) <= URGENT_FILES:
                self._urgent.update(touched)
            for message in delta.files:
                if message.HasField("content"):
                    self._take_content(workspace, message)

        # At once with what is described: else one half of a rename could be committed, and be all that an answer has.
        asked = await self._service.ingest.describe(workspace, states, take_the_rest)
        self._ask_for(asked, urgent=len(touched) <= URGENT_FILES)
        self._acks.expect(delta.sequence, touched)
        workspace.notify()  # a delta that changes nothing is acknowledged now, and questions may wait for that

    def _take_sighting(self, sighting: pb.Sighting) -> None:
        """What another client than the leader has seen; the leader tells what is so."""
        workspace = self._greeted()
        seen = wire.seen_from(sighting)
        workspace.sighted(seen)
        self._acks.expect(sighting.sequence, seen)
        workspace.notify()

    def _take_overlay(self, overlay: pb.Overlay) -> None:
        """An open document's text, or its close."""
        workspace = self._greeted()
        limit_bytes = self._service.config.max_file_bytes
        edit = open_text.taken(self._service.ingest, workspace, self._id, overlay, limit_bytes)
        self._acks.expect(overlay.sequence, [edit] if isinstance(edit, Edit) else [])
        if isinstance(edit, CodeIndexError):
            self._complain(overlay.path, edit)
        if not isinstance(edit, Edit):
            workspace.notify()  # nothing is to be waited for: what was shadowed is back already
        elif not edit.opened.extracting:
            edit.opened.extracting = True
            self._supplies.begin(self._service.ingest.follow(workspace, edit.opened))

    # -- contents

    def _ask_for(self, asked: Asked, *, urgent: bool) -> None:
        self._unsupported += asked.unsupported
        self._ask_digests(asked.digests)
        self._window.want(asked.contents, urgent=urgent)
        self._pump()

    def _ask_digests(self, paths: list[str]) -> None:
        if paths:
            self._digests.ask(paths)
            self._say(pb.SyncResponse(need=pb.Need(digests=paths)))

    def _take_content(self, workspace: Workspace, message: pb.FileState, done: Done = lambda: None) -> None:
        """Hand a whole content to the workers; keep the parts of a large one until it is whole. Then call `done`."""
        try:
            state = wire.state_from(message)
            content = self._chunks.add(message)
        except TooLarge as error:
            self._refuse(workspace, message.path, error)
            done()
            return
        except BadContent as error:
            self._distrust(workspace, message.path, error)
            done()
            return
        if content is None:
            return
        if message.offset and not workspace.wants(state):
            # Other changes of the file were told between its parts: which is the later one is not known here.
            workspace.reconsider(message.path)
            done()
            return
        # Before the task runs, so that a delta's acknowledgement waits for it.
        expected = self._service.ingest.expect(workspace, msgspec.structs.replace(state, size=len(content)))
        if expected is None:
            done()
        else:
            self._supplies.begin(self._supply(workspace, expected, content), state.path, len(content), done)

    async def _supply(self, workspace: Workspace, state: FileState, content: bytes) -> None:
        priority = INTERACTIVE if state.path in self._urgent else BULK
        self._urgent.discard(state.path)
        ingest = self._service.ingest
        try:
            if priority == BULK or not await ingest.settle(workspace, state, content):
                await ingest.supply(workspace, state, content, priority)
        except BadContent as error:
            self._distrust(workspace, state.path, error)

    def _done_with(self, path: str) -> None:
        """What the client was asked for has come, and needs no more room."""
        self._window.answered(path)
        self._pump()

    def _distrust(self, workspace: Workspace, path: str, error: BadContent) -> None:
        """A content was not what it claimed: complain, and have the file described anew."""
        self._complain(path, error)
        workspace.reconsider(path)

    def _refuse(self, workspace: Workspace, path: str, error: TooLarge) -> None:
        """A content above the limit is recorded as left out."""
        self._complain(path, error)
        self._service.ingest.leave_out(workspace, FileState(path, problem=error.code, detail=str(error)))

    def _pump(self) -> None:
        """Ask for contents while the window has room."""
        workspace = self._workspace
        if workspace is None:
            return
        paths = self._window.next(lambda path: state.size if (state := workspace.wanted.get(path)) else None)
        if paths:
            digests = map(workspace.wanted_digest, paths) if self._has_upstream else ()
            self._say(pb.SyncResponse(need=wire.need_to(paths, digests)))

    # -- answers

    def _say(self, response: pb.SyncResponse) -> None:
        self._outbox.put_nowait(response)

    def _complain(self, path: str, error: CodeIndexError) -> None:
        self._say(pb.SyncResponse(error=pb.SyncError(file_path=path, error=str(error), code=error.code)))

    def _unsettled(self, change: str | Edit) -> bool:
        """Whether a path's commit or an edit of an open document is still to come."""
        return self._greeted().unsettled(change) if isinstance(change, str) else not change.settled()

    async def _joined(self) -> Workspace:
        """The stream's workspace, named by the hello or by the call's metadata."""
        return self._workspace or await self._service.workspace(current_grant().admit(self._workspace_name))

    def _greeted(self) -> Workspace:
        if self._workspace is None:
            raise InvalidRequest("say hello first")
        return self._workspace

    def _leave(self) -> None:
        """The stream is over: what it owed is asked of others. Contents that have come are taken in all the same."""
        self._service.sessions.pop(self._id, None)
        self._flushes.cancel()
        self._base.drop()
        if self._workspace is not None:
            workspace, self._workspace = self._workspace, None
            workspace.overlays.leave(self._id)
            workspace.detach(self)
