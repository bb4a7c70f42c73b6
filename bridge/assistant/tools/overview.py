"""What a repository consists of: its areas, its languages, what is used most."""

from __future__ import annotations

import asyncio
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
    places = scope.places(arguments.path.rstrip("/"))
    replies = await asyncio.gather(*(_ask(place, arguments) for place in places))
    prefixes = [scope.prefix(place.workspace) for place in places]
    answered = list(zip(prefixes, replies, strict=True))
    areas = [_area(area, prefix) for prefix, reply in answered for area in reply.areas]
    symbols = [_popular(hit, prefix) for prefix, reply in answered for hit in reply.symbols]
    fresh = structure.freshness(reply.freshness for reply in replies)
    lines = ["Areas (files, symbols):", *(f"  {one['path']}  {one['files']}, {one['symbols']}" for one in areas)]
    lines += ["Most used (files that refer to the name):"]
    lines += [f"  {one['used_by_files']}  {render.symbol_line(one)}" for one in symbols]
    text = "\n".join(lines) if areas else render.absence("anything", fresh)
    return Answer(f"{text}\n{render.coverage(fresh)}", {"areas": areas, "symbols": symbols, "freshness": fresh})


async def _ask(place: Place, arguments: Arguments) -> pb.OverviewReply:
    require = await place.workspace.requirement(arguments.wait_ms)
    return await place.workspace.client.overview(
        pb.OverviewRequest(path=place.path, limit=arguments.limit, require=require)
    )


def _area(area: pb.Area, prefix: str) -> Json:
    return {
        "path": prefix + line(area.path),
        "files": area.files,
        "symbols": area.symbols,
        "languages": dict(sorted(area.languages.items())),
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
