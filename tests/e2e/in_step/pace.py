"""At which pace a history goes: as in life, or with everything small.

Steps, pages and parts of a few files, and waits that end before the work does: histories of twenty steps then reach
what otherwise takes thousands of files, megabytes and seconds.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bridge.daemon import launcher
from bridge.workspace import contents, stream, syncer, teller, watcher
from tests.e2e.in_step import telling_daemon

# What a bridge has in life, made small.
SMALL_BRIDGE = (
    (contents, "CHUNK_BYTES", 150),
    (contents, "BATCH_BYTES", 400),
    (contents, "BATCH_FILES", 2),
    (stream, "OUTBOX_MESSAGES", 2),
    (syncer, "WARM_WAIT_MS", 20),
    (syncer, "FLUSH_WITHIN_S", 0.1),
    (teller, "PAGE_FILES", 2),
    (teller, "BULK_CHANGES", 2),
    (watcher, "MAX_PATHS", 6),
    (watcher, "STORM_PATHS", 1),
)
ROOT = Path(__file__).resolve().parents[3]


@dataclasses.dataclass(frozen=True)
class Pace:
    """`large_lines`: how long the large one of twenty sources is, so that it travels in parts."""

    home: Path
    small: bool

    @property
    def large_lines(self) -> int:
        return 40 if self.small else 220_000

    def set(self) -> pytest.MonkeyPatch:
        """Have bridges of this process go at it, and the daemons that they start; `undo` what this returns."""
        patch = pytest.MonkeyPatch()
        patch.setattr("bridge.daemon.connector.STARTS_WITHIN_S", 0.0)  # daemons are lost more often here than in life
        patch.setattr(launcher, "DAEMON_MODULE", telling_daemon.__name__)
        patch.setenv("PYTHONPATH", str(ROOT))  # a daemon imports nothing from the folder that it is started in
        if self.small:
            for module, name, value in SMALL_BRIDGE:
                patch.setattr(module, name, value)
            patch.setenv(telling_daemon.SMALL, "1")
        return patch
