"""A read in the daemon that begins before a commit and ends between that one and the next.

Left to chance, histories meet this too seldom: a read takes less than a millisecond. The test leaves a token in the
home; the daemon's next look at a folder takes it, and lets one commit pass before it reads.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tests.conftest import wait_for

TOKEN = "linger"
WITHIN_S = 0.3  # for what may never come: a change that is none, a question that is not asked


@contextlib.contextmanager
def next_read_lingers(home: Path) -> Iterator[None]:
    """The test's side: a question that is asked in this block is read late."""
    token = home / TOKEN
    token.touch()
    try:
        yield
    finally:
        token.unlink(missing_ok=True)


def wait_until_reading(home: Path, asking: Future[Any]) -> None:
    """Return once the daemon has begun to read, or if it seems not to."""
    with contextlib.suppress(AssertionError):
        wait_for(lambda: asking.done() or not (home / TOKEN).exists(), WITHIN_S)


class Lingering:
    """The daemon's side: the meeting of a reader and the writer, each in a thread of its own."""

    def __init__(self, home: Path) -> None:
        self._token = home / TOKEN
        self._waits = False
        self._committed, self._read = threading.Event(), threading.Event()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Around a read: let one commit pass first, if that is asked for."""
        if self._taken():
            self._committed.clear()
            self._read.clear()
            self._waits = True
            self._committed.wait(WITHIN_S)
            self._waits = False
        try:
            yield
        finally:
            self._read.set()

    def committed(self) -> None:
        """After a commit: the next one comes after the read."""
        if self._waits:
            self._committed.set()
            self._read.wait(WITHIN_S)

    def _taken(self) -> bool:
        try:
            self._token.unlink()
        except FileNotFoundError:
            return False
        return True
