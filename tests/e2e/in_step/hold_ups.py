"""What keeps a daemon from being done with its work while a question comes."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import apsw

from bridge.daemon.endpoint import find

LOCKED_WITHIN_MS = 5_000


@contextlib.contextmanager
def workers_stopped(home: Path) -> Iterator[None]:
    """No process of the daemon's gets on with a text."""
    endpoint = find(home)
    workers = _children(endpoint.pid) if endpoint else []
    _send(workers, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(workers, signal.SIGCONT)


@contextlib.contextmanager
def store_locked(home: Path) -> Iterator[None]:
    """Nothing can be committed."""
    connection = apsw.Connection(str(home / "index.sqlite3"))
    connection.set_busy_timeout(LOCKED_WITHIN_MS)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _send(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
