"""Find symbols by name: the tool to reach for first."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Globs, Limit, Name, WaitMs
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """What to look for."""

    query: Annotated[Name, Meta(description="name or part of one; Class.method or mod::Name narrow it")]
    kind: Annotated[str, Meta(description="e.g. class, function, method; comma-separated")] = ""
    language: str = ""
    path: Globs = ""
    limit: Limit = 20
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Search all workspaces; best hits first."""

    async def search(place: Place) -> pb.SearchPage:
        filters = {"kind": arguments.kind, "path": place.path, "language": arguments.language}
        return await place.workspace.client.search(
            pb.SearchRequest(
                query=arguments.query,
                filters={key: value for key, value in filters.items() if value},
                limit=arguments.limit,
                require=await place.workspace.requirement(arguments.wait_ms),
            )
        )

    pages = await scope.ask(scope.narrowed(arguments.path), search)
    hits = [structure.hit(hit, scope.prefix(workspace)) for workspace, page in pages for hit in page.hits]
    hits.sort(key=lambda hit: -hit["score"])
    truncated = len(hits) > arguments.limit or any(page.truncated for _, page in pages)
    hits = hits[: arguments.limit]
    fresh = structure.freshness(page.freshness for _, page in pages)
    return Answer(
        _text(arguments, hits, truncated, fresh),
        {"symbols": hits, "truncated": truncated, "freshness": fresh},
    )


def _text(arguments: Arguments, hits: list[structure.Json], truncated: bool, fresh: structure.Json) -> str:
    wanted = render.filtered(
        repr(arguments.query), kind=arguments.kind, language=arguments.language, path=arguments.path
    )
    if not hits:
        return render.absence(wanted, fresh)
    lines = [render.symbol_line(hit) for hit in hits]
    if hits[0]["match"] != "exact":
        lines.insert(0, f"No symbol is named exactly {wanted}; these come close:")
    if truncated:
        lines.append("… more: raise limit, or narrow by kind, language or path")
    return "\n".join([*lines, render.coverage(fresh)])


TOOL = Tool(
    name="search_symbols",
    title="Search symbols",
    description="Find classes, functions, methods, types, constants… by name or part of a name, best match first.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols=structure.SYMBOLS_SCHEMA, truncated={"type": "boolean"}),
    call=call,
    main=True,
)
