"""`codeindex stop`: end the daemon in an orderly way."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

import grpc

from bridge.daemon.client import stub_of, translated
from bridge.daemon.connector import DaemonLink
from bridge.daemon.endpoint import Endpoint, answers, find
from bridge.errors import DaemonFailed
from bridge.verbs import FOUND, NOTHING_FOUND
from bridge.verbs.one_workspace import print_json
from protos import code_index_pb2 as pb

STOP_TIMEOUT_S = 15.0
POLL_S = 0.02


def run(args: argparse.Namespace, home: Path) -> int:
    """Return when the daemon is gone; exit 1 if none ran."""
    endpoint = find(home)
    if endpoint is not None:
        asyncio.run(_stop(home))
        _wait_until_gone(endpoint)
    if args.json:
        print_json({"stopped": endpoint is not None})
    else:
        print("stopped" if endpoint is not None else f"no daemon runs for {home}")
    return FOUND if endpoint is not None else NOTHING_FOUND


async def _stop(home: Path) -> None:
    link = DaemonLink(home)
    try:
        await stub_of(await link.channel()).Shutdown(pb.ShutdownRequest(), timeout=STOP_TIMEOUT_S)
    except grpc.aio.AioRpcError as error:
        raise translated(error) from None
    finally:
        await link.close()


def _wait_until_gone(endpoint: Endpoint) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while answers(endpoint):
        if time.monotonic() > deadline:
            raise DaemonFailed(f"the daemon (pid {endpoint.pid}) still runs after {STOP_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
