"""`python -m grpc_backend`: a daemon in the foreground, or, with --detach, in the background."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

# A commit makes and drops tens of thousands of tuples, none of them in a cycle: by default the collector goes through
# all that there is again and again, which was a tenth of the writer's time.
COLLECTED_AFTER = (10_000, 20, 100)
# So long a thread that commits may keep the event loop waiting, at most: Python's own 5 ms are taken several times in
# a search, which lets others run whenever it asks SQLite or numpy.
SWITCH_S = 0.001


def main() -> int:
    """Run a daemon; exit 0 after an orderly end, 2 when it was told what it cannot do, 3 when it could not start."""
    args = _arguments()
    # What numpy multiplies here is small: threads would wait for each other longer than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    home = Path(args.home).absolute()
    if args.detach:
        _detach(home)
    return _run(home, args)


def _arguments() -> argparse.Namespace:
    from grpc_backend.access.listening import add_arguments

    parser = argparse.ArgumentParser(prog="codeindex daemon", description=__doc__)
    parser.add_argument("--home", required=True, help=argparse.SUPPRESS)
    add_arguments(parser)
    parser.add_argument("--store", metavar="postgresql://…", help="a team's index, for any number of daemons")
    parser.add_argument("--metrics", metavar="HOST:PORT", help="serve Prometheus metrics (needs the extra `server`)")
    parser.add_argument("--health", metavar="HOST:PORT", help="serve grpc.health.v1 alone, without TLS and token")
    parser.add_argument("--log-format", choices=("text", "json"), help="text for people, or one JSON object a line")
    # For whoever starts us: leave its process tree, and write the address, or what failed, to a descriptor.
    parser.add_argument("--detach", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--expect", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--ready-fd", type=int, default=-1, help=argparse.SUPPRESS)
    return parser.parse_args()


def _detach(home: Path) -> None:
    """Become nobody's child, with a log for stdout and stderr.

    Some clients kill every descendant of theirs, whatever its session: only a process whose parent
    has ended is out of reach. Done before gRPC or a thread exists, so forking is safe.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir(home)
    log = os.open(home / "daemon.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)


def _run(home: Path, args: argparse.Namespace) -> int:
    import asyncio
    import logging

    from grpc_backend.config import resolve
    from grpc_backend.errors import CodeIndexError, InvalidRequest
    from grpc_backend.logs import start_log
    from grpc_backend.server import serve

    gc.freeze()  # what was imported stays: no collection need look at it
    gc.set_threshold(*COLLECTED_AFTER)
    sys.setswitchinterval(SWITCH_S)
    report = _Report(args.ready_fd)
    try:
        config = resolve(args, os.environ)
        start_log(config.log_level, home / "daemon.log" if args.detach else None, as_json=config.log_json)
        asyncio.run(serve(config, report.ready))
    except (CodeIndexError, OSError, RuntimeError) as error:
        # Our own errors say all there is to say; of others we want to know where they come from.
        foreign = not isinstance(error, CodeIndexError)
        logging.getLogger(__name__).error("the daemon could not go on: %s", error, exc_info=foreign)
        report.failed(str(error))
        return 2 if isinstance(error, InvalidRequest) else 3
    return 0


class _Report:
    """Tells whoever started us, once, that we listen or why we cannot: "ok ADDRESS" or "error TEXT"."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def ready(self, address: str) -> None:
        if self._descriptor < 0:
            print(f"codeindex daemon listens on {address}", file=sys.stderr)  # noqa: T201
        self._write(f"ok {address}")

    def failed(self, text: str) -> None:
        self._write(f"error {text}")

    def _write(self, line: str) -> None:
        if self._descriptor >= 0:
            os.write(self._descriptor, line.encode())
            os.close(self._descriptor)
            self._descriptor = -1


if __name__ == "__main__":
    sys.exit(main())
