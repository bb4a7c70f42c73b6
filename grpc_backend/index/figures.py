"""What the index has done since the daemon began, and how much lies before it: plain numbers, for whoever watches."""

from __future__ import annotations

import bisect
from typing import Final

from msgspec import Struct

# Upper bounds, in seconds, of the classes that waits are counted in; what is longer counts only in the total.
CLASSES_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Waits:
    """How long something took, each time: counted by class, and summed."""

    def __init__(self) -> None:
        self.counts = [0] * (len(CLASSES_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """Once more, and so long."""
        self.counts[bisect.bisect_left(CLASSES_S, seconds)] += 1
        self.sum_s += seconds


class Figures:
    """Counted since the start. `known`, `lacking`: contents told by digest whose extraction was there, or was not."""

    def __init__(self) -> None:
        self.known = 0
        self.lacking = 0
        self.extracted = 0
        self.failed = 0
        self.fetched = 0  # extractions that came from an upstream
        self.changes = Waits()  # from a change's arrival until it is in the answers


class Load(Struct, frozen=True):
    """What lies before the index now."""

    interactive_jobs: int
    bulk_jobs: int
    busy_workers: int
    workers: int
    uncommitted_files: int
    commits: int
    pending_files: int
    workspaces: int
    streams: int
    oldest_change_s: float
