"""Where a name, an id, or what stands at a place in a file is defined."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import absence, render, structure, unsaved
from bridge.assistant.clean import line
from bridge.assistant.naming import by_id_or_name
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Limit, Path, WaitMs
from bridge.errors import InvalidRequest
from bridge.session import WorkspaceSession
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
    word = arguments.symbol
    if not word and arguments.column:
        word = await _word(scope.places(arguments.path), arguments)
    replies = await by_id_or_name(word, partial(_replies, scope, arguments), lambda reply: reply.symbols)
    found = [structure.symbol(one, scope.prefix(workspace)) for workspace, reply in replies for one in reply.symbols]
    symbols = found[: arguments.limit]
    truncated = len(found) > len(symbols) or any(reply.truncated for _, reply in replies)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    answer: Json = {"symbols": symbols, "truncated": truncated, "freshness": fresh}
    if symbols:
        return Answer(_text(arguments, word, answer), answer)
    what = f"a definition of {word!r}" if word else f"a definition at or around {arguments.path}:{arguments.line}"
    covered = [(workspace, reply.freshness) for workspace, reply in replies]
    nothing = await absence.told(scope, absence.Sought(what, word), covered)
    return Answer(nothing.text, {**answer, "absence": nothing.structure})


async def _replies(scope: Scope, arguments: Arguments, word: str) -> list[tuple[WorkspaceSession, pb.SymbolsReply]]:
    """Ask for a name, an id, or what is at the place if there is neither."""
    is_id = "#" in word

    async def ask(place: Place) -> pb.SymbolsReply:
        return await place.workspace.client.find_definition(
            pb.FindDefinitionRequest(
                symbol=place.path if is_id else word,
                path="" if is_id else place.path,
                line=arguments.line,
                limit=arguments.limit,
                require=await place.workspace.requirement(arguments.wait_ms),
            )
        )

    places = scope.places(word if is_id else arguments.path)
    return await scope.ask(places, ask, lambda fresh: pb.SymbolsReply(freshness=fresh))


def _text(arguments: Arguments, word: str, answer: Json) -> str:
    symbols = answer["symbols"]
    lines = [render.symbol_list(symbols), render.coverage(answer["freshness"])]
    if answer["truncated"]:
        lines.insert(
            0, f"More than {len(symbols)} definitions of {word!r}: name its class or file too, or raise limit:"
        )
    elif len(symbols) > 1:
        lines.insert(0, f"{len(symbols)} definitions of {word!r}:")
    elif not word:
        place = f"{line(arguments.path)}:{arguments.line}"
        lines.insert(0, f"{'No identifier there. ' if arguments.column else ''}At or around {place}:")
    return "\n".join(lines)


async def _word(places: Sequence[Place], arguments: Arguments) -> str:
    """The identifier at the place asked for: in the text that is open unsaved, else in the first file there is.

    Empty if none is there. Errors: InvalidRequest if no place is a file.
    """
    texts = await asyncio.gather(*map(unsaved.text_at, places))
    text = next((one for one in texts if one is not None), None) or await asyncio.to_thread(_first_file, places)
    if text is None:
        raise InvalidRequest(f"find_definition: no file of the workspace that can be read is {arguments.path!r}")
    lines = text.decode("utf-8", "replace").split("\n")
    pointed = lines[arguments.line - 1] if arguments.line <= len(lines) else ""
    column = arguments.column
    return next((word[0] for word in WORD.finditer(pointed) if word.start() < column <= word.end() + 1), "")


def _first_file(places: Iterable[Place]) -> bytes | None:
    read = (read_file(place.workspace.root, place.path, MAX_SOURCE_BYTES) for place in places)
    return next((content.data for content in read if isinstance(content, Content)), None)


TOOL = Tool(
    name="find_definition",
    title="Find definition",
    description="Where a name, an id from another answer, or the identifier at path+line+column is defined.",
    arguments=Arguments,
    output_schema=structure.output_schema(symbols=structure.LIST_SCHEMA, truncated=structure.FLAG_SCHEMA),
    call=call,
)
