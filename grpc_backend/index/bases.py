"""The bases of snapshots, kept as files beside the daemon, for machines that begin with nothing.

One is made in the background when a snapshot is committed or asked for, and made anew when the snapshot has grown by a
quarter, or an hour later: what a base lacks is had content by content.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from grpc_backend.errors import StorageFailed
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.ingest import InReader
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey
from grpc_backend.storage.base_builder import END, frame
from grpc_backend.storage.engine import Engine
from grpc_backend.storage.schema import SCHEMA_VERSION

log = logging.getLogger(__name__)

FORM: Final = SCHEMA_VERSION
# A larger one would take hundreds of megabytes.
MOST_CONTENTS: Final = 50_000
MADE_ANEW_S: Final = 3600.0
GROWN_SHARE: Final = 1 / 4
KEPT: Final = 64
SUFFIX: Final = ".base"
PAGE_CONTENTS: Final = 256


class Bases:
    """Lives on the event loop. `folder` is its own."""

    def __init__(
        self, engine: Engine, in_reader: InReader, folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._in_reader = in_reader
        self._folder = folder
        self._clock = clock
        self._making: dict[str, asyncio.Task[None]] = {}
        self._tried_at: dict[str, float] = {}
        self._one = asyncio.Lock()

    def of(self, workspace: Workspace) -> Path | None:
        """The newest base of a snapshot, if there is one; a newer one is made if that is due."""
        self.prepare(workspace)
        return next(self._made(workspace.name), None)

    def prepare(self, workspace: Workspace) -> None:
        """See to it that a base is made, if that is due. Returns at once."""
        name = workspace.name
        if name not in self._making and workspace.files and self._is_due(workspace):
            self._tried_at[name] = self._clock()
            self._making[name] = asyncio.create_task(self._make(name))
            self._making[name].add_done_callback(lambda _: self._making.pop(name, None))

    def tidy(self) -> None:
        """Remove what a daemon that was killed has left in the midst of something."""
        for path in self._folder.glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix != SUFFIX:
                path.unlink(missing_ok=True)

    def incoming(self) -> Path:
        """Where to put together a base that comes from elsewhere. The caller removes it."""
        self._folder.mkdir(exist_ok=True)
        return self._folder / f"{secrets.token_hex(8)}.incoming"

    async def close(self) -> None:
        """Give up what is being made."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    def _is_due(self, workspace: Workspace) -> bool:
        made = next(self._made(workspace.name), None)
        held = int(made.stem.rpartition("-")[2]) if made is not None else 0
        if held and len(workspace.files) >= held * (1 + GROWN_SHARE):
            return True
        tried_at = self._tried_at.get(workspace.name, float("-inf"))
        return self._clock() - max(tried_at, made.stat().st_mtime if made is not None else tried_at) >= MADE_ANEW_S

    def _made(self, name: str) -> Iterator[Path]:
        """A snapshot's bases, the newest first."""
        found = self._folder.glob(f"{_stem(name)}-*{SUFFIX}")
        return iter(sorted(found, key=lambda one: one.stat().st_mtime, reverse=True))

    async def _make(self, name: str) -> None:
        async with self._one:
            try:
                files = await self._in_reader(self._engine.files, name)
                keys = list({file.key: None for file in files if file.digest})
                if not 0 < len(keys) <= MOST_CONTENTS:
                    return
                before = list(self._made(name))
                self._folder.mkdir(exist_ok=True)
                target = self._folder / f"{_stem(name)}-{len(files)}{SUFFIX}"
                await self._build(target, keys)
            except (OSError, StorageFailed):
                log.exception("the base of %s was not made", name)
                return
            for other in before:
                if other != target:
                    other.unlink(missing_ok=True)
            self._sweep()
            log.info("the base of %s is made: %d contents, %d bytes", name, len(keys), target.stat().st_size)

    async def _build(self, target: Path, keys: list[ContentKey]) -> None:
        """Have a process write it. Errors: StorageFailed, OSError."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # never import from the folder we happen to stand in
            "-m",
            "grpc_backend.storage.base_builder",
            str(target),
            str(EXTRACTOR_VERSION),
            stdin=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        try:
            for start in range(0, len(keys), PAGE_CONTENTS):
                page: list[Any] = await self._in_reader(self._engine.packed, keys[start : start + PAGE_CONTENTS])
                for key, packed in page:
                    process.stdin.write(frame(key, packed))
                await process.stdin.drain()
            process.stdin.write(END)
            process.stdin.close()
            if await process.wait():
                raise OSError(f"the process that makes it ended with {process.returncode}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _sweep(self) -> None:
        made = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda one: one.stat().st_mtime)
        for one in made[:-KEPT]:
            one.unlink(missing_ok=True)


def _stem(name: str) -> str:
    """By what a snapshot's bases are named: those of another form or extractor are no one's any more."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{digest}-{FORM}-{EXTRACTOR_VERSION}"
