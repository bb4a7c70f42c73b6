"""The process that derives and merges (see `index/meaning.py`): tasks in on stdin, a word for each done one on stdout.

It gives way to everything else, keeps what it has learnt of words from task to task, and ends when its stdin does.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import numpy as np
from msgspec import Struct

from grpc_backend.model import ContentKey, Extraction
from grpc_backend.search.semantic import segment
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.model import Model

LENGTH: Final = struct.Struct("<I")
NICENESS: Final = 15


class Derive(Struct, tag=True, array_like=True):
    """Write the segment of some contents to `path`."""

    path: str
    contents: list[tuple[ContentKey, Extraction]]


class Merge(Struct, tag=True, array_like=True):
    """Write one segment to `path` in place of several. `keep`: a byte a content, 0 for those that are left out."""

    path: str
    sources: list[str]
    keep: list[bytes]


Task = Derive | Merge


def main() -> None:
    """Do tasks until stdin closes."""
    os.nice(NICENESS)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    encoder = Encoder(Model(Path(sys.argv[1])))
    while (head := source.read(LENGTH.size)) and len(head) == LENGTH.size:
        task = msgspec.msgpack.decode(source.read(*LENGTH.unpack(head)), type=Task)
        _do(task, encoder)
        _answer(sink)


def _do(task: Task, encoder: Encoder) -> None:
    if isinstance(task, Derive):
        segment.write(encoder.encode(task.contents), Path(task.path))
        return
    blocks = [segment.opened(Path(one)).block for one in task.sources]
    segment.merge(blocks, [np.frombuffer(one, np.bool_) for one in task.keep], Path(task.path))


def _answer(sink: BinaryIO) -> None:
    sink.write(b"done")
    sink.flush()


if __name__ == "__main__":
    main()
