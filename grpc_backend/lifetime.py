"""One daemon a home: its lock, its socket's place, its endpoint file, its idle clock.

The lock is an flock held for life; the socket's name is new for every instance and
the endpoint file is replaced by rename, so that two daemons never share a path:
a second gRPC server on one Unix socket takes it over without an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import json_format

from grpc_backend import __version__
from grpc_backend.config import PROTOCOL_MAX, PROTOCOL_MIN
from grpc_backend.errors import AlreadyRunning, InvalidRequest
from protos import code_index_pb2 as pb

# sun_path holds 108 bytes on Linux and 104 on macOS, with the final NUL.
SOCKET_PATH_LIMIT = 103
LOCK_POLL_S = 0.02


def private_directory(path: Path) -> Path:
    """Make sure that `path` is a directory that only this user can enter. Errors: InvalidRequest."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise InvalidRequest(f"{path} is not a directory (a link, perhaps): remove it")
    if status.st_uid != os.getuid():
        raise InvalidRequest(f"{path} belongs to another user (uid {status.st_uid}): choose another home")
    if stat.S_IMODE(status.st_mode) & 0o077:
        path.chmod(0o700)
    return path


def socket_path(home: Path) -> Path:
    """A new socket's place: under the home, or under /tmp where that path would be too long."""
    name = f"s-{secrets.token_hex(4)}.sock"
    place = home / "run" / name
    if len(os.fsencode(place)) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        place = Path("/tmp") / f"codeindex-{os.getuid()}-{digest}" / name  # noqa: S108 - private_directory checks it
    private_directory(place.parent)
    return place


class HomeLock:
    """The claim on a home. The kernel drops it when the process ends, however it ends."""

    def __init__(self, home: Path) -> None:
        self._path = private_directory(home) / "daemon.lock"
        self._descriptor = -1

    async def acquire(self, within_s: float) -> None:
        """Take the lock; a daemon that is about to end is given `within_s`. Errors: AlreadyRunning."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + within_s
        while not self._try():
            if time.monotonic() >= deadline:
                self.release()
                raise AlreadyRunning(f"a daemon already holds {self._path.parent}: `codeindex stop` ends it")
            await asyncio.sleep(LOCK_POLL_S)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class EndpointFile:
    """HOME/daemon.json, which tells bridges where this instance listens."""

    def __init__(self, home: Path, address: str, instance_id: str) -> None:
        self._path = home / "daemon.json"
        self._text = json_format.MessageToJson(
            pb.Endpoint(
                address=address,
                pid=os.getpid(),
                instance_id=instance_id,
                daemon_version=__version__,
                protocol_min=PROTOCOL_MIN,
                protocol_max=PROTOCOL_MAX,
            ),
            preserving_proto_field_name=True,
        )

    def write(self) -> None:
        """Put the file in place, whole, readable by this user only."""
        scratch = self._path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(self._text)
        scratch.replace(self._path)

    def is_ours(self) -> bool:
        """Whether the file still says what this instance wrote."""
        try:
            return self._path.read_text(encoding="utf-8") == self._text
        except OSError:
            return False

    def remove(self) -> None:
        """Take the file away unless another daemon has replaced it."""
        if self.is_ours():
            self._path.unlink(missing_ok=True)


def sweep_sockets(ours: Path) -> None:
    """Remove sockets that dead daemons of this home left; we hold the lock, so none is alive."""
    for other in ours.parent.glob("s-*.sock"):
        if other != ours:
            with contextlib.suppress(OSError):
                other.unlink()


class IdleClock:
    """Tells when nobody has needed the daemon for `idle_s` seconds; open calls count as need."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._open_calls = 0
        self._last_use = time.monotonic()

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the clock back while a call is open."""
        self._open_calls += 1
        try:
            yield
        finally:
            self._open_calls -= 1
            self._last_use = time.monotonic()

    def remaining_s(self) -> float:
        """Seconds until the daemon may go; infinity for a daemon that stays."""
        if not self._idle_s:
            return float("inf")
        if self._open_calls:
            return self._idle_s
        return self._last_use + self._idle_s - time.monotonic()


async def wait_until_unneeded(clock: IdleClock, endpoint: EndpointFile, check_s: float = 5.0) -> str:
    """Return why the daemon should go: it is idle, or its home no longer names it."""
    while True:
        await asyncio.sleep(max(0.01, min(check_s, clock.remaining_s())))
        if not endpoint.is_ours():
            return "the endpoint file is gone or names another daemon"
        if clock.remaining_s() <= 0:
            return "idle"
