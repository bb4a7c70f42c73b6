"""The channel to this user's daemon: made when first needed, made anew when it was lost."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from pathlib import Path
from typing import Protocol

import grpc

from bridge.daemon.endpoint import Endpoint, find, find_or_start
from bridge.errors import DaemonUnreachable

MIB = 1024 * 1024
OPTIONS = (
    ("grpc.max_send_message_length", 50 * MIB),
    ("grpc.max_receive_message_length", 50 * MIB),
    ("grpc.initial_reconnect_backoff_ms", 100),
)
# A daemon that dies so often is not started again: its log tells why it dies.
MAX_STARTS = 5
STARTS_WITHIN_S = 180.0


class Link(Protocol):
    """A way to a daemon. `shared`: several are behind it, and one question may come to another than the next."""

    shared: bool

    async def channel(self) -> grpc.aio.Channel:
        """A channel. Errors: BridgeError."""

    async def lost(self, channel: grpc.aio.Channel) -> None:
        """A call found no daemon behind the channel. Errors: AccessDenied if we are not let in to it."""

    async def close(self) -> None:
        """Close the channel."""


class DaemonLink:
    """The channel to the daemon, made when first needed and made anew when it was lost."""

    shared = False

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

    def _find_or_start(self) -> Endpoint:
        endpoint = find(self.home)
        if endpoint is not None:
            return endpoint
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
