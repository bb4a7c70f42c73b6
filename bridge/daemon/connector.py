"""Find this user's daemon, or start it: look, lock, look again."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import grpc
from google.protobuf import json_format

from bridge.daemon.launcher import launch
from bridge.errors import DaemonUnreachable
from protos import code_index_pb2 as pb

MIB = 1024 * 1024
OPTIONS = (
    ("grpc.max_send_message_length", 50 * MIB),
    ("grpc.max_receive_message_length", 50 * MIB),
    ("grpc.initial_reconnect_backoff_ms", 100),
)
CONNECT_TIMEOUT_S = 2.0
# A daemon that dies so often is not started again: its log tells why it dies.
MAX_STARTS = 5
STARTS_WITHIN_S = 180.0


def read_endpoint(home: Path) -> pb.Endpoint | None:
    """What the daemon of `home` left for us, or None. Fields of later versions are ignored."""
    try:
        text = (home / "daemon.json").read_text(encoding="utf-8")
        return json_format.Parse(text, pb.Endpoint(), ignore_unknown_fields=True)
    except (OSError, json_format.ParseError):
        return None


def answers(endpoint: pb.Endpoint) -> bool:
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


def find(home: Path) -> pb.Endpoint | None:
    """The endpoint of a daemon that runs, or None."""
    endpoint = read_endpoint(home)
    return endpoint if endpoint is not None and answers(endpoint) else None


def find_or_start(home: Path) -> pb.Endpoint:
    """The endpoint of the home's daemon, started if there is none. Blocks. Errors: DaemonUnreachable."""
    endpoint = find(home)
    if endpoint is not None:
        return endpoint
    with _spawn_lock(home):
        endpoint = find(home)
        if endpoint is not None:
            return endpoint
        launch(home)
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


class DaemonLink:
    """The channel to the daemon, made when first needed and made anew when it was lost."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._channel: grpc.aio.Channel | None = None
        self._connecting = asyncio.Lock()
        self._starts: deque[float] = deque(maxlen=MAX_STARTS)

    async def channel(self) -> grpc.aio.Channel:
        """A channel to a daemon that was alive a moment ago. Errors: DaemonUnreachable."""
        async with self._connecting:
            if self._channel is None:
                endpoint = await asyncio.to_thread(self._find_or_start)
                options = (*OPTIONS, *_keepalive(endpoint.address))
                self._channel = grpc.aio.insecure_channel(endpoint.address, options=options)
            return self._channel

    async def lost(self, channel: grpc.aio.Channel) -> None:
        """The daemon behind `channel` is gone: the next call of `channel()` finds or starts another."""
        if self._channel is channel:
            self._channel = None
            await channel.close()

    async def close(self) -> None:
        """Close the channel. The daemon stays."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    def _find_or_start(self) -> pb.Endpoint:
        now = time.monotonic()
        if len(self._starts) == MAX_STARTS and now - self._starts[0] < STARTS_WITHIN_S:
            raise DaemonUnreachable(
                f"the daemon was lost {MAX_STARTS} times in {STARTS_WITHIN_S:.0f} s."
                f" Its log is {self.home / 'daemon.log'}"
            )
        self._starts.append(now)
        return find_or_start(self.home)


def _keepalive(address: str) -> tuple[tuple[str, int], ...]:
    """Pings find a dead peer across a network; on a socket of this machine the kernel tells."""
    return () if address.startswith("unix:") else (("grpc.keepalive_time_ms", 30_000),)
