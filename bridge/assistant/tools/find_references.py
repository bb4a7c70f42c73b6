"""Who uses a name: counts first, then the places by file and enclosing symbol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Final

from msgspec import Meta, Struct

from bridge.assistant import absence, paging, render, structure
from bridge.assistant.clean import fenced, line
from bridge.assistant.naming import by_id_or_name
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import Globs, MaxTokens, Name, WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

# The daemon's own limit: no budget holds more.
PAGE: Final = 1000

Replies = list[tuple[WorkspaceSession, pb.FindReferencesReply]]


class Arguments(Struct, forbid_unknown_fields=True):
    """Whose uses, and where."""

    symbol: Annotated[Name, Meta(description="name, Class.method, or id")]
    path: Globs = ""
    cursor: str = ""
    max_tokens: MaxTokens = 4000
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Uses of the symbol's name in all workspaces, or in the one that an id names."""
    before = paging.skips(arguments.cursor)
    replies = await _replies(scope, arguments, before)
    found = [(workspace, one) for workspace, reply in replies for one in reply.references]
    groups = _grouped(scope, found)
    shown = groups[: paging.fitting(groups, arguments.max_tokens)]
    count = sum(_size(one) for one in shown)
    total = sum(reply.total for _, reply in replies)
    seen = sum(before.values()) + count
    answer: Json = {
        "total": total,
        "by_role": _by_role(replies),
        "references": shown,
        "truncated": total > seen,
        "cursor": paging.after(before, [workspace for workspace, _ in found[:count]]) if total > seen else "",
        "resolution": "name",
        "freshness": structure.freshness(reply.freshness for _, reply in replies),
    }
    if shown or arguments.cursor:
        return Answer(_text(arguments, answer, count), answer)
    sought = absence.Sought(f"uses of {_wanted(arguments)}", arguments.symbol)
    nothing = await absence.told(scope, sought, [(workspace, reply.freshness) for workspace, reply in replies])
    return Answer(nothing.text, {**answer, "absence": nothing.structure})


async def _replies(scope: Scope, arguments: Arguments, before: dict[str, int]) -> Replies:
    async def ask(symbol: str) -> Replies:
        wanted = scope.places(symbol) if "#" in symbol else scope.everywhere(symbol)
        names = {place.workspace: place.path for place in wanted}

        async def find(place: Place) -> pb.FindReferencesReply:
            return await place.workspace.client.find_references(
                pb.FindReferencesRequest(
                    symbol=names[place.workspace],
                    paths=[glob for glob in place.path.split(",") if glob],
                    limit=_page(arguments),
                    skip=before.get(str(place.workspace.root), 0),
                    require=await place.workspace.requirement(arguments.wait_ms),
                )
            )

        places = [one for one in scope.narrowed(arguments.path) if one.workspace in names]
        return await scope.ask(places, find, lambda fresh: pb.FindReferencesReply(freshness=fresh))

    return await by_id_or_name(arguments.symbol, ask, lambda reply: reply.total)


def _page(arguments: Arguments) -> int:
    """More than fits into the budget, if there is so much: a use takes some 20 tokens with its place."""
    return min(PAGE, arguments.max_tokens // 15 + 1)


def _by_role(replies: Replies) -> Json:
    """How many uses have each role, the most first."""
    roles: Counter[str] = Counter()
    for _, reply in replies:
        roles.update(reply.by_role)
    return dict(sorted(roles.items(), key=lambda pair: (-pair[1], pair[0])))


def _grouped(scope: Scope, found: Sequence[tuple[WorkspaceSession, pb.Reference]]) -> list[Json]:
    """Uses that follow each other in one file and one symbol, as lines by role; empty `in`: the file's top level."""
    groups = []
    for (workspace, path, owner), uses in groupby(
        found, key=lambda pair: (pair[0], pair[1].path, pair[1].enclosing_id)
    ):
        lines: dict[str, list[int]] = {}
        for _, use in uses:
            lines.setdefault(use.role, []).append(use.line)
        qualified = line(owner).partition("#")[2]
        groups.append({"path": scope.prefix(workspace) + line(path), "in": qualified, "lines": lines})
    return groups


def _size(group: Json) -> int:
    return sum(map(len, group["lines"].values()))


def _wanted(arguments: Arguments) -> str:
    return render.filtered(repr(arguments.symbol), path=arguments.path)


def _text(arguments: Arguments, answer: Json, count: int) -> str:
    roles = ", ".join(f"{number} {role}" for role, number in answer["by_role"].items())
    lines = [
        f"{answer['total']} uses of {_wanted(arguments)} ({roles}), found by name alone: other symbols of that name"
        " count too"
    ]
    quoted = []
    for path, inside in groupby(answer["references"], key=lambda one: one["path"]):
        quoted += [str(path), *map(_group_line, inside)]
    lines.append(fenced("\n".join(quoted)) if quoted else "No more.")
    if answer["truncated"]:
        lines.append(f"… these are {count}; for more pass the cursor, raise max_tokens, or narrow by path")
    return "\n".join([*lines, render.coverage(answer["freshness"])])


def _group_line(one: Json) -> str:
    """`owner: role line, line; role line`."""
    roles = (f"{role} {', '.join(map(str, lines))}" for role, lines in one["lines"].items())
    return f"  {one['in'] or 'top level'}: {'; '.join(roles)}"


TOOL = Tool(
    name="find_references",
    title="Find references",
    description="Every use of a symbol's name: calls, types, imports, inheritance, with the enclosing symbol.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        total={"type": "integer"},
        by_role={"type": "object"},
        references=structure.LIST_SCHEMA,
        truncated=structure.FLAG_SCHEMA,
        cursor=structure.TEXT_SCHEMA,
        resolution={"const": "name"},
    ),
    call=call,
)
