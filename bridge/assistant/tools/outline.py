"""What a file or a folder defines."""

from __future__ import annotations

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

    async def ask(place: Place) -> pb.SymbolsReply:
        require = await place.workspace.requirement(arguments.wait_ms)
        request = pb.OutlineRequest(path=place.path, limit=arguments.limit, require=require)
        return await place.workspace.client.outline(request)

    places = scope.places(arguments.path.rstrip("/") if arguments.path != "/" else ".")
    replies = await scope.ask(places, ask)
    symbols = [_nested(symbol, scope.prefix(workspace)) for workspace, reply in replies for symbol in reply.symbols]
    truncated = len(symbols) > arguments.limit or any(reply.truncated for _, reply in replies)
    symbols = symbols[: arguments.limit]
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    text = _text(symbols, truncated, fresh) if symbols else _nothing(arguments.path, places, fresh)
    return Answer(text, {"symbols": symbols, "truncated": truncated, "freshness": fresh})


def _text(symbols: list[Json], truncated: bool, fresh: Json) -> str:
    lines = [render.symbols_by_file(symbols)]
    if truncated:
        lines.append("… more: raise limit, or name a file or folder below")
    return "\n".join([*lines, render.coverage(fresh)])


def _nothing(path: str, places: list[Place], fresh: Json) -> str:
    """An empty file, one that is left out, and one that does not exist are told apart."""
    if not any((place.workspace.root / place.path).exists() for place in places):
        return f"{path!r}: there is no such file or folder in the workspace. {render.coverage(fresh)}"
    why = " It defines none, or it is left out (index_status tells what is and why)." if fresh["complete"] else ""
    return f"{path or '.'!r} is there, but no symbols of it are indexed.{why} {render.coverage(fresh)}"


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
