"""All segments of one model: which contents they hold, and how they become fewer and larger.

A content counts where it was put last. Files that a merge has replaced, or that were begun only, are removed when
the store is opened; what is lost is derived again. Reading is for any thread: what a reader has taken does not
change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from grpc_backend.model import ContentKey
from grpc_backend.search.semantic import segment
from grpc_backend.search.semantic.block import Block
from grpc_backend.search.semantic.segment import Segment

log = logging.getLogger(__name__)

# A new number when what is derived, or how it is kept, changes: files of another one are not read.
FORMAT: Final = 3
# So many segments of about a size become one of the next.
MERGE_AT: Final = 6
TIER_FACTOR: Final = 4
SMALLEST_ROWS: Final = 2_000


class Place(NamedTuple):
    """Where a content is: in which segment, as which of its contents."""

    segment: Segment
    content: int


class SegmentStore:
    """See the module. Its folder is one model's, and one daemon's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._segments: dict[int, Segment] = {}
        self._places: dict[ContentKey, Place] = {}
        self._next = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            self._open(path)

    def _open(self, path: Path) -> None:
        try:
            found = segment.opened(path) if path.suffix == ".segment" else None
        except (OSError, ValueError, KeyError) as error:
            log.warning("%s cannot be read (%s): what it holds is derived again", path, error)
            found = None
        if found is None:
            path.unlink(missing_ok=True)
            return
        self._next = int(path.stem) + 1
        self._add(found)

    def place(self, key: ContentKey) -> Place | None:
        """Where a content is, if anything was derived of it."""
        return self._places.get(key)

    def lacks(self, keys: Iterable[ContentKey]) -> list[ContentKey]:
        """Those of which nothing was derived yet."""
        return [key for key in keys if key not in self._places]

    @property
    def segments(self) -> Mapping[int, Segment]:
        """All segments by number. A snapshot."""
        return dict(self._segments)

    def rest(self) -> None:
        """Give back the memory that reading has taken, until something is read again."""
        for one in self._segments.values():
            one.rest()

    def add(self, block: Block) -> Segment:
        """Take in a block, in memory only."""
        return self._add(Segment(block))

    def take_in(self, path: Path, replaced: Iterable[Segment] = ()) -> None:
        """Take in a segment's file, in place of some segments whose contents it has where they are still of use."""
        self._add(segment.opened(path))
        for one in replaced:
            self._drop(one)

    def path(self) -> Path:
        """Where the next segment's file is to be."""
        with self._lock:
            self._next += 1
            return self._folder / f"{self._next - 1:09d}.segment"

    def to_merge(self) -> list[Segment]:
        """Segments that should become one: those of the smallest tier that is full."""
        tiers: dict[int, list[Segment]] = {}
        for one in self._segments.values():
            tiers.setdefault(_tier(one.rows), []).append(one)
        for _, found in sorted(tiers.items()):
            if len(found) >= MERGE_AT:
                return found
        return []

    def _add(self, one: Segment) -> Segment:
        with self._lock:
            self._segments = {**self._segments, one.number: one}
            for content, key in enumerate(one.block.keys):
                self._places[key] = Place(one, content)
        return one

    def _drop(self, one: Segment) -> None:
        with self._lock:
            self._segments = {number: kept for number, kept in self._segments.items() if number != one.number}
            for key in one.block.keys:
                if self._places[key].segment is one:
                    del self._places[key]
        if one.path is not None:
            one.path.unlink(missing_ok=True)


def _tier(rows: int) -> int:
    """0 for the smallest segments, one more for each four times as many rows."""
    tier = 0
    while rows > SMALLEST_ROWS:
        rows //= TIER_FACTOR
        tier += 1
    return tier
