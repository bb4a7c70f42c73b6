"""A worker process: contents in on stdin, extractions out on stdout (see `index/worker.py`)."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

from grpc_backend.extract.extractor import extract

LENGTH = struct.Struct("<I")
# A parse that wants more than this ends the worker, which costs the file.
ADDRESS_SPACE_BYTES = 4 * 1024**3
# Questions go before indexing: the daemon answers them while all workers have work.
NICENESS = 5
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer frames until stdin closes."""
    os.nice(NICENESS)
    _bound_resources()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    gc.freeze()
    while (head := source.read(LENGTH.size)) and len(head) == LENGTH.size:
        dialect, size = msgspec.msgpack.decode(source.read(*LENGTH.unpack(head)), type=tuple[str, int])
        _answer(dialect, source.read(size), sink)


def _answer(dialect: str, content: bytes, sink: BinaryIO) -> None:
    result = msgspec.msgpack.encode((hashlib.sha256(content).digest(), extract(dialect, content)))
    sink.write(LENGTH.pack(len(result)))
    sink.write(result)
    sink.flush()


def _bound_resources() -> None:
    """Never outlive the daemon, never take the machine's memory with it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
