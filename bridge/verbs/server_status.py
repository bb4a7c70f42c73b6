"""`codeindex --server … status`: each daemon that is named, who they take us for, what they know of the workspace."""

from __future__ import annotations

import argparse
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from bridge.assistant.clean import line
from bridge.daemon.client import DaemonClient
from bridge.daemon.server_link import ServerLink, addresses_in
from bridge.errors import BridgeError
from bridge.verbs import FOUND, status
from bridge.verbs.one_workspace import counted, print_json, root_of
from bridge.workspace.filter import refuse_root
from bridge.workspace.naming import workspace_of
from protos import code_index_pb2 as pb

Answer = pb.GetStatusReply | BridgeError


def run(args: argparse.Namespace, home: Path) -> int:
    """Print what the daemons say. Errors: BridgeError if none of them answers."""
    root = root_of(args.workspace).resolve()
    answers = asyncio.run(_ask_all(args.server, home, root))
    told = [answer for answer in answers.values() if isinstance(answer, pb.GetStatusReply)]
    if not told:
        raise next(answer for answer in answers.values() if isinstance(answer, BridgeError))
    if args.json:
        daemons = [_daemon(address, answer) for address, answer in answers.items()]
        print_json({**status.document(told[0]), "daemons": daemons, "caller": MessageToDict(told[0].caller)})
    else:
        _print(answers)
        status.describe(told[0], root)
    return FOUND


async def _ask_all(server: str, home: Path, root: Path) -> dict[str, Answer]:
    addresses = addresses_in(server)
    return dict(
        zip(addresses, await asyncio.gather(*(_ask(server, one, home, root) for one in addresses)), strict=True)
    )


async def _ask(server: str, address: str, home: Path, root: Path) -> Answer:
    link = ServerLink(server, home, only=address)
    try:
        if ":///" not in address:
            await link.reach()
        request = pb.GetStatusRequest(workspace=refuse_root(root) is None)
        return await DaemonClient(link, workspace_of(root)).status(request)
    except BridgeError as error:
        return error
    finally:
        await link.close()


def _daemon(address: str, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, BridgeError):
        return {"address": address, "running": False, "code": answer.code, "error": str(answer)}
    return {
        "address": address,
        "running": True,
        "daemon_version": answer.daemon_version,
        "pid": answer.pid,
        "uptime_s": answer.uptime_s,
        "streams": answer.streams,
        "load": {field.name: getattr(answer.load, field.name) for field in answer.load.DESCRIPTOR.fields},
    }


def _print(answers: dict[str, Answer]) -> None:
    for address, answer in answers.items():
        if isinstance(answer, BridgeError):
            print(f"{address}: {line(str(answer))}")
            continue
        load = answer.load
        waiting = f"{counted(load.pending_files, 'file')} pending, the oldest change for {load.oldest_change_s:.1f} s"
        print(
            f"{address}: version {answer.daemon_version}, up {timedelta(seconds=answer.uptime_s)},"
            f" {counted(answer.streams, 'client')}, {load.busy_workers} of {counted(load.workers, 'worker')} busy,"
            f" {waiting if load.pending_files else 'nothing pending'}"
        )
        caller = answer.caller
    print(f"you: {line(caller.name)}: {', '.join(caller.scopes)} on {line(', '.join(caller.repositories))}")
