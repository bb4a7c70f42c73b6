"""The texts of a stream that the workers have, or are to have: the last one of each path, and not too many bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Supplies:
    """One task a text. Lives on the event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._last: dict[str, asyncio.Task[None]] = {}

    def begin(
        self,
        supplying: Coroutine[Any, Any, None],
        path: str = "",
        size: int = 0,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Let the workers have a text of so many bytes. A file's earlier text that none of them has yet is let go.

        `done` is called in the end, also for one that was let go before it began.
        """
        task = asyncio.create_task(supplying)
        self._tasks[task] = size
        if path:
            if path in self._last:
                self._last[path].cancel()
            self._last[path] = task
        task.add_done_callback(lambda _: self._end(task, path, done))

    async def room(self) -> None:
        """Wait while the workers are far behind: who sends is slowed down by that, and memory is bounded."""
        while sum(self._tasks.values()) > self._limit_bytes:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        """Wait until all is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _end(self, task: asyncio.Task[None], path: str, done: Callable[[], None]) -> None:
        del self._tasks[task]
        if self._last.get(path) is task:
            del self._last[path]
        done()
