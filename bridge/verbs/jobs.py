"""`codeindex jobs`: repositories that a team's server has workers index, and such a worker."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import grpc

from bridge.assistant.clean import line
from bridge.daemon.client import stub_of, translated
from bridge.daemon.server_link import ServerLink
from bridge.errors import InvalidRequest
from bridge.verbs import FAILURE, FOUND, NOTHING_FOUND
from bridge.verbs.one_workspace import counted, print_json
from bridge.verbs.push import server_of
from bridge.verbs.worker import Outcome, Worker
from bridge.workspace.clones import is_url
from protos import code_index_pb2 as pb

if TYPE_CHECKING:  # only the stub file knows the asyncio flavour
    from protos.code_index_pb2_grpc import CodeIndexServiceAsyncStub

T = TypeVar("T")
ANSWERS_WITHIN_S = 30.0


def run(args: argparse.Namespace, home: Path) -> int:
    """Add jobs, list them, or do them."""
    return asyncio.run({"add": _add, "list": _list, "work": _work}[args.action](args, home))


async def _add(args: argparse.Namespace, home: Path) -> int:
    """Print how many are new."""
    sources = list(_sources(args))
    if not sources:
        raise InvalidRequest("which repositories? Name a SOURCE, or --from-list FILE")
    jobs = [pb.Job(source=source, commit=args.commit) for source in sources]
    request = pb.AddJobsRequest(jobs=jobs)
    reply = await _asked(args, home, lambda stub: stub.AddJobs(request, timeout=ANSWERS_WITHIN_S))
    if args.json:
        print_json({"added": reply.added, "waiting_already": len(jobs) - reply.added})
    else:
        print(f"{counted(reply.added, 'job')} added, {len(jobs) - reply.added} waited already")
    return FOUND


async def _list(args: argparse.Namespace, home: Path) -> int:
    """Print a line a job; exit 1 if there is none."""
    reply = await _asked(args, home, lambda stub: stub.ListJobs(pb.ListJobsRequest(), timeout=ANSWERS_WITHIN_S))
    if args.json:
        print_json({"jobs": [_document(job) for job in reply.jobs]})
    else:
        for job in reply.jobs:
            print(line(_line(job)))
    return FOUND if reply.jobs else NOTHING_FOUND


async def _work(args: argparse.Namespace, home: Path) -> int:
    """Print an outcome a job as it comes; exit 3 if any went wrong. Without --until-done it never ends."""
    if args.lease <= 0:
        raise InvalidRequest("--lease wants more than 0 seconds")
    done: list[Outcome] = []
    link = ServerLink(server_of(args, home), home)
    try:
        async for outcome in Worker(link, server_of(args, home), home, args.lease).outcomes(args.until_done):
            done.append(outcome)
            if not args.json:
                print(line(str(outcome)), flush=True)
    except grpc.aio.AioRpcError as error:
        raise translated(error) from None
    finally:
        await link.close()
    if args.json:
        print_json({"done": [outcome._asdict() for outcome in done]})
    return FAILURE if any(outcome.error for outcome in done) else FOUND


async def _asked(args: argparse.Namespace, home: Path, ask: Callable[[CodeIndexServiceAsyncStub], Awaitable[T]]) -> T:
    """What the server answers. Errors: BridgeError."""
    link = ServerLink(server_of(args, home), home)
    try:
        return await ask(stub_of(await link.channel()))
    except grpc.aio.AioRpcError as error:
        raise translated(error) from None
    finally:
        await link.close()


def _sources(args: argparse.Namespace) -> Iterator[str]:
    """URLs as they are, folders by their whole paths. Errors: InvalidRequest."""
    for source in args.sources:
        yield source if is_url(source) else str(Path(source).resolve())
    if args.from_list is None:
        return
    try:
        lines = args.from_list.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidRequest(f"cannot read {args.from_list}: {error.strerror}") from None
    for source in filter(None, map(str.strip, lines)):
        yield source if is_url(source) else str(args.from_list.parent.joinpath(source).resolve())


def _document(job: pb.Job) -> dict[str, str | int]:
    return {
        "source": job.source,
        "commit": job.commit,
        "state": job.state,
        "tries": job.tries,
        "worker": job.worker,
        "error": job.error,
    }


def _line(job: pb.Job) -> str:
    who = f" by {job.worker}" if job.worker else ""
    why = f": {job.error}" if job.error else ""
    return f"{job.state:<8}{job.source} as {job.commit}, {counted(job.tries, 'time')} taken{who}{why}"
