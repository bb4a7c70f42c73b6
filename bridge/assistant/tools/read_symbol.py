"""Exactly the text of a symbol, or of several."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import absence, clean, render, structure, unsaved
from bridge.assistant.naming import by_id_or_name
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Name, WaitMs
from bridge.session import WorkspaceSession
from bridge.workspace.reading import Content, read_file
from protos import code_index_pb2 as pb

MAX_SYMBOLS = 20
MAX_SOURCE_BYTES = 50 * 1024 * 1024
# Of one answer in all: about 15,000 tokens.
MAX_CHARACTERS = 60_000
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
    wait_ms: WaitMs = 0


class Candidates(Struct, frozen=True):
    """What a name may mean, and what each workspace that was asked covered."""

    symbols: list[tuple[Place, pb.Symbol]]
    truncated: bool
    covered: dict[WorkspaceSession, pb.Freshness]


class Found(Struct, frozen=True):
    """One symbol's answer: its place and its text, both quoted; and what there is to say, where there is anything."""

    place: str
    text: str
    said: str
    structure: Json
    covered: dict[WorkspaceSession, pb.Freshness]


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Read each symbol from the file as it is now, or from the document that is open unsaved."""
    found = await asyncio.gather(*(_read(scope, name, arguments) for name in arguments.symbols))
    covered = {workspace: fresh for one in found for workspace, fresh in one.covered.items()}
    fresh = structure.freshness(covered.values())
    shown, symbols, left = [], [], MAX_CHARACTERS
    for one in found:
        text = _within(one.text, left)
        left -= len(text)
        cut = len(text) < len(one.text)
        shown.append(_shown(one, text, cut))
        symbols.append({**one.structure, "text": text, "truncated": cut} if one.text else one.structure)
    return Answer("\n\n".join([*shown, render.coverage(fresh)]), {"symbols": symbols, "freshness": fresh})


def _shown(one: Found, text: str, cut: bool) -> str:
    """The quotation, and below it what is ours to say of it."""
    parts = [clean.fenced(f"{one.place}\n{text}")] if one.text else []
    if one.said:
        parts.append(one.said)
    if cut:
        parts.append(f"… cut here, after {MAX_CHARACTERS} characters in all: ask for fewer, or for a nested symbol")
    return "\n".join(parts)


async def _read(scope: Scope, name: str, arguments: Arguments) -> Found:
    """One symbol's text; if its file is newer than the index, the index is given a moment to catch up."""
    for _ in range(CATCH_UP_TRIES):
        candidates = await _candidates(scope, name, arguments.wait_ms)
        if len(candidates.symbols) != 1:
            return await _none_or_many(scope, name, candidates)
        place, symbol = candidates.symbols[0]
        text = await (unsaved.text_of if symbol.unsaved else _saved_text)(place, symbol)
        if text is not None:
            return _cut(scope, candidates, text, arguments.context_lines)
        await asyncio.sleep(CATCH_UP_STEP_S)
    said = f"{name!r}: its file has just changed and is not indexed anew yet; ask again"
    return Found("", "", said, {"asked": name, "error": "changed"}, candidates.covered)


async def _saved_text(place: Place, symbol: pb.Symbol) -> bytes | None:
    """The file that a symbol's positions belong to; None if it is not that any more."""
    found = await asyncio.to_thread(read_file, place.workspace.root, place.path, MAX_SOURCE_BYTES)
    return found.data if isinstance(found, Content) and found.digest == symbol.digest else None


async def _candidates(scope: Scope, name: str, wait_ms: int) -> Candidates:
    async def ask(symbol: str) -> list[tuple[WorkspaceSession, pb.SymbolsReply]]:
        async def find(place: Place) -> pb.SymbolsReply:
            require = await place.workspace.requirement(wait_ms)
            request = pb.FindDefinitionRequest(symbol=place.path, limit=CANDIDATES, require=require)
            return await place.workspace.client.find_definition(request)

        places = scope.places(symbol) if "#" in symbol else scope.everywhere(symbol)
        return await scope.ask(places, find, lambda fresh: pb.SymbolsReply(freshness=fresh))

    replies = await by_id_or_name(name, ask, lambda reply: reply.symbols)
    return Candidates(
        [(Place(workspace, symbol.path), symbol) for workspace, reply in replies for symbol in reply.symbols],
        any(reply.truncated for _, reply in replies),
        {workspace: reply.freshness for workspace, reply in replies},
    )


async def _none_or_many(scope: Scope, name: str, candidates: Candidates) -> Found:
    """No text: the name is unknown, or it is several symbols'."""
    options = [structure.symbol(symbol, scope.prefix(place.workspace)) for place, symbol in candidates.symbols]
    if not options:
        sought = absence.Sought(repr(name), name)
        nothing = await absence.told(scope, sought, list(candidates.covered.items()))
        answer: Json = {"asked": name, "error": "not found", "absence": nothing.structure}
        return Found("", "", nothing.text, answer, candidates.covered)
    ids = clean.fenced("\n".join(one["symbol"] for one in options))
    more = "\n… more: see find_definition" if candidates.truncated else ""
    said = f"{name!r} is ambiguous; ask again with one of these ids:\n{ids}{more}"
    return Found("", "", said, {"asked": name, "error": "ambiguous", "candidates": options}, candidates.covered)


def _cut(scope: Scope, candidates: Candidates, data: bytes, context_lines: int) -> Found:
    """The lines of the only candidate, from the bytes that its positions belong to."""
    place, symbol = candidates.symbols[0]
    lines = data.split(b"\n")
    first = max(symbol.start_line - 1 - context_lines, 0)
    last = min(symbol.end_line + context_lines, len(lines))
    text, hidden = clean.body(b"\n".join(lines[first:last]).decode("utf-8", "replace"))
    described = {**structure.symbol(symbol, scope.prefix(place.workspace)), "first_line": first + 1}
    heading = f"{described['path']}:{first + 1}-{last} {symbol.kind} {described['qualified_name']}"
    remarks = ["This is unsaved text, open in an editor."] if symbol.unsaved else []
    if hidden:
        described["hidden_characters"] = hidden
        remarks.append(f"{hidden} invisible characters are left out here.")
    return Found(heading, text, " ".join(remarks), described, candidates.covered)


def _within(text: str, limit: int) -> str:
    """As much of a text as fits into `limit` characters: whole lines, unless the first alone is longer."""
    if len(text) <= limit:
        return text
    end = text.rfind("\n", 0, limit + 1)
    return text[: end if end > 0 else limit]


TOOL = Tool(
    name="read_symbol",
    title="Read symbol",
    description="The exact source text of one or several symbols, instead of reading whole files.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols=structure.LIST_SCHEMA),
    call=call,
)
