"""When something was told of a path last, by the stream's sequence: an answer may be older than that."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from bridge.workspace.stream import SyncStream

# Of so many paths it is known one by one; what was told before counts as told at one moment.
MAX_PATHS: Final = 10_000


class LastWords:
    """The last word on each path that was told on one stream. Lives on the event loop."""

    def __init__(self, stream: SyncStream) -> None:
        self._stream = stream
        self._at: dict[str, int] = {}
        self._before = 0  # all that is not in `_at` was told up to here
        self._under_way: list[Collection[str]] = []

    @contextlib.contextmanager
    def saying(self, paths: Iterable[str]) -> Iterator[None]:
        """Around the telling of what is noted as told already."""
        these = frozenset(paths)
        self._under_way.append(these)
        try:
            yield
        finally:
            self._under_way.remove(these)
            self.said(these, self._stream.sequence)

    def said(self, paths: Iterable[str], sequence: int) -> None:
        """Something is told of these in that change."""
        self._at.update(dict.fromkeys(paths, sequence))
        if len(self._at) > MAX_PATHS:
            self._at.clear()
            self._before = sequence

    def after(self, paths: Iterable[str], sequence: int) -> frozenset[str]:
        """Those of these paths of which more was told after this sequence, or is about to be."""
        return frozenset(
            path
            for path in paths
            if self._at.get(path, self._before) > sequence or any(path in these for these in self._under_way)
        )
