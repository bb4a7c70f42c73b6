"""What the index covers, what was left out and why, what is pending."""

from __future__ import annotations

from itertools import groupby

from msgspec import Struct

from bridge.assistant import render, structure
from bridge.assistant.clean import fenced, line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, Tool
from bridge.assistant.tools.arguments import WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

PROBLEMS_SHOWN = 20
MIB = 1024 * 1024


class Arguments(Struct, forbid_unknown_fields=True):
    """How long to wait."""

    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """The state of every workspace."""

    async def status(place: Place) -> pb.GetStatusReply:
        require = await place.workspace.requirement(arguments.wait_ms)
        return await place.workspace.client.status(
            pb.GetStatusRequest(workspace=True, problems_limit=PROBLEMS_SHOWN, require=require)
        )

    replies = await scope.ask(scope.everywhere(), status)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    workspaces = [_workspace(workspace, reply, scope.prefix(workspace)) for workspace, reply in replies]
    text = "\n".join(_text(one) for one in workspaces)
    return Answer(f"{text}\n{render.coverage(fresh)}", {"workspaces": workspaces, "freshness": fresh})


def _workspace(workspace: WorkspaceSession, reply: pb.GetStatusReply, prefix: str) -> Json:
    return {
        "root": str(workspace.root),
        "symbols": reply.symbols,
        "languages": structure.languages(reply.languages),
        "skipped_files": reply.skipped_files,
        "unsupported_files": reply.unsupported_files,
        "max_file_bytes": reply.max_file_bytes,
        "meaning_pending_files": reply.meaning_pending_files,
        "watching": workspace.syncer.watching,
        "remark": workspace.syncer.emptiness,
        "problems": [
            {"path": prefix + line(one.path), "reason": one.reason, "detail": line(one.detail)}
            for one in reply.problems
        ],
    }


def _text(one: Json) -> str:
    left_out = f"  {one['unsupported_files']} other files are in no supported language"
    if one["skipped_files"]:
        left_out += f"; {one['skipped_files']} files that could hold symbols are left out"
    problems = sorted(one["problems"], key=lambda problem: str(problem["reason"]))
    return "\n".join(
        [
            f"{one['root']}: {one['symbols']} symbols ({render.most_first(one['languages'])}); {one['watching']}",
            f"{left_out}; so would be any above {one['max_file_bytes'] / MIB:g} MiB",
            *_meaning_lines(one["meaning_pending_files"]),
            *([_problem_lines(problems)] if problems else []),
            *([f"  {one['remark']}"] if one["remark"] else []),
            *(["  … and more"] if one["skipped_files"] > len(problems) else []),
        ]
    )


def _meaning_lines(pending: int) -> list[str]:
    """What a search by meaning does not cover, if anything."""
    if pending < 0:
        return ["  search by meaning is off: the word vectors cannot be read (the daemon's log says why)"]
    return [f"  search by meaning does not cover {pending} files yet"] if pending else []


def _problem_lines(problems: list[Json]) -> str:
    by_reason = groupby(problems, lambda one: str(one["reason"]))
    return fenced("\n".join(_problem_line(reason, list(alike)) for reason, alike in by_reason))


def _problem_line(reason: str, problems: list[Json]) -> str:
    """`reason: path (detail), path…` for the files that were left out for one reason."""
    told = (f"{one['path']} ({one['detail']})" if one["detail"] else one["path"] for one in problems)
    return f"{reason}: {', '.join(told)}"


TOOL = Tool(
    name="index_status",
    title="Index status",
    description="What the index covers, what was left out and why, and what is still pending.",
    arguments=Arguments,
    output_schema=structure.output_schema(workspaces=structure.LIST_SCHEMA),
    call=call,
)
