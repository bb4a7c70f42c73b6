"""Where a name, an id, or what stands at a place in a file is defined."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Limit, Path, WaitMs
from bridge.errors import InvalidRequest
from bridge.workspace.reading import Content, read_file
from protos import code_index_pb2 as pb

WORD = re.compile(r"\w+")
MAX_SOURCE_BYTES = 50 * 1024 * 1024


class Arguments(Struct, forbid_unknown_fields=True):
    """A name, or a place."""

    symbol: Annotated[str, Meta(description="name, Class.method, or id")] = ""
    path: Path = ""
    line: Annotated[int, Meta(ge=0, description="1-based")] = 0
    column: Annotated[int, Meta(ge=0, description="1-based character")] = 0
    limit: Limit = 20
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """All definitions that may be meant, the likeliest first."""
    if not arguments.symbol and not (arguments.path and arguments.line):
        raise InvalidRequest("find_definition: give `symbol`, or `path` and `line`")
    replies = await asyncio.gather(*(_ask(place, arguments) for place in _places(scope, arguments)))
    symbols = [
        structure.symbol(symbol, scope.prefix(place.workspace))
        for place, reply in zip(_places(scope, arguments), replies, strict=True)
        for symbol in reply.symbols
    ]
    fresh = structure.freshness(reply.freshness for reply in replies)
    what = arguments.symbol or f"{arguments.path}:{arguments.line}"
    text = "\n".join(render.symbol_line(one) for one in symbols) or render.absence(repr(what), fresh)
    if len(symbols) > 1:
        text = f"{len(symbols)} definitions of {what!r}:\n{text}"
    return Answer(
        f"{text}\n{render.coverage(fresh)}",
        {"symbols": symbols, "ambiguous": len(symbols) > 1, "freshness": fresh},
    )


def _places(scope: Scope, arguments: Arguments) -> list[Place]:
    if arguments.path:
        return scope.places(arguments.path)
    if "#" in arguments.symbol:
        return scope.places(arguments.symbol)
    return [Place(one, "") for one in scope.workspaces]


async def _ask(place: Place, arguments: Arguments) -> pb.SymbolsReply:
    symbol = arguments.symbol
    if "#" in symbol and not arguments.path:
        symbol = place.path
    elif not symbol and arguments.column:
        symbol = await asyncio.to_thread(word_at, place, arguments.line, arguments.column)
    return await place.workspace.client.find_definition(
        pb.FindDefinitionRequest(
            symbol=symbol,
            path=place.path if arguments.path else "",
            line=arguments.line,
            limit=arguments.limit,
            require=await place.workspace.requirement(arguments.wait_ms),
        )
    )


def word_at(place: Place, line: int, column: int) -> str:
    """The identifier at a place, read from the file; empty if there is none. Blocks."""
    found = read_file(place.workspace.root, place.path, MAX_SOURCE_BYTES)
    if not isinstance(found, Content):
        raise InvalidRequest(f"cannot read {place.path}")
    lines = found.data.decode("utf-8", "replace").splitlines()
    text = lines[line - 1] if line <= len(lines) else ""
    return next((word[0] for word in WORD.finditer(text) if word.start() < column <= word.end() + 1), "")


TOOL = Tool(
    name="find_definition",
    title="Find definition",
    description="Where a name, an id from another answer, or the identifier at path+line+column is defined.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols=structure.SYMBOLS_SCHEMA, ambiguous={"type": "boolean"}),
    call=call,
)
