"""What a repository consists of: its areas, its languages, what is used most."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.clean import line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Limit, WaitMs
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """Of what part."""

    path: Annotated[str, Meta(max_length=4096, description="folder; empty: everything")] = ""
    limit: Limit = 20
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Areas by size and the most referenced symbols."""

    async def ask(place: Place) -> pb.OverviewReply:
        require = await place.workspace.requirement(arguments.wait_ms)
        request = pb.OverviewRequest(path=place.path, limit=arguments.limit, require=require)
        return await place.workspace.client.overview(request)

    replies = await scope.ask(scope.places(arguments.path.rstrip("/")), ask)
    answered = [(scope.prefix(workspace), reply) for workspace, reply in replies]
    # An area without symbols has nothing that any tool could tell of.
    areas = [_area(area, prefix) for prefix, reply in answered for area in reply.areas if area.symbols]
    symbols = [_popular(hit, prefix) for prefix, reply in answered for hit in reply.symbols]
    fresh = structure.freshness(reply.freshness for _, reply in answered)
    text = _text(areas, symbols, fresh) if areas else render.absence(f"symbols below {arguments.path or '.'!r}", fresh)
    return Answer(text, {"areas": areas, "symbols": symbols, "freshness": fresh})


def _text(areas: list[Json], symbols: list[Json], fresh: Json) -> str:
    lines = ["Areas:", *map(_area_line, areas)]
    if symbols:
        lines.append("Most used types and functions, by the number of files that mention the name:")
    lines += [f"  {one['used_by_files']}  {render.symbol_line(one)}" for one in symbols]
    return "\n".join([*lines, render.coverage(fresh)])


def _area_line(one: Json) -> str:
    return f"  {one['path']}: {one['files']} files, {one['symbols']} symbols ({render.most_first(one['languages'])})"


def _area(area: pb.Area, prefix: str) -> Json:
    return {
        "path": prefix + line(area.path),
        "files": area.files,
        "symbols": area.symbols,
        "languages": structure.languages(area.languages),
    }


def _popular(hit: pb.Hit, prefix: str) -> Json:
    return {**structure.symbol(hit.symbol, prefix), "used_by_files": int(hit.score)}


TOOL = Tool(
    name="overview",
    title="Overview",
    description="Get your bearings: the areas of the repository with sizes, and its most used symbols.",
    arguments=Arguments,
    output_schema=structure.output_schema(areas={"type": "array"}, symbols=structure.SYMBOLS_SCHEMA),
    call=call,
)
