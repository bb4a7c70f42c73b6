"""The process that derives and merges beside the daemon (`python -m grpc_backend.search.semantic`), started when
needed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from grpc_backend.model import ContentKey, Extraction
from grpc_backend.search.semantic.__main__ import LENGTH, Derive, Merge, Task


class DerivingProcess:
    """One process, one task at a time. Errors: OSError, IncompleteReadError (it ended: `close`, then try again)."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._process: asyncio.subprocess.Process | None = None

    async def derive(self, path: Path, contents: Sequence[tuple[ContentKey, Extraction]]) -> None:
        """Write the segment of some contents to `path`."""
        await self._do(Derive(str(path), list(contents)))

    async def merge(self, path: Path, sources: Sequence[Path], keep: Sequence[bytes]) -> None:
        """Write one segment in place of several to `path`."""
        await self._do(Merge(str(path), list(map(str, sources)), list(keep)))

    async def close(self) -> None:
        """End the process and wait for it. If that is cancelled, `close` again."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def _do(self, task: Task) -> None:
        process = self._process or await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        packed = await asyncio.to_thread(msgspec.msgpack.encode, task)
        process.stdin.write(LENGTH.pack(len(packed)) + packed)
        await process.stdin.drain()
        await process.stdout.readexactly(len(b"done"))

    async def _started(self) -> asyncio.subprocess.Process:
        """Start the process, to its end also when cancelled meanwhile: `close` then ends what has begun."""
        spawning = asyncio.ensure_future(self._spawn())
        try:
            self._process = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            self._process = await spawning
            raise
        return self._process

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # never import from the folder we happen to stand in
            "-m",
            "grpc_backend.search.semantic",
            str(self._model),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
