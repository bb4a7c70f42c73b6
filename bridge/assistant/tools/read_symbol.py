"""Exactly the text of a symbol, or of several."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import clean, render, structure
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Name
from bridge.errors import NotFound
from bridge.workspace.reading import Content, read_file
from protos import code_index_pb2 as pb

MAX_SYMBOLS = 20
MAX_SOURCE_BYTES = 50 * 1024 * 1024
MAX_BODY_CHARACTERS = 60_000
CANDIDATES = 10
# How long the index is given to catch up with a file that was changed a moment ago.
CATCH_UP_TRIES = 20
CATCH_UP_STEP_S = 0.05


class Arguments(Struct, forbid_unknown_fields=True):
    """Whose text."""

    symbols: Annotated[
        list[Name], Meta(min_length=1, max_length=MAX_SYMBOLS, description="ids, or names that are unique")
    ]
    context_lines: Annotated[int, Meta(ge=0, le=50)] = 0


class Found(Struct, frozen=True):
    """One symbol's answer: its text, or why there is none."""

    shown: str
    structure: Json
    freshness: pb.Freshness


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Read each symbol from the file as it is now."""
    found = await asyncio.gather(*(_read(scope, name, arguments.context_lines) for name in arguments.symbols))
    fresh = structure.freshness([one.freshness for one in found][-1:])
    return Answer(
        "\n\n".join(one.shown for one in found),
        {"symbols": [one.structure for one in found], "freshness": fresh},
    )


async def _read(scope: Scope, name: str, context_lines: int) -> Found:
    """One symbol's text; if its file is newer than the index, the index is given a moment to catch up."""
    for _ in range(CATCH_UP_TRIES):
        candidates, fresh = await _candidates(scope, name)
        if len(candidates) != 1:
            return _none_or_many(scope, name, candidates, fresh)
        place, symbol = candidates[0]
        content = await asyncio.to_thread(read_file, place.workspace.root, place.path, MAX_SOURCE_BYTES)
        if isinstance(content, Content) and content.digest == symbol.digest:
            return _cut(scope, place, symbol, content.data, context_lines, fresh)
        await asyncio.sleep(CATCH_UP_STEP_S)
    raise NotFound(f"{name}: its file changed and is not indexed anew yet: ask again")


async def _candidates(scope: Scope, name: str) -> tuple[list[tuple[Place, pb.Symbol]], pb.Freshness]:
    places = scope.places(name) if "#" in name else [Place(one, name) for one in scope.workspaces]
    found: list[tuple[Place, pb.Symbol]] = []
    fresh = pb.Freshness()
    for place in places:
        request = pb.FindDefinitionRequest(
            symbol=place.path, limit=CANDIDATES, require=await place.workspace.requirement()
        )
        try:
            reply = await place.workspace.client.find_definition(request)
        except NotFound:
            continue
        fresh = reply.freshness
        found += [(Place(place.workspace, symbol.path), symbol) for symbol in reply.symbols]
    return found, fresh


def _none_or_many(scope: Scope, name: str, candidates: list[tuple[Place, pb.Symbol]], fresh: pb.Freshness) -> Found:
    """No text: the name is unknown, or it is several symbols'."""
    options = [structure.symbol(symbol, scope.prefix(place.workspace)) for place, symbol in candidates]
    if not options:
        error = "not found"
        shown = render.absence(repr(name), structure.freshness([fresh]))
    else:
        error = "ambiguous"
        shown = "\n".join(
            [f"{name!r} is ambiguous; ask again with one of these ids:", *(one["symbol"] for one in options)]
        )
    return Found(shown, {"asked": name, "error": error, "candidates": options}, fresh)


def _cut(scope: Scope, place: Place, symbol: pb.Symbol, data: bytes, context_lines: int, fresh: pb.Freshness) -> Found:
    """The lines of the symbol, from the bytes that its positions belong to."""
    lines = data.split(b"\n")
    first = max(symbol.start_line - 1 - context_lines, 0)
    last = min(symbol.end_line + context_lines, len(lines))
    text = clean.body(b"\n".join(lines[first:last]).decode("utf-8", "replace"))
    cut = len(text) > MAX_BODY_CHARACTERS
    text = text[:MAX_BODY_CHARACTERS]
    described = structure.symbol(symbol, scope.prefix(place.workspace))
    head = f"{described['path']}:{first + 1}-{last} {symbol.kind} {described['qualified_name']}"
    if cut:
        text += f"\n… cut at {MAX_BODY_CHARACTERS} characters"
    return Found(f"{head}\n{text}", {**described, "first_line": first + 1, "text": text, "truncated": cut}, fresh)


TOOL = Tool(
    name="read_symbol",
    title="Read symbol",
    description="The exact source text of one or several symbols, instead of reading whole files.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols={"type": "array", "items": {"type": "object"}}),
    call=call,
)
