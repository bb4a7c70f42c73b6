"""Find symbols by name: the tool to reach for first."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Globs, Limit, Name, WaitMs
from bridge.errors import InvalidRequest
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """What to look for."""

    query: Annotated[Name, Meta(description="Class.method or in:Class narrow it")]
    mode: Literal["auto", "name", "semantic"] = "auto"
    kind: Annotated[str, Meta(description="class, function…; comma-separated")] = ""
    language: str = ""
    path: Globs = ""
    near: Annotated[str, Meta(description="file you are in")] = ""
    cursor: str = ""
    limit: Limit = 20
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Search all workspaces; best hits first."""
    cursors = _cursors(arguments.cursor)
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

    pages = await scope.ask(scope.narrowed(arguments.path), search)
    found = [(workspace, hit) for workspace, page in pages for hit in page.hits]
    if len(pages) > 1:  # one workspace's are in their order already
        found.sort(key=lambda pair: -pair[1].score)
    truncated = len(found) > arguments.limit or any(page.truncated for _, page in pages)
    shown = found[: arguments.limit]
    cursors |= {str(workspace.root): hit.cursor for workspace, hit in shown}
    hits = [structure.hit(hit, scope.prefix(workspace)) for workspace, hit in shown]
    fresh = structure.freshness(page.freshness for _, page in pages)
    cursor = msgspec.json.encode(cursors).decode() if truncated else ""
    return Answer(
        _text(arguments, hits, truncated, fresh),
        {"symbols": hits, "truncated": truncated, "cursor": cursor, "freshness": fresh},
    )


def _cursors(text: str) -> dict[str, str]:
    """Where the page before ended in each workspace. Errors: InvalidRequest."""
    try:
        return msgspec.json.decode(text, type=dict[str, str]) if text else {}
    except msgspec.DecodeError:
        raise InvalidRequest("the cursor is none of ours: pass the one of the answer before, as it is") from None


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
        lines.append("… more: pass the cursor, raise limit, or narrow by kind, language or path")
    return "\n".join([*lines, render.coverage(fresh)])


TOOL = Tool(
    name="search_symbols",
    title="Search symbols",
    description="Find symbols by name, part of one, or a question, best first.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        symbols=structure.SYMBOLS_SCHEMA, truncated={"type": "boolean"}, cursor={"type": "string"}
    ),
    call=call,
    main=True,
)
