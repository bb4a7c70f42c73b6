"""Find this user's daemon, or start it: look, lock, look again.

Needs nothing but the standard library: a front that must answer at once reaches for the daemon before it
imports anything that takes time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bridge.daemon.launcher import launch
from bridge.errors import DaemonUnreachable

CONNECT_TIMEOUT_S = 2.0


class Endpoint(NamedTuple):
    """What a daemon leaves to be found by: see `Endpoint` in code_index.proto, of which this is the JSON form."""

    address: str  # a gRPC target
    pid: int
    daemon_version: str


def read_endpoint(home: Path) -> Endpoint | None:
    """What the daemon of `home` left for us, or None. Fields of later versions are ignored."""
    try:
        found = json.loads((home / "daemon.json").read_text(encoding="utf-8"))
        return Endpoint(str(found["address"]), int(found.get("pid", 0)), str(found.get("daemon_version", "")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def answers(endpoint: Endpoint) -> bool:
    """Whether something listens at the endpoint. The pid is never asked: pids are reused."""
    if not endpoint.address.startswith("unix:"):
        host, _, port = endpoint.address.rpartition(":")
        with (
            contextlib.suppress(OSError, ValueError),
            socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S),
        ):
            return True
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(endpoint.address.removeprefix("unix:"))
        except OSError:
            return False
        return True


def find(home: Path) -> Endpoint | None:
    """The endpoint of a daemon that runs, or None."""
    endpoint = read_endpoint(home)
    return endpoint if endpoint is not None and answers(endpoint) else None


def find_or_start(home: Path, expected: Iterable[Path] = ()) -> Endpoint:
    """The endpoint of the home's daemon, started if there is none. Blocks. Errors: DaemonUnreachable.

    `expected`: what a daemon that is started is told of the roots to come (see `launch`).
    """
    endpoint = find(home)
    if endpoint is not None:
        return endpoint
    with _spawn_lock(home):
        endpoint = find(home)
        if endpoint is not None:
            return endpoint
        launch(home, expected)
        endpoint = find(home)
    if endpoint is None:
        raise DaemonUnreachable(f"the daemon started and is gone again. Its log is {home / 'daemon.log'}")
    return endpoint


@contextlib.contextmanager
def _spawn_lock(home: Path) -> Iterator[None]:
    """Let one bridge at a time start a daemon."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / "spawn.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DaemonUnreachable(f"cannot use {home}: {error.strerror}. Choose another --home") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
