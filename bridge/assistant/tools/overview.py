"""What a repository consists of: its areas, where it begins, what the rest is built upon."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from bridge.assistant import absence, paging, render, structure
from bridge.assistant.areas import area
from bridge.assistant.clean import fenced, line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import MaxTokens, WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

SYMBOLS = 40
# Of a budget, what the areas may take; the rest is for symbols.
AREAS_SHARE = 0.4


class Arguments(Struct, forbid_unknown_fields=True):
    """Of what part, seen from where."""

    path: Annotated[str, Meta(max_length=4096, description="folder; empty: everything")] = ""
    near: Annotated[str, Meta(max_length=4096, description="file or folder you work in")] = ""
    max_tokens: MaxTokens = 2000
    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """Areas by size, entry points, and the most central definitions, as many as fit."""
    replies = await _replies(scope, arguments)
    answered = [(scope.prefix(workspace), reply) for workspace, reply in replies]
    # An area without symbols has nothing that any tool could tell of.
    areas = [area(one, prefix) for prefix, reply in answered for one in reply.areas if one.symbols]
    fresh = structure.freshness(reply.freshness for _, reply in answered)
    if not areas:
        covered = [(workspace, reply.freshness) for workspace, reply in replies]
        nothing = await absence.told(scope, absence.Sought(f"symbols below {arguments.path or '.'!r}"), covered)
        empty: Json = {"areas": [], "entry_points": [], "symbols": [], "freshness": fresh}
        return Answer(nothing.text, {**empty, "absence": nothing.structure})
    answer: Json = {
        "areas": areas[: paging.fitting(areas, int(arguments.max_tokens * AREAS_SHARE))],
        "entry_points": [prefix + line(one) for prefix, reply in answered for one in reply.entry_points],
    }
    ranked = sorted((_central(hit, prefix) for prefix, reply in answered for hit in reply.symbols), key=_rank)
    left = arguments.max_tokens - paging.tokens(answer)
    answer |= {"symbols": ranked[: paging.fitting(ranked, left)], "freshness": fresh}
    return Answer(_text(answer, len(areas)), answer)


async def _replies(scope: Scope, arguments: Arguments) -> list[tuple[WorkspaceSession, pb.OverviewReply]]:
    near = {place.workspace: place.path for place in scope.places(arguments.near)} if arguments.near else {}

    async def ask(place: Place) -> pb.OverviewReply:
        require = await place.workspace.requirement(arguments.wait_ms)
        return await place.workspace.client.overview(
            pb.OverviewRequest(
                path=place.path, near=near.get(place.workspace, "").rstrip("/"), limit=SYMBOLS, require=require
            )
        )

    return await scope.ask(scope.places(arguments.path.rstrip("/")), ask)


def _text(answer: Json, areas: int) -> str:
    lines = ["Areas:", fenced("\n".join(map(render.area_line, answer["areas"])))]
    if len(answer["areas"]) < areas:
        lines.append(f"… and {areas - len(answer['areas'])} smaller ones: raise max_tokens")
    if answer["entry_points"]:
        lines += ["Things begin in:", fenced("\n".join(answer["entry_points"]))]
    if answer["symbols"]:
        central = (f"{one['uses']}  {render.symbol_line(one)}" for one in answer["symbols"])
        lines += [
            "Most is built upon these, by PageRank over references; first the uses of the name in its language:",
            fenced("\n".join(central)),
        ]
    return "\n".join([*lines, render.coverage(answer["freshness"])])


def _central(hit: pb.Hit, prefix: str) -> Json:
    return {**structure.symbol(hit.symbol, prefix), "uses": int(hit.score), "rank": round(hit.reasons["rank"], 4)}


def _rank(one: Json) -> float:
    return -float(one["rank"])


TOOL = Tool(
    name="overview",
    title="Overview",
    description="Get your bearings: areas with sizes, entry points, and what the rest is built upon.",
    arguments=Arguments,
    output_schema=structure.output_schema(
        areas=structure.LIST_SCHEMA, entry_points=structure.LIST_SCHEMA, symbols=structure.LIST_SCHEMA
    ),
    call=call,
)
