"""Writes a base in a process of its own: what takes seconds of computing is not the daemon's to bear.

`python -m grpc_backend.storage.base_builder TARGET EXTRACTOR` reads frames (`frame`) from its stdin, and END. TARGET,
the base compressed with zlib, is there and whole when the process ends with 0; there is none if END does not come.
"""

from __future__ import annotations

import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from grpc_backend.model import ContentKey, Extraction
from grpc_backend.storage import base

# As workers: a snapshot is of more use to new machines with its base.
NICENESS: Final = 5
BLOCK_BYTES: Final = 1024 * 1024
LENGTH: Final = struct.Struct("<I")
# After the last frame: without it whoever sends them has died.
END: Final = LENGTH.pack(0)
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[bytes, str, Extraction]).decode


def frame(key: ContentKey, packed: bytes) -> bytes:
    """A content for the builder: `packed` is what `Engine.packed` has of it."""
    body = _encode((key.digest, key.dialect, msgspec.Raw(packed)))
    return LENGTH.pack(len(body)) + body


def frames(source: BinaryIO) -> Iterator[tuple[ContentKey, Extraction]]:
    """What was framed. Errors: EOFError if that ends before END."""
    while (head := source.read(LENGTH.size)) != END:
        size = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
        body = source.read(size)
        if not size or len(body) < size:
            raise EOFError("there is no end")
        digest, dialect, extraction = _decode(body)
        yield ContentKey(digest, dialect), extraction


def write(target: Path, source: BinaryIO, version: int) -> None:
    """Write the base of what is framed in `source`."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, packed = Path(folder) / "plain", Path(folder) / "packed"
        base.write(plain, frames(source), version)
        packing = zlib.compressobj()
        with plain.open("rb") as read, packed.open("wb") as written:
            while block := read.read(BLOCK_BYTES):
                written.write(packing.compress(block))
            written.write(packing.flush())
        packed.replace(target)


if __name__ == "__main__":
    os.nice(NICENESS)
    write(Path(sys.argv[1]), sys.stdin.buffer, int(sys.argv[2]))
