"""Who uses a name: counts first, then the places by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.clean import line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Globs, Limit, Name, WaitMs
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """Whose uses, and where."""

    symbol: Annotated[Name, Meta(description="name, Class.method, or id")]
    path: Globs = ""
    limit: Limit = 50
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Uses of the symbol's name in all workspaces, or in the one that an id names."""
    is_id = "#" in arguments.symbol
    wanted = scope.places(arguments.symbol) if is_id else scope.everywhere(arguments.symbol)
    names = {place.workspace: place.path for place in wanted}

    async def find(place: Place) -> pb.FindReferencesReply:
        return await place.workspace.client.find_references(
            pb.FindReferencesRequest(
                symbol=names[place.workspace],
                paths=[glob for glob in place.path.split(",") if glob],
                limit=arguments.limit,
                require=await place.workspace.requirement(arguments.wait_ms),
            )
        )

    places = [one for one in scope.narrowed(arguments.path) if one.workspace in names]
    replies = await scope.ask(places, find, lambda fresh: pb.FindReferencesReply(freshness=fresh))
    found = [_reference(one, scope.prefix(workspace)) for workspace, reply in replies for one in reply.references]
    references = found[: arguments.limit]
    total = sum(reply.total for _, reply in replies)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    return Answer(
        _text(arguments, references, total, fresh),
        {
            "references": references,
            "total": total,
            "truncated": total > len(references),
            "resolution": "name",
            "freshness": fresh,
        },
    )


def _reference(one: pb.Reference, prefix: str) -> Json:
    found: Json = {"path": prefix + line(one.path), "line": one.line, "column": one.column + 1, "role": one.role}
    if one.enclosing_id:
        found["in"] = line(one.enclosing_id).partition("#")[2]
    return found


def _text(arguments: Arguments, references: list[Json], total: int, fresh: Json) -> str:
    wanted = render.filtered(repr(arguments.symbol), path=arguments.path)
    if not references:
        return render.absence(f"uses of {wanted}", fresh)
    roles = Counter(one["role"] for one in references)
    counted = ", ".join(f"{count} {role}" for role, count in roles.most_common())
    shown = f"the first {len(references)}: " if total > len(references) else ""
    lines = [f"{total} uses of {wanted}, found by name alone: other symbols of that name count too ({shown}{counted})"]
    for path, inside in groupby(references, key=lambda one: one["path"]):
        lines += [str(path), *_by_owner(inside)]
    if shown:
        lines.append("… more: raise limit, or narrow by path")
    return "\n".join([*lines, render.coverage(fresh)])


def _by_owner(references: Iterable[Json]) -> Iterator[str]:
    """`owner: role line, line; role line` for the uses in one file."""
    for owner, uses in groupby(references, key=lambda one: one.get("in", "top level")):
        lines = (
            f"{role} " + ", ".join(str(one["line"]) for one in alike)
            for role, alike in groupby(uses, key=lambda one: one["role"])
        )
        yield f"  {owner}: {'; '.join(lines)}"


TOOL = Tool(
    name="find_references",
    title="Find references",
    description="Every use of a symbol's name: calls, types, imports, inheritance, with the enclosing symbol.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        references={"type": "array", "items": {"type": "object", "required": ["path", "line", "column", "role"]}},
        total={"type": "integer"},
        truncated={"type": "boolean"},
        resolution={"const": "name"},
    ),
    call=call,
)
