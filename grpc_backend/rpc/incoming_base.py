"""The base that a client has of its upstream: put together in a file, and taken over by an empty store."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from grpc_backend.errors import BadContent, StorageFailed, TooLarge
from grpc_backend.index.service import IndexService
from protos import code_index_pb2 as pb

log = logging.getLogger(__name__)

# Unpacked: what a damaged or hostile one may take of the disk.
MAX_BYTES: Final = 2 * 1024**3
BLOCK_BYTES: Final = 1024 * 1024


class IncomingBase:
    """The parts of one base, on one stream."""

    def __init__(self, service: IndexService) -> None:
        self._service = service
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._unpacking = zlib.decompressobj()
        self._digest = hashlib.sha256()
        self._came = self._written = 0

    async def take(self, part: pb.BasePart) -> None:
        """Take a part; with the last one the store begins with the base, unless it has begun with something else.

        Errors: BadContent (and then all parts are forgotten).
        """
        try:
            await asyncio.to_thread(self._write, part)
            if part.digest and self._path is not None:
                await self._adopt(self._path, part.digest)
        except (OSError, zlib.error, TooLarge, StorageFailed) as error:
            raise BadContent(f"the base cannot be taken: {error}") from error
        finally:
            if part.digest or self._file is None:
                self.drop()

    def drop(self) -> None:
        """Forget what has come."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    def _write(self, part: pb.BasePart) -> None:
        """Errors: BadContent, TooLarge, OSError, zlib.error; then nothing more is taken."""
        file, self._file = self._begin() if part.offset == 0 else self._file, None
        if file is None or part.offset != self._came:
            raise BadContent("a part of the base is missing, repeated or out of order")
        try:
            self._digest.update(part.data)
            self._came += len(part.data)
            packed = part.data
            while packed:  # some at a time: little may unpack to very much
                self._written += file.write(self._unpacking.decompress(packed, BLOCK_BYTES))
                packed = self._unpacking.unconsumed_tail
                if self._written > MAX_BYTES:
                    raise TooLarge(f"a base may have {MAX_BYTES} bytes at most")
            self._file = file
        finally:
            if self._file is None or part.digest:
                file.close()

    def _begin(self) -> BinaryIO:
        self.drop()
        self._unpacking, self._digest, self._came, self._written = zlib.decompressobj(), hashlib.sha256(), 0, 0
        self._path = self._service.bases.incoming()
        return self._path.open("wb")

    async def _adopt(self, path: Path, digest: bytes) -> None:
        if not self._unpacking.eof or self._digest.digest() != digest:
            raise BadContent("the base did not come whole: its digest is another one")
        came = await self._service.adopt(path)
        log.info("a base of %d contents was taken over" if came else "a base was of no use any more: %d", came)
