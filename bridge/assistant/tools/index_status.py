"""What the index covers, what was left out and why, what is pending."""

from __future__ import annotations

from msgspec import Struct

from bridge.assistant import render, structure
from bridge.assistant.clean import line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Scope, Tool
from bridge.assistant.tools.arguments import WaitMs
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

PROBLEMS_SHOWN = 20


class Arguments(Struct, forbid_unknown_fields=True):
    """How long to wait."""

    wait_ms: WaitMs = 0


async def call(scope: Scope, arguments: Arguments) -> Answer:
    """The state of every workspace."""

    async def status(workspace: WorkspaceSession) -> pb.GetStatusReply:
        require = await workspace.requirement(arguments.wait_ms)
        return await workspace.client.status(
            pb.GetStatusRequest(workspace=True, problems_limit=PROBLEMS_SHOWN, require=require)
        )

    replies = await scope.ask(status)
    fresh = structure.freshness(reply.freshness for _, reply in replies)
    workspaces = [
        _workspace(workspace, reply, prefix)
        for workspace, (prefix, reply) in zip(scope.workspaces, replies, strict=True)
    ]
    text = "\n".join(_text(one) for one in workspaces)
    return Answer(f"{text}\n{render.coverage(fresh)}", {"workspaces": workspaces, "freshness": fresh})


def _workspace(workspace: WorkspaceSession, reply: pb.GetStatusReply, prefix: str) -> Json:
    return {
        "root": str(workspace.root),
        "symbols": reply.symbols,
        "languages": dict(sorted(reply.languages.items())),
        "skipped_files": reply.skipped_files,
        "unsupported_files": reply.unsupported_files,
        "max_file_bytes": reply.max_file_bytes,
        "watching": workspace.syncer.watching,
        "problems": [
            {"path": prefix + line(one.path), "reason": one.reason, "detail": line(one.detail)}
            for one in reply.problems
        ],
    }


def _text(one: Json) -> str:
    languages = ", ".join(
        f"{name} {count}" for name, count in sorted(one["languages"].items(), key=lambda pair: -pair[1])
    )
    lines = [
        f"{one['root']}: {one['symbols']} symbols ({languages}); {one['skipped_files']} files left out, "
        f"{one['unsupported_files']} in no supported language; files above {one['max_file_bytes']} bytes are left out; "
        f"{one['watching']}"
    ]
    lines += [
        f"  left out: {problem['path']}: {problem['reason']} {problem['detail']}".rstrip()
        for problem in one["problems"]
    ]
    return "\n".join(lines)


TOOL = Tool(
    name="index_status",
    title="Index status",
    description="What the index covers, what was left out and why, and what is still pending.",
    arguments=Arguments,
    output_schema=structure.output_schema(workspaces={"type": "array"}),
    call=call,
)
