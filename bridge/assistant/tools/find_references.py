"""Who uses a name: counts first, then the places by file."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import render, structure
from bridge.assistant.clean import line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Scope, Tool
from bridge.assistant.tools.arguments import Limit, Name, WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb


class Arguments(Struct, forbid_unknown_fields=True):
    """Whose uses, and where."""

    symbol: Annotated[Name, Meta(description="name, Class.method, or id")]
    path: Annotated[str, Meta(description="glob")] = ""
    limit: Limit = 50
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Uses of the symbol's name in all workspaces, or in the one that an id names."""
    places = {id(place.workspace): place.path for place in scope.places(arguments.symbol)}

    async def find(workspace: WorkspaceSession) -> pb.FindReferencesReply:
        if id(workspace) not in places:
            return pb.FindReferencesReply(freshness=pb.Freshness(complete=True))
        return await workspace.client.find_references(
            pb.FindReferencesRequest(
                symbol=places[id(workspace)],
                paths=[arguments.path] if arguments.path else [],
                limit=arguments.limit,
                require=await workspace.requirement(arguments.wait_ms),
            )
        )

    replies = await scope.ask(find)
    references = [_reference(one, prefix) for prefix, reply in replies for one in reply.references]
    references = references[: arguments.limit]
    total = sum(reply.total for _, reply in replies)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    return Answer(
        _text(arguments.symbol, references, total, fresh),
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


def _text(symbol: str, references: list[Json], total: int, fresh: Json) -> str:
    if not references:
        return render.absence(f"uses of {symbol!r}", fresh)
    roles = Counter(one["role"] for one in references)
    counted = ", ".join(f"{count} {role}" for role, count in roles.most_common())
    lines = [f"{total} uses of that name (by name: other symbols of the same name count too); shown: {counted}"]
    for path, inside in groupby(references, key=lambda one: one["path"]):
        lines.append(str(path))
        for owner, uses in groupby(inside, key=lambda one: one.get("in", "top level")):
            lines.append(f"  {owner}: " + ", ".join(f"{one['line']} {one['role']}" for one in uses))
    return "\n".join([*lines, render.coverage(fresh)])


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
