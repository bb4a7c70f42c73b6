"""Hints of what changed in a root, as soon as the system tells.

On Linux every folder that belongs to the workspace is watched by itself, from before it is first
listed: `scan` and `look` tell of it by `Watcher.watch`. Nothing is lost between, and ignored trees cost
nothing. Elsewhere the system watches whole trees, through `watchfiles`. Where neither works, or tells
only part (network file systems), `next` asks for a scan from time to time: `degraded` says why.

Hints only: whoever listens also compares the whole root with what it knows every RECONCILE_INTERVAL_S.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import Final, Protocol

from msgspec import Struct

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.watch_limits import foreign_file_system, watch_budget

RECONCILE_INTERVAL_S: Final = 300.0
# From a first event to its batch: an editor's save is several events within a millisecond or two.
SETTLE_S: Final = 0.01
# Soon after a batch of so many paths it is longer: by handfuls a checkout takes several times as long as in bulk.
STORM_PATHS: Final = 8
STORM_SETTLE_S: Final = 0.1
STORM_PAUSE_S: Final = 1.0
# So many paths at once are no longer looked at one by one.
MAX_PATHS: Final = 10_000
# Polling: a scan may take a twentieth of one processor.
POLL_MIN_S: Final = 2.0
POLL_MAX_S: Final = 60.0
POLL_SHARE: Final = 20.0


class ChangeBatch(Struct, frozen=True):
    """Paths where something happened ("" is the root), files and folders. `rescan`: anything may have."""

    paths: frozenset[str] = frozenset()
    rescan: bool = False

    @property
    def size(self) -> int:
        """The number of paths; very many if it may be any."""
        return MAX_PATHS + 1 if self.rescan else len(self.paths)


class Listener(Protocol):
    """Where a source of events puts them; each from the event loop's thread."""

    def changed(self, path: str) -> None:
        """Something happened at a path of the workspace."""

    def lost(self) -> None:
        """Anything may have happened."""

    def failed(self, reason: str) -> None:
        """From now on not every event will be told. `reason` tells a person why, and the mend."""


class Source(Protocol):
    """A way to learn of changes."""

    def watch(self, folder: str) -> None:
        """Tell from now on what happens in a folder of the workspace. From any thread."""

    def drain(self) -> None:
        """Hand over what the system has told of already. From the event loop's thread; never waits."""

    async def aclose(self) -> None:
        """Stop, and release everything."""


class Watcher:
    """Watches from its construction, on a running event loop, until `aclose`.

    `mode` is "events", "polling", or "events and polling"; `degraded` is empty, or why it polls.
    `budget`: the most folders to watch, where each costs something of the system's means.
    """

    def __init__(self, filter_: WorkspaceFilter, *, budget: int | None = None) -> None:
        self._filter = filter_
        self._paths: set[str] = set()
        self._rescan = False
        self._something = asyncio.Event()
        self._handed_at = time.monotonic()
        self._handed_paths = 0
        self.mode = "events"
        self.degraded = ""
        self._source: Source | None = None
        self._start(watch_budget() if budget is None else budget)

    def watch(self, folder: str) -> None:
        """A folder (relative, "" for the root) is about to be listed. For `scan` and `look`; from any thread."""
        if self._source is not None:
            self._source.watch(folder)

    async def next(self) -> ChangeBatch:
        """The hints since the last call, as soon as there are any. May be cancelled without losing them."""
        try:
            async with asyncio.timeout(self._poll_after_s()):
                await self._something.wait()
        except TimeoutError:
            self._rescan = True
        else:
            await asyncio.sleep(self._settle_s())
        return self._hand_over()

    def drain(self) -> ChangeBatch:
        """The hints of all that the system has told of until now, perhaps none. Never waits."""
        if self._source is not None:
            self._source.drain()
        return self._hand_over()

    def pending(self) -> int:
        """At how many paths something has happened of which no hint was handed over yet; very many if anywhere."""
        if self._source is not None:
            self._source.drain()
        return ChangeBatch(frozenset(self._paths), self._rescan).size

    def _hand_over(self) -> ChangeBatch:
        batch = ChangeBatch(frozenset(self._paths), self._rescan)
        self._paths, self._rescan = set(), False
        self._something.clear()
        self._handed_at, self._handed_paths = time.monotonic(), len(batch.paths)
        return batch

    def _settle_s(self) -> float:
        since_s = time.monotonic() - self._handed_at
        return STORM_SETTLE_S if self._handed_paths > STORM_PATHS and since_s < STORM_PAUSE_S else SETTLE_S

    async def __aiter__(self) -> AsyncIterator[ChangeBatch]:
        """Batch after batch."""
        while True:
            yield await self.next()

    async def aclose(self) -> None:
        """Stop watching."""
        if self._source is not None:
            source, self._source = self._source, None
            await source.aclose()

    # -- Listener

    def changed(self, path: str) -> None:
        """Note a path; too many become a rescan."""
        if not self._rescan:
            self._paths.add(path)
            self._rescan = len(self._paths) > MAX_PATHS or self._filter.is_rule_file(path)
        if self._rescan:
            self._paths.clear()
        self._something.set()

    def lost(self) -> None:
        """Anything may have changed."""
        self._rescan = True
        self._paths.clear()
        self._something.set()

    def failed(self, reason: str) -> None:
        """Poll from now on."""
        self.mode, self.degraded = "polling", reason
        self.lost()

    def _start(self, budget: int) -> None:
        root = self._filter.root
        if kind := foreign_file_system(root):
            self.mode = "events and polling"
            self.degraded = f"{root} is on {kind}, which does not tell of every change: it is looked at in intervals"
        try:
            self._source = _source(self._filter, self, budget)
        except OSError as error:
            self.mode = "polling"
            self.degraded = f"the system cannot watch {root} ({error.strerror}): it is looked at in intervals"

    def _poll_after_s(self) -> float | None:
        """How long to wait for events before asking for a scan; None where events are all there is to it."""
        if not self.degraded:
            return None
        taken_s = time.monotonic() - self._handed_at
        return min(max(taken_s * POLL_SHARE, POLL_MIN_S), POLL_MAX_S)


def _source(filter_: WorkspaceFilter, listener: Listener, budget: int) -> Source:
    """The best source of this system. Raises OSError."""
    if sys.platform == "linux":
        from bridge.workspace.folder_source import FolderSource

        return FolderSource(filter_, listener, budget)
    from bridge.workspace.tree_source import TreeSource

    return TreeSource(filter_, listener)
