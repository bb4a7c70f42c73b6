"""Find symbols by name: the tool to reach for first."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bridge.assistant import absence, paging, render, structure
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Globs, Limit, MaxTokens, Name, WaitMs
from bridge.daemon.repositories import left_out, names_repositories, search_repositories
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

Found = list[tuple[WorkspaceSession, pb.Hit]]


class Arguments(Struct, forbid_unknown_fields=True):
    """What to look for."""

    query: Annotated[Name, Meta(description="Class.method or in:Class narrow it")]
    kind: Annotated[str, Meta(description="class, function…; comma-separated")] = ""
    language: str = ""
    path: Globs = ""
    near: Annotated[str, Meta(description="file you are in")] = ""
    mode: Literal["auto", "name", "semantic"] = "auto"
    cursor: str = ""
    limit: Limit = 20
    max_tokens: MaxTokens = 4000
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Search all workspaces; best hits first."""
    if names_repositories(arguments.query):
        return await _across(scope, arguments)
    cursors = paging.decode(arguments.cursor, str)
    pages = await _pages(scope, arguments, cursors)
    found = [(workspace, hit) for workspace, page in pages for hit in page.hits]
    if len(pages) > 1:  # one workspace's are in their order already
        found.sort(key=lambda pair: -pair[1].score)
    hits = [structure.hit(hit, scope.prefix(workspace)) for workspace, hit in found[: arguments.limit]]
    hits = hits[: paging.fitting(hits, arguments.max_tokens)]
    truncated = len(found) > len(hits) or any(page.truncated for _, page in pages)
    cursors |= {str(workspace.root): hit.cursor for workspace, hit in found[: len(hits)]}
    fresh = structure.freshness(page.freshness for _, page in pages)
    answer: Json = {"symbols": hits, "truncated": truncated, "cursor": "", "freshness": fresh}
    if truncated:
        answer["cursor"] = paging.encode(cursors)
    if hits or arguments.cursor:
        return Answer(_text(arguments, hits, truncated, fresh), answer)
    sought = absence.Sought(_wanted(arguments), arguments.query)
    nothing = await absence.told(scope, sought, [(workspace, page.freshness) for workspace, page in pages])
    return Answer(nothing.text, {**answer, "absence": nothing.structure})


async def _pages(
    scope: Scope, arguments: Arguments, cursors: dict[str, str]
) -> list[tuple[WorkspaceSession, pb.SearchPage]]:
    near = {place.workspace: place.path for place in scope.places(arguments.near)} if arguments.near else {}

    async def search(place: Place) -> pb.SearchPage:
        filters = {"kind": arguments.kind, "path": place.path, "language": arguments.language}
        return await place.workspace.client.search(
            pb.SearchRequest(
                query=arguments.query,
                filters={key: value for key, value in filters.items() if value},
                limit=arguments.limit,
                semantic=arguments.mode == "semantic",
                auto=arguments.mode == "auto",
                near=near.get(place.workspace, ""),
                cursor=cursors.get(str(place.workspace.root), ""),
                require=await place.workspace.requirement(arguments.wait_ms),
            )
        )

    return await scope.ask(scope.narrowed(arguments.path), search)


async def _across(scope: Scope, arguments: Arguments) -> Answer:
    """Search what was pushed of a team's repositories."""
    filters = {"kind": arguments.kind, "path": arguments.path, "language": arguments.language}
    page = await search_repositories(
        scope.workspaces[0].team,
        pb.SearchRequest(
            query=arguments.query,
            filters={key: value for key, value in filters.items() if value},
            limit=arguments.limit,
            cursor=arguments.cursor,
        ),
    )
    hits = [structure.hit(hit, "") for hit in page.hits]
    hits = hits[: paging.fitting(hits, arguments.max_tokens)]
    truncated = page.truncated or len(hits) < len(page.hits)
    cursor = page.hits[len(hits) - 1].cursor if truncated and hits else ""
    fresh = structure.freshness([page.freshness])
    said = left_out(page)
    searched = f"({page.repositories} of the team's repositories searched, as they were pushed{said and f'; {said}'})"
    text = render.symbol_list(hits) if hits else f"{_wanted(arguments)}: not found."
    more = "\n… more: pass the cursor, raise limit, or narrow" if truncated else ""
    return Answer(
        f"{text}{more}\n{searched}", {"symbols": hits, "truncated": truncated, "cursor": cursor, "freshness": fresh}
    )


def _wanted(arguments: Arguments) -> str:
    return render.filtered(repr(arguments.query), kind=arguments.kind, language=arguments.language, path=arguments.path)


def _text(arguments: Arguments, hits: list[Json], truncated: bool, fresh: Json) -> str:
    lines = [render.symbol_list(hits)] if hits else ["No more."]
    if hits and structure.is_only_close(hits[0]) and not arguments.cursor:
        lines.insert(0, f"No symbol is named exactly {_wanted(arguments)}; these come close:")
    if truncated:
        lines.append("… more: pass the cursor, raise limit, or narrow by kind, language or path")
    return "\n".join([*lines, render.coverage(fresh)])


TOOL = Tool(
    name="search_symbols",
    title="Search symbols",
    description="Find symbols by name, part of one, or a question, best first.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        symbols=structure.LIST_SCHEMA, truncated=structure.FLAG_SCHEMA, cursor=structure.TEXT_SCHEMA
    ),
    call=call,
    main=True,
)
