"""Typed calls to the daemon: deadlines, one retry over a new daemon, status to errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import grpc

from bridge.daemon.connector import Link
from bridge.daemon.doubt import Doubt, cleared, files_of, is_complete
from bridge.daemon.subjects import Subject, subject_of
from bridge.errors import BridgeError, DaemonUnreachable, TooOld, error_for
from bridge.requests import Metadata, calling
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceStub

if TYPE_CHECKING:  # only the stub file knows the asyncio flavour
    from protos.code_index_pb2_grpc import CodeIndexServiceAsyncStub

T = TypeVar("T")
# Asks a stub, within so many seconds, with this metadata.
Ask: TypeAlias = "Callable[[CodeIndexServiceAsyncStub, float, Metadata], Awaitable[T]]"

DEADLINE_S = 10.0
MAX_ATTEMPTS = 3
# So often, and for so long, files in an answer may turn out to have changed; then what is out of date is left out.
MAX_LOOKS = 5
LOOKS_WITHIN_S = 3.0
# That the disk has not been still harms no answer that is not complete anyway: in a storm it would never be.
LOOKS_INCOMPLETE = 2
INCOMPLETE_WITHIN_S = 0.5
# Who has time for a complete answer waits so long, from the second look on, for the disk to be still.
RESTLESS_S = 0.05
WORKSPACE_KEY = "codeindex-workspace"
CODE_TRAILER = "codeindex-error"


class Request(Protocol):
    """A message that says how new its answer must be."""

    @property
    def require(self) -> pb.Requirement:
        """The requirement, to be changed in place."""


R = TypeVar("R", bound=Request)


class Keeper(Protocol):
    """Who keeps the daemon in step with the workspace that the questions are about."""

    async def renew(self, require: pb.Requirement) -> None:
        """Bring a requirement up to the present: the sync session, and all that is on disk by now."""

    async def prepare(self, subject: Subject, require: pb.Requirement) -> None:
        """Have what a question is about told first, if it is not in the index yet; `require` was renewed before."""

    async def recheck(self, paths: Iterable[str], require: pb.Requirement) -> Doubt:
        """What may be out of date in an answer about these files, so required; `renew` has it told."""

    def mark(self, freshness: pb.Freshness) -> None:
        """Add to what an answer covers what the daemon cannot know."""


class DaemonClient:
    """Calls on behalf of one workspace. Every method raises BridgeErrors only."""

    def __init__(self, link: Link, workspace: str, keeper: Keeper | None = None) -> None:
        self._link = link
        self._metadata = ((WORKSPACE_KEY, workspace),)
        self._keeper = keeper

    async def search(self, request: pb.SearchRequest) -> pb.SearchPage:
        """All hits up to the request's limit, best first."""
        request.paged = True

        async def ask(stub: CodeIndexServiceAsyncStub, deadline_s: float, metadata: Metadata) -> pb.SearchPage:
            whole = pb.SearchPage()
            async for result in stub.SearchSymbols(request, timeout=deadline_s, metadata=metadata):
                whole.MergeFrom(result.page)
            return whole

        return await self._ask(request, ask)

    async def find_definition(self, request: pb.FindDefinitionRequest) -> pb.SymbolsReply:
        """Definitions of a name, an id or a place."""
        return await self._unary(request, lambda stub: stub.FindDefinition)

    async def find_references(self, request: pb.FindReferencesRequest) -> pb.FindReferencesReply:
        """Uses of a symbol's name."""
        return await self._unary(request, lambda stub: stub.FindReferences)

    async def get_symbol(self, request: pb.GetSymbolRequest) -> pb.GetSymbolReply:
        """One symbol by its id. Errors: NotFound."""
        return await self._unary(request, lambda stub: stub.GetSymbol)

    async def outline(self, request: pb.OutlineRequest) -> pb.SymbolsReply:
        """The symbols of a file or below a folder."""
        return await self._unary(request, lambda stub: stub.Outline)

    async def overview(self, request: pb.OverviewRequest) -> pb.OverviewReply:
        """What the workspace consists of."""
        return await self._unary(request, lambda stub: stub.Overview)

    async def status(self, request: pb.GetStatusRequest) -> pb.GetStatusReply:
        """The daemon and the workspace."""
        return await self._unary(request, lambda stub: stub.GetStatus)

    async def shutdown(self) -> None:
        """Have the daemon end in an orderly way; the next question starts another."""
        try:
            await stub_of(await self._link.channel()).Shutdown(pb.ShutdownRequest(), timeout=DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            raise translated(error) from None

    async def _unary(
        self,
        request: R,
        method_of: Callable[[CodeIndexServiceAsyncStub], grpc.aio.UnaryUnaryMultiCallable[R, T]],
    ) -> T:
        async def ask(stub: CodeIndexServiceAsyncStub, deadline_s: float, metadata: Metadata) -> T:
            return await method_of(stub)(request, timeout=deadline_s, metadata=metadata)

        return await self._ask(request, ask)

    async def _ask(self, request: R, ask: Ask[T]) -> T:
        """Ask, and say in the answer what the daemon does not know."""
        reply = await self._ask_until_true(request, ask)
        freshness = getattr(reply, "freshness", None)
        if self._keeper is not None and freshness is not None:
            self._keeper.mark(freshness)
        return reply

    async def _ask_until_true(self, request: R, ask: Ask[T]) -> T:
        """Ask; ask anew if the daemon or the session is gone, or a file in the answer has changed. Calls only read."""
        if self._keeper is not None and request.require.session_id:
            await self._keeper.prepare(subject_of(request), request.require)
        wait_ms, begun = request.require.complete_within_ms, time.monotonic()
        looks = lost = 0
        while True:
            looks += 1
            try:
                reply = await self._attempt(request, ask)
            except (DaemonUnreachable, TooOld):
                lost += 1
                if lost == MAX_ATTEMPTS:
                    raise
            else:
                doubt = await self._doubt(reply, request)
                taken_s = time.monotonic() - begun
                left_ms = wait_ms - int(1000 * taken_s)
                if not doubt and (left_ms <= 0 or not request.require.behind):
                    return reply
                if left_ms <= 0 and _is_enough(looks, taken_s, vital=bool(doubt.outdated) or is_complete(reply)):
                    return cleared(reply, doubt)
                if left_ms > 0 and looks > 1:
                    await asyncio.sleep(RESTLESS_S)
                request.require.complete_within_ms = max(left_ms, 0)
            if self._keeper is not None and request.require.session_id:
                await self._keeper.renew(request.require)

    async def _doubt(self, reply: T, request: R) -> Doubt:
        if self._keeper is None:
            return Doubt()
        return await self._keeper.recheck(files_of(reply), request.require)

    async def _attempt(self, request: R, ask: Ask[T]) -> T:
        channel = await self._link.channel()
        deadline_s = DEADLINE_S + request.require.complete_within_ms / 1000
        try:
            with calling(type(request).__name__.removesuffix("Request")) as told:
                return await ask(stub_of(channel), deadline_s, (*self._metadata, *told))
        except grpc.aio.AioRpcError as error:
            # A daemon that says itself what it cannot do is there.
            if not self._is_away(error.code()) or CODE_TRAILER in dict(error.trailing_metadata() or ()):
                raise translated(error) from None
            await self._link.lost(channel)
            raise DaemonUnreachable(f"the daemon went away: {error.details()}") from None
        except asyncio.CancelledError:
            if not channel_was_closed():
                raise
            raise DaemonUnreachable("the daemon went away") from None

    def _is_away(self, code: grpc.StatusCode) -> bool:
        """Whether it may be that there is no daemon; calls of a server wait for one until their time is over."""
        return code is grpc.StatusCode.UNAVAILABLE or (self._link.shared and code is grpc.StatusCode.DEADLINE_EXCEEDED)


def _is_enough(looks: int, taken_s: float, *, vital: bool) -> bool:
    """Whether a question has been asked anew often enough. `vital`: its answer would be less for it."""
    if vital:
        return looks >= MAX_LOOKS or taken_s > LOOKS_WITHIN_S
    return looks >= LOOKS_INCOMPLETE or taken_s > INCOMPLETE_WITHIN_S


def stub_of(channel: grpc.aio.Channel) -> CodeIndexServiceAsyncStub:
    """The typed stub on an asyncio channel (one generated class serves both kinds)."""
    stub: CodeIndexServiceAsyncStub = CodeIndexServiceStub(channel)
    return stub


def channel_was_closed() -> bool:
    """Whether a CancelledError came from gRPC: it cancels the calls of a channel that someone else gave up."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()


def translated(error: grpc.aio.AioRpcError) -> BridgeError:
    """The daemon's error as ours: its code travels in a trailer, its text is for people."""
    trailers = dict(error.trailing_metadata() or ())
    code = str(trailers.get(CODE_TRAILER) or error.code().name.lower())
    return error_for(code, error.details() or error.code().name)
