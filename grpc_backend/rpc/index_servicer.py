"""Indexing and asking over gRPC: decode, one call, encode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import grpc
import msgspec
from google.protobuf.timestamp_pb2 import Timestamp

from grpc_backend.access.grant import current_grant
from grpc_backend.errors import CodeIndexError, InvalidRequest
from grpc_backend.index import questions
from grpc_backend.index.overview import overview
from grpc_backend.index.overviews import Overviews
from grpc_backend.index.repositories import snapshots
from grpc_backend.index.service import IndexService
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import Freshness
from grpc_backend.rpc import wire
from grpc_backend.rpc.guard import WORKSPACE_KEY
from grpc_backend.rpc.sync_session import SyncSession
from grpc_backend.search.query import Query, reads_like_words
from grpc_backend.search.searcher import ScoredHit, gathered, search, steps
from grpc_backend.storage.engine import Engine
from grpc_backend.storage.layered import Layer
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceServicer

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Request: TypeAlias = pb.FindDefinitionRequest | pb.FindReferencesRequest | pb.GetSymbolRequest | pb.OutlineRequest

DEFAULT_WORKSPACE = "default"
DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
BULK_ERRORS = 10
# What a search finds within so long goes out at once.
GATHERED_S = 0.01
# A search that is likely short begins on the event loop, and is handed to a reader when it takes longer than that.
ON_LOOP_S = 0.005
# So often an answer is read, at most, if the index moves on under the reading.
READS = 3


class Read(NamedTuple):
    """What was found, with the open documents that were before the store, and what it covers."""

    found: Any
    layer: Layer
    freshness: pb.Freshness


class IndexServicer(CodeIndexServiceServicer):
    """The methods that concern a workspace; it is named by the call's metadata."""

    def __init__(self, service: IndexService) -> None:
        self._service = service
        self._overviews = Overviews()

    async def IndexFile(self, request: pb.IndexFileRequest, context: Context) -> pb.IndexFileResponse:  # noqa: N802
        """Index one content under a path; returns when it is searchable."""
        return await self._index(request, await self._workspace(context))

    async def BulkIndex(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.IndexFileRequest], context: Context
    ) -> pb.BulkIndexResponse:
        """Index a stream of contents; one that fails costs only itself."""
        workspace = await self._workspace(context)
        answers = [await self._index(request, workspace) async for request in request_iterator]
        errors = [f"{one.file_id}: {one.error}" for one in answers if not one.success]
        return pb.BulkIndexResponse(
            total_files=len(answers),
            successful=len(answers) - len(errors),
            failed=len(errors),
            errors=errors[:BULK_ERRORS],
        )

    async def SearchSymbols(  # noqa: N802
        self, request: pb.SearchRequest, context: Context
    ) -> AsyncIterator[pb.SearchResult]:
        """Best first: a result a message, or in pages where the request says so."""
        query = wire.query_from(request)
        if query.repositories:
            for answer in await self._across(request, query):
                yield answer
            return
        begun = asyncio.get_running_loop().time()
        workspace, freshness = await self._ready(request.require, context)
        if reads_like_words(query) and await self._caught_up(workspace, request.require, begun):
            without_waiting = pb.Requirement(session_id=request.require.session_id, sequence=request.require.sequence)
            workspace, freshness = await self._ready(without_waiting, context)
        left = query.limit
        # A few steps at a time, so that the best go out first and a client that hangs up stops the search.
        found, lacking = await self._found(workspace, query)
        more = True
        while more:
            hits, more = await self._gathered(found, on_loop=not reads_like_words(query))
            page = pb.SearchPage(truncated=len(hits) > left)
            if not more:
                await self._service.look(workspace)
                page.freshness.CopyFrom(_covered(workspace, freshness.without(lacking)))
            for answer in _answers(hits[:left], request, page):
                yield answer
            left -= min(left, len(hits))

    async def _across(self, request: pb.SearchRequest, query: Query) -> Iterator[pb.SearchResult]:
        """The answer to a search of what was pushed of many repositories: that changes only as a whole."""
        engine = self._service.engine
        names = await self._service.in_reader(engine.workspaces)
        chosen = snapshots(names, query.repositories, current_grant())
        across = engine.across(chosen)
        found = await self._service.in_reader(search, across, "", query)
        passed_over = [tier.name.lower() for tier in sorted(across.passed_over)]
        page = pb.SearchPage(truncated=found.truncated, repositories=len(chosen), passed_over=passed_over)
        page.freshness.complete = not passed_over
        return _answers(found.hits, request, page)

    async def _caught_up(self, workspace: Workspace, require: pb.Requirement, begun: float) -> bool:
        """Have meaning derived in what is left of the time for a complete index; whether that took any waiting."""
        meaning = await self._service.meaning()
        until = begun + wire.requirement_from(require).complete_within_s
        return await meaning.catch_up(workspace, until - asyncio.get_running_loop().time())

    async def _found(self, workspace: Workspace, query: Query) -> tuple[Iterator[list[ScoredHit]], int]:
        """The hits of a query, step by step; and how many indexed files they do not cover."""
        layer = workspace.layer()
        view = self._service.view(layer)
        if not reads_like_words(query):
            return steps(view, workspace.name, query), 0
        from grpc_backend.search.semantic.answer import by_meaning

        meaning = await self._service.meaning()
        asking = await meaning.askable(workspace, layer, query.filters)
        return by_meaning(view, workspace.name, query, asking.model, asking.parts), asking.lacking

    async def _gathered(self, found: Iterator[list[ScoredHit]], *, on_loop: bool) -> tuple[list[ScoredHit], bool]:
        """The next hits, and whether there may be more."""
        hits: list[ScoredHit] = []
        if on_loop and self._service.engine.is_prompt:
            hits, more = self._service.at_once(_gathered, self._service.engine, found, ON_LOOP_S)
            if not more:
                return hits, False
        rest, more = await self._service.in_reader(_gathered, self._service.engine, found, GATHERED_S)
        return hits + rest, more

    async def SyncIndex(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.SyncRequest], context: Context
    ) -> AsyncIterator[pb.SyncResponse]:
        """Keep a workspace in step for as long as the stream lives."""
        session = SyncSession(self._service, self._workspace_name(context))
        async for response in session.converse(request_iterator):
            yield response

    async def FindDefinition(self, request: pb.FindDefinitionRequest, context: Context) -> pb.SymbolsReply:  # noqa: N802
        """Where a name, an id or a place in a file is defined."""
        place = questions.Place(request.path, request.line, request.column) if request.path else None
        limit = limit_of(request.limit)
        read = await self._read(request, context, questions.find_definition, request.symbol, place, limit + 1)
        return wire.symbols_to(read.found, limit, read.freshness)

    async def FindReferences(  # noqa: N802
        self, request: pb.FindReferencesRequest, context: Context
    ) -> pb.FindReferencesReply:
        """Uses of a symbol's name."""
        limit, skip = limit_of(request.limit), max(request.skip, 0)
        read = await self._read(request, context, questions.find_references, wire.uses_from(request), skip + limit)
        found, roles = read.found
        total = sum(roles.values())
        open_texts = read.layer.documents
        return pb.FindReferencesReply(
            references=[wire.reference_to(one, unsaved=one.path in open_texts) for one in found[skip:]],
            total=total,
            truncated=total > skip + limit,
            resolution="name",
            freshness=read.freshness,
            by_role=wire.roles_to(roles),
        )

    async def GetSymbol(self, request: pb.GetSymbolRequest, context: Context) -> pb.GetSymbolReply:  # noqa: N802
        """One symbol by its id, with all of its documentation."""
        read = await self._read(request, context, questions.by_id, request.id)
        return wire.symbol_reply_to(read.found, read.layer, read.freshness)

    async def Outline(self, request: pb.OutlineRequest, context: Context) -> pb.SymbolsReply:  # noqa: N802
        """The symbols of a file, or the top-level ones below a folder."""
        limit = limit_of(request.limit or MAX_LIMIT)
        skip = max(request.skip, 0)
        read = await self._read(request, context, questions.outline, request.path.strip("/"), skip + limit + 1)
        return wire.symbols_to(read.found[skip:], limit, read.freshness)

    async def Overview(self, request: pb.OverviewRequest, context: Context) -> pb.OverviewReply:  # noqa: N802
        """What the workspace consists of and what is used most in it."""
        workspace, freshness = await self._ready(request.require, context)
        part = wire.part_from(request, limit_of(request.limit))
        value = await self._overviews.get(
            workspace, part, lambda: self._ask(overview, workspace, part, workspace.paths())
        )
        await self._service.look(workspace)
        return wire.overview_to(value, _covered(workspace, freshness))

    def _workspace_name(self, context: Context) -> str:
        metadata = dict(context.invocation_metadata() or ())
        return str(metadata.get(WORKSPACE_KEY) or DEFAULT_WORKSPACE)

    async def _workspace(self, context: Context) -> Workspace:
        """The call's workspace. Errors: RepositoryDenied."""
        return await self._service.workspace(current_grant().admit(self._workspace_name(context)))

    async def _ready(self, require: pb.Requirement, context: Context) -> tuple[Workspace, Freshness]:
        """The call's workspace, once it is as new as required."""
        workspace = await self._workspace(context)
        left_s = context.time_remaining()
        requirement = wire.requirement_from(require)
        return workspace, await self._service.fresh_enough(workspace, requirement, left_s)

    async def _read(self, request: Request, context: Context, question: Any, *args: Any) -> Read:
        """Ask a question once the workspace is as new as required; a few times anew where it moves on meanwhile."""
        require, begun_ms = pb.Requirement(), _now_ms()
        require.CopyFrom(request.require)
        for left in reversed(range(READS)):
            workspace, freshness = await self._ready(require, context)
            layer = workspace.layer()
            found = await self._service.in_reader(question, self._service.view(layer), workspace.name, *args)
            await self._service.look(workspace)
            if not left or not _has_moved(workspace, freshness):
                break
            require.ClearField("subject")
            require.complete_within_ms = max(request.require.complete_within_ms - (_now_ms() - begun_ms), 0)
        return Read(found, layer, _covered(workspace, freshness))

    async def _ask(self, question: Any, workspace: Workspace, *args: Any) -> Any:
        view = self._service.view(workspace.layer())
        return await self._service.in_reader(question, view, workspace.name, *args)

    async def _index(self, request: pb.IndexFileRequest, workspace: Workspace) -> pb.IndexFileResponse:
        """Push one content; what is wrong with it is in the answer, as the interface has it."""
        answer = pb.IndexFileResponse(file_id=request.file_path)
        try:
            path = wire.path_from(request.file_path)
            content = request.content.encode("utf-8")
            extraction = await self._service.ingest.push(workspace, path, content, request.language)
            if extraction is None:
                raise InvalidRequest("the language is not supported: name it in `language`, or by the path's ending")
        except CodeIndexError as error:
            answer.error = str(error)
            return answer
        answer.symbols_count = len(extraction.symbols)
        answer.error = extraction.problem
        answer.success = not extraction.problem
        stamp = Timestamp()
        stamp.GetCurrentTime()
        answer.indexed_at.CopyFrom(stamp)
        return answer


def _gathered(engine: Engine, found: Iterator[list[ScoredHit]], within_s: float) -> tuple[list[ScoredHit], bool]:
    with engine.one_state():
        return gathered(found, within_s)


def _answers(hits: Sequence[ScoredHit], request: pb.SearchRequest, page: pb.SearchPage) -> Iterator[pb.SearchResult]:
    """Hits as the request wants them, on this page where it wants pages."""
    if not request.paged:
        yield from map(wire.result_to, hits)
    elif hits or page.HasField("freshness"):
        page.hits.extend(wire.hit_to(hit, explain=request.explain) for hit in hits)
        yield pb.SearchResult(page=page)


def _covered(workspace: Workspace, before: Freshness) -> pb.Freshness:
    """What an answer covers that was read since `before`: of an index that has moved on it may have halves."""
    moved = _has_moved(workspace, before)
    return wire.freshness_to(msgspec.structs.replace(before, complete=False) if moved else before)


def _has_moved(workspace: Workspace, before: Freshness) -> bool:
    """Whether changes were committed since `before`, in one step or in several.

    A step that was given to the store since may have been read, too, before it is known here to be done.
    """
    return (workspace.generation, workspace.steps) != (before.generation, before.steps)


def _now_ms() -> int:
    return int(1000 * asyncio.get_running_loop().time())


def limit_of(asked: int) -> int:
    """A limit within bounds; 0 asks for the default. Errors: InvalidRequest."""
    if not 0 <= asked <= MAX_LIMIT:
        raise InvalidRequest(f"limit must be from 1 to {MAX_LIMIT}")
    return asked or DEFAULT_LIMIT
