"""What a file or a folder defines."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Limit, WaitMs
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """Of what."""

    path: Annotated[str, Meta(max_length=4096, description="file or folder; empty: the root")] = ""
    limit: Limit = 200
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """All symbols of a file with their nesting, or the top-level ones below a folder."""
    places = scope.places("" if arguments.path == "." else arguments.path.rstrip("/"))
    replies = await asyncio.gather(*(_ask(place, arguments) for place in places))
    symbols = [
        _nested(symbol, scope.prefix(place.workspace))
        for place, reply in zip(places, replies, strict=True)
        for symbol in reply.symbols
    ]
    truncated = any(reply.truncated for reply in replies)
    fresh = structure.freshness(reply.freshness for reply in replies)
    text = render.symbols_by_file(symbols) or render.absence(f"symbols in {arguments.path or '.'!r}", fresh)
    more = "\n… more: raise limit, or name a file or folder below" if truncated else ""
    return Answer(
        f"{text}{more}\n{render.coverage(fresh)}",
        {"symbols": symbols, "truncated": truncated, "freshness": fresh},
    )


async def _ask(place: Place, arguments: Arguments) -> pb.SymbolsReply:
    require = await place.workspace.requirement(arguments.wait_ms)
    return await place.workspace.client.outline(
        pb.OutlineRequest(path=place.path, limit=arguments.limit, require=require)
    )


def _nested(symbol: pb.Symbol, prefix: str) -> Json:
    return {**structure.symbol(symbol, prefix), "depth": symbol.depth}


TOOL = Tool(
    name="outline",
    title="Outline",
    description="The symbols of a file with their nesting, or the top-level symbols below a folder.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols=structure.SYMBOLS_SCHEMA, truncated={"type": "boolean"}),
    call=call,
)
