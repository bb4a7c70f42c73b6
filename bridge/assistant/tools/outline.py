"""What a file or a folder defines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta, Struct

from bridge.assistant import paging, render, structure
from bridge.assistant.areas import areas_of
from bridge.assistant.clean import fenced
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import MaxTokens, WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

# The daemon's own limit: no budget holds more.
PAGE: Final = 1000


class Arguments(Struct, forbid_unknown_fields=True):
    """Of what."""

    path: Annotated[str, Meta(max_length=4096, description="file or folder; empty: the root")] = ""
    cursor: str = ""
    max_tokens: MaxTokens = 4000
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """All symbols of a file with their nesting, or the top-level ones below a folder; a large folder's parts first."""
    places = _places(scope, arguments.path)
    before = paging.skips(arguments.cursor)
    replies = await _replies(scope, places, arguments, before)
    found = [
        (workspace, _nested(symbol, scope.prefix(workspace)))
        for workspace, reply in replies
        for symbol in reply.symbols
    ]
    symbols = [one for _, one in found]
    symbols = symbols[: paging.fitting(symbols, arguments.max_tokens)]
    truncated = len(found) > len(symbols) or any(reply.truncated for _, reply in replies)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    answer: Json = {"symbols": symbols, "truncated": truncated, "cursor": "", "freshness": fresh}
    if truncated:
        answer["cursor"] = paging.after(before, [workspace for workspace, _ in found[: len(symbols)]])
        if not arguments.cursor and len({one["path"] for _, one in found}) > 1:
            answer["areas"] = [area for area in await areas_of(scope, places) if area["symbols"]]
    if symbols or arguments.cursor:
        return Answer(_text(answer), answer)
    return Answer(_nothing(arguments.path, places, fresh), answer)


def is_missing(scope: Scope, path: str, answer: Answer) -> bool:
    """Whether an answer about `path` is about nothing that is there, on disk or unsaved."""
    return not answer.structure["symbols"] and not _on_disk(_places(scope, path))


def _places(scope: Scope, path: str) -> list[Place]:
    return scope.places(path.rstrip("/") if path != "/" else ".")


async def _replies(
    scope: Scope, places: list[Place], arguments: Arguments, before: dict[str, int]
) -> list[tuple[WorkspaceSession, pb.SymbolsReply]]:
    async def ask(place: Place) -> pb.SymbolsReply:
        require = await place.workspace.requirement(arguments.wait_ms)
        skip = before.get(str(place.workspace.root), 0)
        request = pb.OutlineRequest(path=place.path, limit=_page(arguments), skip=skip, require=require)
        return await place.workspace.client.outline(request)

    return await scope.ask(places, ask)


def _page(arguments: Arguments) -> int:
    """More than fits into the budget, if there is so much: no symbol takes less than 40 tokens."""
    return min(PAGE, arguments.max_tokens // 40 + 1)


def _text(answer: Json) -> str:
    lines = []
    if answer.get("areas"):
        lines += [
            "It holds:",
            fenced("\n".join(map(render.area_line, answer["areas"]))),
            "The first symbols at its top:",
        ]
    lines.append(render.symbols_by_file(answer["symbols"]) if answer["symbols"] else "No more.")
    if answer["truncated"]:
        lines.append("… more: pass the cursor, raise max_tokens, or name a file or folder below")
    return "\n".join([*lines, render.coverage(answer["freshness"])])


def _nothing(path: str, places: list[Place], fresh: Json) -> str:
    """An empty file, one that is left out, and one that does not exist are told apart."""
    if not _on_disk(places):
        return f"{path!r}: there is no such file or folder in the workspace. {render.coverage(fresh)}"
    why = " It defines none, or it is left out (index_status tells what is and why)." if fresh["complete"] else ""
    return f"{path or '.'!r} is there, but no symbols of it are indexed.{why} {render.coverage(fresh)}"


def _on_disk(places: Sequence[Place]) -> bool:
    return any((place.workspace.root / place.path).exists() for place in places)


def _nested(symbol: pb.Symbol, prefix: str) -> Json:
    return {**structure.symbol(symbol, prefix), "depth": symbol.depth}


TOOL = Tool(
    name="outline",
    title="Outline",
    description="The symbols of a file with their nesting, or the top-level symbols below a folder.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        symbols=structure.LIST_SCHEMA, truncated=structure.FLAG_SCHEMA, cursor=structure.TEXT_SCHEMA
    ),
    call=call,
)
