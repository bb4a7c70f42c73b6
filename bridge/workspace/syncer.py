"""Keep the daemon in step with one root for as long as the bridge lives.

Of several bridges on one root the daemon has one lead: that one watches the root and tells what is in it
(teller.py). The others only ask, and take over when it goes.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final

import grpc

from bridge import __version__
from bridge.daemon.client import CODE_TRAILER, translated
from bridge.daemon.connector import Link
from bridge.daemon.doubt import Doubt
from bridge.daemon.subjects import NOTHING, Subject, subject_from, subject_to
from bridge.errors import BridgeError, DaemonFailed
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.onlooker import Onlooker
from bridge.workspace.stream import SyncStream
from bridge.workspace.teller import Teller
from bridge.workspace.upstream import Upstream
from protos import code_index_pb2 as pb

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.05, 0.2, 1.0, 2.0, 5.0)
# After so many streams in a row that came to nothing, questions are told why; trying goes on.
PATIENCE: Final = 4
# If none was refused: of a daemon that was there and went, the link starts another, or tells why it cannot.
PATIENCE_WITH_LOSSES: Final = 6
# A warm index is compared with the disk before the first answer, if that takes no longer.
WARM_WAIT_MS: Final = 1000
WARM_WAIT_FILES: Final = 20_000
# A question waits so long for what has just changed on disk to be told; then its answer says what it lacks.
FLUSH_WITHIN_S: Final = 1.0
# Of a server with several daemons: so long for what was told to be in the store; then the answer is not complete.
SETTLED_WITHIN_S: Final = 5.0


class Syncer:
    """One root's stream, made anew whenever it breaks."""

    def __init__(
        self, link: Link, filter_: WorkspaceFilter, workspace: str = "", upstream: Upstream | None = None
    ) -> None:
        """`workspace`: what the daemon calls the root; its path, if nothing else is said."""
        self.upstream = upstream
        self._link = link
        self._workspace = workspace or str(filter_.root)
        self._filter = filter_
        self._client_id = f"bridge-{__version__}-{secrets.token_hex(4)}"
        self._open: dict[str, bytes] = {}  # unsaved texts by path; edited last, last
        self._stream: asyncio.Future[SyncStream] = asyncio.get_running_loop().create_future()
        self._onlooker: Onlooker | None = None
        self._session_id = ""  # of the stream that it looks for
        self._teller: Teller | None = None
        self._running: asyncio.Task[None] | None = None
        self._progress = pb.SyncProgress()
        self._progressed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    @property
    def emptiness(self) -> str:
        """Why there is nothing to index, for a person; empty where there is something, or another client knows."""
        return self._teller.emptiness if self._teller else ""

    @property
    def watching(self) -> str:
        """How changes are noticed, for a person."""
        return self._teller.watching if self._teller else "another client watches, or none yet"

    def start(self) -> None:
        """Begin, and go on until `close`."""
        self._running = asyncio.create_task(self._run())
        if self.upstream is not None:
            self.upstream.greet()

    async def close(self) -> None:
        """End the stream; the daemon notices."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self.upstream is not None:
            await self.upstream.close()

    async def renew(self, require: pb.Requirement) -> None:
        """Make `require` ask for all that is on disk now, on the present session."""
        stream = await self._standing()
        welcome = stream.welcomed.result()
        if 0 < welcome.files <= WARM_WAIT_FILES and not self._progress.freshness.complete:
            require.complete_within_ms = max(require.complete_within_ms, WARM_WAIT_MS)
        # While another client describes the root, or ours has not done so yet, the daemon waits for that.
        require.flush = self._teller is None or not self._teller.described
        require.ClearField("subject")  # once is enough
        require.behind = not (require.flush or await self._flush(require.complete_within_ms / 1000))
        if require.session_id != welcome.session_id:
            require.rest_is_of_no_concern = False
        require.session_id = welcome.session_id
        require.sequence = stream.sequence
        if self._link.shared:
            # Another daemon may be asked: what it must have is in the store first.
            within_s = SETTLED_WITHIN_S if stream.was_complete else require.complete_within_ms / 1000
            require.vouched = await stream.settled(within_s) and not (require.behind or require.flush)
            require.generation = max(stream.generation, welcome.generation)

    async def prepare(self, subject: Subject, require: pb.Requirement) -> None:
        """While much is not indexed: have what matters to a question told before the rest, and required."""
        if self._progress.freshness.complete or subject == NOTHING:
            return
        if self._teller is None:
            require.subject.CopyFrom(subject_to(subject))
            return
        stream = await asyncio.shield(self._stream)
        if stream.welcomed.result().session_id != require.session_id:
            return
        told = await self._teller.tell_first(subject)
        require.rest_is_of_no_concern = told and subject.exact and not require.behind
        require.sequence = stream.sequence

    async def overlay(self, path: str, content: bytes | None) -> None:
        """Have a document's text stand before its file, until None closes it. `path` is relative to the root.

        Returns when there was room to send it; questions asked from then on see it. What is open is told again on
        every new stream. Files that the filter leaves out stay out.
        """
        was_open = self._open.pop(path, None) is not None
        # By the rules of this moment: what the root's own filter has read may be of an earlier one.
        if content is not None and (was_open or not WorkspaceFilter(self._filter.root).ignored(path)):
            self._open[path] = content
        if self._stream.done() and not self._stream.exception() and (was_open or path in self._open):
            await self._tell_open(self._stream.result(), path)

    async def recheck(self, paths: Iterable[str], require: pb.Requirement) -> Doubt:
        """What may be out of date in an answer about these files, so required; `renew` has it told."""
        teller = self._teller
        if self._onlooker is None or (require.session_id and require.session_id != self._session_id):
            return Doubt(frozenset(paths), jumbled=True)  # what is told on this stream says nothing of that answer
        if teller is None:
            return await self._onlooker.recheck(paths, require.sequence)
        asked = frozenset(paths)
        doubt = await teller.recheck(asked, require.sequence)
        # What was described while the question was under way is news to it, and any file may be of that.
        return Doubt(asked, jumbled=True) if require.flush and teller.described else doubt

    def mark(self, freshness: pb.Freshness) -> None:
        """Say in an answer that a team's server is away; whether it still is will be known to a later one."""
        if self.upstream is not None and self.upstream.away:
            freshness.upstream_away = f"{self.upstream.server}: {self.upstream.away}"
            self.upstream.greet()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the daemon tells that something in the root, or of what is open, has changed."""
        self._listeners.append(listener)

    async def until_complete(self) -> AsyncIterator[pb.SyncProgress]:
        """How far the index is, as the daemon tells it; ends with the first complete state.

        Errors: BridgeError if the daemon has refused every stream for a while.
        """
        while not self._progress.freshness.complete:
            if self._stream.done() and (refusal := self._stream.exception()) is not None:
                raise refusal
            await self._progressed.wait()
            yield self._progress

    async def _standing(self) -> SyncStream:
        """The stream, once there is one: of a broken one the daemon forgets the session before it is tidied up here."""
        while (stream := await asyncio.shield(self._stream)).over:
            await self._progressed.wait()
        return stream

    async def _flush(self, within_s: float = 0.0) -> bool:
        """Tell what has happened on disk; False if that takes too long to wait for, or is not up to us (yet)."""
        if self._teller is None or not self._teller.described:
            return False
        telling = asyncio.ensure_future(self._teller.flush())
        done, _ = await asyncio.wait([telling], timeout=max(within_s, FLUSH_WITHIN_S))
        return bool(done) and not telling.cancelled() and telling.exception() is None and telling.result()

    async def _run(self) -> None:
        failures, refused = 0, False
        while True:
            reason: Exception | None = None
            try:
                await self._converse()
            except (grpc.aio.AioRpcError, BridgeError, OSError) as error:
                reason = translated(error) if isinstance(error, grpc.aio.AioRpcError) else error
                refused = refused or self._link.shared or not _is_loss(error)
                log.info("the sync stream of %s broke: %s", self._filter.root, reason)
            except Exception as error:
                # Whatever it was, questions must not wait for ever: report it and begin anew.
                reason, refused = error, True
                log.exception("syncing %s failed", self._filter.root)
            failures, refused = (0, False) if self._progress.freshness.generation else (failures + 1, refused)
            patience = PATIENCE if refused else PATIENCE_WITH_LOSSES
            self._reset(reason if failures >= patience else None)
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    def _reset(self, refusal: Exception | None) -> None:
        """Questions that come now wait for the next stream; if there has long been none, they are told why."""
        if self._stream.done():
            self._stream = asyncio.get_running_loop().create_future()
        if refusal is not None:
            why = refusal if isinstance(refusal, BridgeError) else DaemonFailed(f"syncing does not work: {refusal}")
            self._stream.set_exception(why)
            self._stream.exception()  # it need not be asked for
        self._onlooker = self._teller = None
        self._take_progress(pb.SyncProgress())

    async def _converse(self) -> None:
        """One stream from hello to its end. Raises what ended it."""
        stream = SyncStream(
            self._link, self._filter, self._workspace, self.upstream, self._take_progress, self._answer_flush
        )
        tasks = [
            asyncio.create_task(stream.run(self._client_id)),
            asyncio.create_task(self._lead(stream)),
        ]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await ended.pop()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _lead(self, stream: SyncStream) -> None:
        """Once it is up to this stream, tell what is in the root. Never returns."""
        welcome = await asyncio.shield(stream.welcomed)
        # These tasks number their changes before anyone who waits for the stream goes on: a question sees what is open.
        telling = [asyncio.create_task(self._tell_open(stream, path)) for path in self._open]
        if self._stream.done():  # those before were refused
            self._stream = asyncio.get_running_loop().create_future()
        self._onlooker, self._session_id = Onlooker(self._filter.root, stream, welcome), welcome.session_id
        self._stream.set_result(stream)
        await asyncio.gather(*telling)
        await stream.leading.wait()
        self._teller = Teller(self._filter, stream, welcome)
        await self._teller.run()

    async def _answer_flush(self, stream: SyncStream, flush: pb.Flush) -> None:
        """The daemon asks on behalf of a client that does not lead."""
        if not flush.HasField("subject"):
            told = await self._flush()
        elif told := self._teller is not None:
            await self._teller.tell_first(subject_from(flush.subject))
        answer = pb.Flushed(token=flush.token, sequence=stream.sequence, behind=not told)
        await stream.say(pb.SyncRequest(flushed=answer))

    def _take_progress(self, progress: pb.SyncProgress) -> None:
        self._progress = progress
        self._progressed.set()
        self._progressed = asyncio.Event()
        for listener in self._listeners:
            listener()

    async def _tell_open(self, stream: SyncStream, path: str) -> None:
        """Send what is open under a path now. A text above the limit is as if it were closed.

        A server is not told: of its daemons only one would know.
        """
        if self._link.shared:
            return
        content = self._open.get(path)
        too_large = content is not None and len(content) > stream.welcomed.result().max_file_bytes
        await stream.tell(pb.Overlay(path=path, content=None if too_large else content))


def _is_loss(error: Exception) -> bool:
    """Whether a stream broke because its other end went, and did not say why."""
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() is grpc.StatusCode.UNAVAILABLE and CODE_TRAILER not in dict(error.trailing_metadata() or ())
    return isinstance(error, ConnectionError)
