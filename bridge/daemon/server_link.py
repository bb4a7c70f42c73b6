"""The channel to a team's server: any number of daemons over one store, behind gRPC's own machinery.

Calls go to the daemons in turn; one that is not healthy gets none. A call that a daemon could not take is tried on
another, as long as not too many fail; calls wait, within their deadline, for a daemon to be there.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import grpc

from bridge.daemon.connector import OPTIONS
from bridge.daemon.credentials import Credentials, credentials_for, open_channel
from bridge.daemon.handshake import why_refused
from bridge.errors import AccessDenied, InvalidRequest

SERVICE: Final = "codeindex.CodeIndexService"
# What can be asked twice: it changes nothing. The stream is not among them: it is begun anew by who holds it.
READS: Final = ("SearchSymbols", "FindDefinition", "FindReferences", "GetSymbol", "Outline", "Overview", "GetStatus")
SERVICE_CONFIG: Final[Mapping[str, Any]] = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": SERVICE},
    "methodConfig": [
        {
            "name": [{"service": SERVICE, "method": method} for method in READS],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        },
        {"name": [{"service": SERVICE}], "waitForReady": True},
    ],
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.5},
}
SERVER_OPTIONS: Final = (
    *OPTIONS,
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_retries", 1),
    # A peer that is gone without a word, across a network, is found by these; a daemon allows one every ten seconds.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
)


class ServerLink:
    """A channel that is made once: gRPC mends it by itself, unless it is what we show that is not good any more."""

    shared = True

    def __init__(self, server: str, home: Path, only: str = "") -> None:
        """`only`: of the several addresses of `server` just this one."""
        self.home = home
        self._server = server
        self._target = target_of(only or server)
        self._channel: grpc.aio.Channel | None = None
        self._made_of: list[tuple[int, ...]] = []
        self._making = asyncio.Lock()

    async def channel(self) -> grpc.aio.Channel:
        """The channel. Errors: InvalidRequest (an address or a credential of no use), AccessDenied."""
        async with self._making:
            if self._channel is None:
                shown = self._shown()
                await self._introduce(shown)
                self._made_of = shown.looks()
                self._channel = open_channel(self._target, shown, SERVER_OPTIONS)
            return self._channel

    async def lost(self, channel: grpc.aio.Channel) -> None:
        """A daemon is gone: the next call goes to another. Errors: AccessDenied if it is that they do not take us.

        A channel keeps the certificates that it was made with: where they have been renewed it is made anew.
        """
        shown = self._shown()
        await self._introduce(shown)
        if self._channel is channel and shown.looks() != self._made_of:
            await self.close()

    async def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    async def _introduce(self, shown: Credentials) -> None:
        """See whether certificates will do, which gRPC would not tell apart from a server that is away.

        Errors: AccessDenied.
        """
        if shown.uses_tls(self._target):
            why = await asyncio.to_thread(why_refused, self._target, shown)
            if isinstance(why, AccessDenied):
                raise why

    async def reach(self) -> None:
        """See whether a daemon is there and takes us, without waiting for it. Errors: BridgeError."""
        why = await asyncio.to_thread(why_refused, self._target, self._shown())
        if why is not None:
            raise why

    def _shown(self) -> Credentials:
        return credentials_for(self._server, self.home, os.environ)


def addresses_in(server: str) -> list[str]:
    """The addresses that a user names, where that is a list; else all of it, which gRPC resolves."""
    return [server] if ":///" in server else [one.strip() for one in server.split(",")]


def target_of(server: str) -> str:
    """gRPC's target for what a user names: as it is, or `HOST:PORT`, or several of these. Errors: InvalidRequest."""
    if ":///" in server or server.startswith(("unix:", "ipv4:", "ipv6:")):
        return server
    addresses = [one.strip() for one in server.split(",")]
    for one in addresses:
        host, _, port = one.rpartition(":")
        if not (host and port.isdigit()):
            raise InvalidRequest(f"--server wants HOST:PORT, several with commas, or a target as dns:///…, not {one!r}")
    return f"dns:///{addresses[0]}" if len(addresses) == 1 else f"ipv4:{','.join(addresses)}"
