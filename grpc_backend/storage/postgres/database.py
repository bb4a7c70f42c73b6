"""Connections to the team's database: pooled, read in snapshots, patient while the server restarts."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from grpc_backend.access.grant import Grant, current_grant
from grpc_backend.errors import StorageFailed

log = logging.getLogger(__name__)

T = TypeVar("T")
Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

POOL_SIZE: Final = 8
# A question or a commit waits so long for a server that restarts; then it fails, within a call's deadline, and its
# caller tries again.
PATIENCE_S: Final = 7.0
CONNECTED_WITHIN_S: Final = 2.0
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4)
# A network that swallows everything is noticed within seconds, at both ends: else a question would wait for a quarter
# of an hour here, and there a lock would be held by someone who is gone.
_CLIENT: Final[dict[str, Any]] = {
    "autocommit": True,
    "connect_timeout": 3,
    "tcp_user_timeout": 3_000,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}
_SERVER: Final = (
    "SET tcp_user_timeout=10000; SET tcp_keepalives_idle=10; SET tcp_keepalives_interval=5;"
    " SET tcp_keepalives_count=2; SET idle_in_transaction_session_timeout='30s'; SET lock_timeout='30s';"
    # Citus: what `_confine` says reaches the workers, whose policies see all if it does not. A mere word elsewhere.
    " SET citus.propagate_set_commands='local'"
)
# The first of the two numbers that name an advisory lock of ours; the other is a repository.
LOCK: Final = 0x636469
# An expression that nothing fits.
_NOTHING: Final = ".^"
# What a server says that goes, comes, or gave us up: the same work can succeed on another connection.
_GONE: Final = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
_AGAIN: Final = (errors.SerializationFailure, errors.DeadlockDetected)


class Database:
    """A pool of connections, with work run on them. Thread-safe."""

    def __init__(self, dsn: str) -> None:
        self._pool = ConnectionPool(
            dsn,
            min_size=1,
            max_size=POOL_SIZE,
            kwargs=_CLIENT,
            configure=_prepare,
            timeout=CONNECTED_WITHIN_S,
            # Whoever needs a connection has the pool try again; left to itself it waits longer each time.
            reconnect_timeout=CONNECTED_WITHIN_S,
            open=True,
            name="postgresql",
        )

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a question in one snapshot of the database, for whoever it is asked for. Errors: StorageFailed."""

        def in_snapshot(connection: Connection) -> T:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                _confine(connection, grant)
                return work(connection)

        grant = current_grant()
        return self._patiently(in_snapshot)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run a change as one transaction; it may be run again, so it must be one that can. Errors: StorageFailed."""

        def as_one(connection: Connection) -> T:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.read_only = False
            with connection.transaction():
                return work(connection)

        return self._patiently(as_one)

    def use(self, work: Callable[[Connection], T]) -> T:
        """Run work that makes its own transactions. Errors: StorageFailed."""
        return self._patiently(work)

    def close(self) -> None:
        """Close all connections. Idempotent."""
        self._pool.close()

    def _patiently(self, work: Callable[[Connection], T]) -> T:
        """Work on a connection, and again while the server is away or another transaction stood in the way."""
        until = time.monotonic() + PATIENCE_S
        for pause_s in _pauses():
            try:
                with translated(), self._connection() as connection:
                    return work(connection)
            except _Passing as error:
                if time.monotonic() + pause_s >= until:
                    raise StorageFailed(f"the database cannot be reached: {error}") from error
                log.info("the database is away or busy (%s): trying again", error)
            time.sleep(pause_s)
        raise AssertionError("pauses never end")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._pool.connection() as connection:
            yield connection


def _prepare(connection: Connection) -> None:
    connection.execute(_SERVER)


def _confine(connection: Connection, grant: Grant) -> None:
    """Have the database itself keep from a caller what he may not read, for this transaction."""
    if not grant.sees_everything:
        admits = sql.SQL("SET LOCAL codeindex.repositories TO {}").format(sql.Literal(admitted(grant)))
        connection.execute(admits)


def array(numbers: Iterable[int]) -> str:
    """Numbers as an array's text: the driver takes a Python step for each, which at thousands is most of a question."""
    return f"{{{','.join(map(str, numbers))}}}"


def admitted(grant: Grant) -> str:
    """The names of a grant's repositories as a regular expression of PostgreSQL's; they have wildcards as `fnmatch`."""
    return f"^({'|'.join(map(_expression, grant.repositories)) or _NOTHING})$"


def _expression(pattern: str) -> str:
    parts = re.split(r"(\*|\?|\[!?[^\]]+\])", pattern)
    return "".join(_wildcard(part) if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _wildcard(part: str) -> str:
    if part in ("*", "?"):
        return ".*" if part == "*" else "."
    negated, letters = ("^", part[2:-1]) if part[1] == "!" else ("", part[1:-1])
    return f"[{negated}{letters.replace(chr(92), chr(92) * 2)}]"


class _Passing(Exception):
    """What may be over in a moment."""


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as ours, or as passing."""
    try:
        yield
    except (errors.InsufficientPrivilege, errors.DiskFull, errors.ReadOnlySqlTransaction) as error:
        raise StorageFailed(f"the database refused: {_text(error)}") from error
    except (*_GONE, *_AGAIN) as error:
        raise _Passing(_text(error)) from error
    except psycopg.Error as error:
        raise StorageFailed(f"the database failed: {_text(error)}") from error


def _text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _pauses() -> Iterator[float]:
    yield from PAUSES_S
    while True:
        yield PAUSES_S[-1]
