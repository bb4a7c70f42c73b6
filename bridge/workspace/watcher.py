"""Hints of what changed in a root, as soon as the system tells.

Hints only: a notification queue may overflow without a word, so whoever listens also compares the
whole root with what it knows every RECONCILE_INTERVAL_S.
"""

from __future__ import annotations

import asyncio
import threading

from msgspec import Struct
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from bridge.workspace.filter import RULE_FILES, WorkspaceFilter

RECONCILE_INTERVAL_S = 60.0
# After a first event: return as soon as STEP_MS pass without another, at the latest after DEBOUNCE_MS.
STEP_MS = 15
DEBOUNCE_MS = 60
POLL_DELAY_MS = 500


class ChangeBatch(Struct, frozen=True):
    """Paths where something happened. `rescan`: the rules changed, so anything may have."""

    paths: frozenset[str] = frozenset()
    rescan: bool = False


class Watcher:
    """Watches from its construction until `aclose`. `degraded` says why, where it has to poll."""

    def __init__(self, filter_: WorkspaceFilter) -> None:
        self._filter = filter_
        self._root = f"{filter_.root}/"
        self.degraded = ""
        self._notify = self._start()
        self._batches: asyncio.Queue[ChangeBatch] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="watcher", daemon=True)
        self._thread.start()

    async def next(self) -> ChangeBatch:
        """The next hints, with all that have come since."""
        batch = await self._batches.get()
        while not self._batches.empty():
            later = self._batches.get_nowait()
            batch = ChangeBatch(batch.paths | later.paths, batch.rescan or later.rescan)
        return batch

    async def aclose(self) -> None:
        """Stop watching."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)
        self._notify.close()

    def _start(self) -> RustNotify:
        root = [str(self._filter.root)]
        try:
            return RustNotify(root, False, False, POLL_DELAY_MS, True, True)
        except (OSError, WatchfilesRustInternalError) as error:
            self.degraded = f"the system cannot watch {self._filter.root} ({error}): its files are polled instead"
            return RustNotify(root, False, True, POLL_DELAY_MS, True, True)

    def _listen(self) -> None:
        while not self._stop.is_set():
            changes = self._notify.watch(DEBOUNCE_MS, STEP_MS, 0, self._stop)
            if isinstance(changes, str):
                return
            batch = self._batch({path for _, path in changes})
            if batch.paths or batch.rescan:
                self._loop.call_soon_threadsafe(self._batches.put_nowait, batch)

    def _batch(self, absolute: set[str]) -> ChangeBatch:
        inside = [path.removeprefix(self._root) for path in absolute if path.startswith(self._root)]
        rescan = any(path.rsplit("/", 1)[-1] in RULE_FILES or path == ".git/info/exclude" for path in inside)
        paths = frozenset(path for path in inside if not self._filter.ignored(path))
        return ChangeBatch(paths, rescan)
