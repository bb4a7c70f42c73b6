"""Folds the log of the embedded engine into its database beside the writer, so that no change waits for it.

The log begins anew with the first commit that finds all of it folded and nobody reading in it. Where so much is
written that this does not come about, the writer folds it itself before it goes on: the log stays bounded.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final

import apsw

from grpc_backend.storage.schema import open_connection

log = logging.getLogger(__name__)

# From so many pages on the log is folded beside the writer, and by itself.
FOLDED_AT, FOLDED_BY_WRITER_AT = 8_000, 16_000
NAME: Final = "log"


class LogFolding:
    """Watches the commits of a writer's connection. Closed before that is."""

    def __init__(self, path: Path, writer: apsw.Connection) -> None:
        self._path = path
        self._due = threading.Event()
        self._stopped = False
        writer.set_wal_hook(self._committed)
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for what is being folded."""
        self._stopped = True
        self._due.set()
        self._thread.join()

    def _committed(self, writer: apsw.Connection, _database: str, pages: int) -> int:
        """Called by SQLite behind each commit, with how many pages the log has."""
        if pages >= FOLDED_BY_WRITER_AT:
            _fold(writer)
        elif pages >= FOLDED_AT:
            self._due.set()
        return apsw.SQLITE_OK

    def _run(self) -> None:
        while self._due.wait() and not self._stopped:
            self._due.clear()
            try:
                connection = open_connection(self._path)
                _fold(connection)
                connection.close()
            except apsw.Error:
                log.exception("the log was not folded into %s: its writer will", self._path)


def _fold(connection: apsw.Connection) -> None:
    """As far as nobody reads in it; not at all where another one is at it."""
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.BusyError:
        log.debug("the log is being folded")
