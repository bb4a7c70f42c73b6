"""Events of a whole tree, by what the system has for that (FSEvents, ReadDirectoryChangesW), through `watchfiles`."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final

# The public `watch` begins to watch only when it is first iterated, on its thread: too late for a scan begun now.
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from bridge.workspace.filter import WorkspaceFilter

if TYPE_CHECKING:
    from bridge.workspace.watcher import Listener

# It looks every STEP_MS whether events have come or it is to stop, and returns after a step without new ones.
STEP_MS: Final = 10
DEBOUNCE_MS: Final = 20
POLL_DELAY_MS: Final = 1000  # never used: this source does not poll


class TreeSource:
    """Watches all of a root from its construction."""

    def __init__(self, filter_: WorkspaceFilter, listener: Listener) -> None:
        """Raises OSError."""
        self._filter = filter_
        self._listener = listener
        self._root = f"{filter_.root}/"
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        try:
            self._notify = RustNotify([str(filter_.root)], False, False, POLL_DELAY_MS, True, True)
        except WatchfilesRustInternalError as error:
            raise OSError(0, str(error)) from error
        self._thread = threading.Thread(target=self._listen, name="watcher", daemon=True)
        self._thread.start()

    def watch(self, folder: str) -> None:
        """Nothing to do: the whole tree is watched."""

    def drain(self) -> None:
        """Nothing to do: events come by themselves, a few milliseconds late."""

    async def aclose(self) -> None:
        """Stop, and release everything."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)
        self._notify.close()

    def _listen(self) -> None:
        while True:
            try:
                changes = self._notify.watch(DEBOUNCE_MS, STEP_MS, 0, self._stop)
            except WatchfilesRustInternalError as error:
                self._loop.call_soon_threadsafe(
                    self._listener.failed, f"the system stopped to tell of changes: {error}"
                )
                return
            if isinstance(changes, str):
                return
            self._loop.call_soon_threadsafe(self._take, {path for _, path in changes})

    def _take(self, absolute: set[str]) -> None:
        for path in absolute:
            if path == str(self._filter.root):
                self._listener.lost()
            elif path.startswith(self._root) and self._concerns(path.removeprefix(self._root)):
                self._listener.changed(path.removeprefix(self._root))

    def _concerns(self, path: str) -> bool:
        """Whether a path may be of the workspace; one that is gone may have been a file or a folder."""
        ignored = self._filter.ignored(path) and self._filter.ignored(path, is_dir=True)
        return not ignored or self._filter.is_rule_file(path)
