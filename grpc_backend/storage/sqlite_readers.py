"""The embedded engine's connections that only read."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw

from grpc_backend.storage.schema import open_reader, translated


def workspace_row(connection: apsw.Connection, workspace: str) -> int:
    """The workspace's row, or an id that no row has."""
    row = connection.execute("SELECT id FROM workspace WHERE name=?", (workspace,)).fetchone()
    return int(row[0]) if row else -1


class Readers:
    """As many connections as are in use at once, each by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.LifoQueue[apsw.Connection] = queue.LifoQueue()
        self._of_thread = threading.local()

    @contextlib.contextmanager
    def one_state(self) -> Iterator[None]:
        """What this thread asks inside sees one state of the store, in one read transaction."""
        with self.snapshot() as connection:
            self._of_thread.connection, self._of_thread.ids = connection, {}
            try:
                yield
            finally:
                self._of_thread.connection = None

    def id_of(self, connection: apsw.Connection, workspace: str) -> int:
        """A workspace's row, or an id that no row has; in one state it is looked up once."""
        known: dict[str, int] = self._of_thread.ids if self._held() is connection else {}
        if workspace not in known:
            known[workspace] = workspace_row(connection, workspace)
        return known[workspace]

    def _held(self) -> apsw.Connection | None:
        """The connection of the state that this thread is in, if it is in one."""
        held: apsw.Connection | None = getattr(self._of_thread, "connection", None)
        return held

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[apsw.Connection]:
        """A connection within a read transaction: the one that this thread is in, if it is in one."""
        held = self._held()
        if held is not None:
            with translated():
                yield held
            return
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = open_reader(self._path)
        try:
            with translated():
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("COMMIT")
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Close those that are not in use."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
