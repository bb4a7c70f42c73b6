"""Subscriptions to resources: whoever subscribed is told when what a resource shows has changed.

In the handshake era a client subscribes to a URI; from 2026-07-28 on it opens a stream that carries what it
chose. The daemon tells every bridge when anything has changed; then what is subscribed to is looked at again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from mcp import types
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourcesListChanged, ResourceUpdated

from bridge.assistant import resources
from bridge.assistant.server import Context
from bridge.assistant.tool import Scope
from bridge.errors import BridgeError
from bridge.session import Session

log = logging.getLogger(__name__)

# While much is indexed the daemon tells of it ten times a second; a subscriber need not hear each.
LOOK_EVERY_S: Final = 0.2


class Updates:
    """What the one client of this process has subscribed to."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._watched: Counter[str] = Counter()
        self._states: dict[str, str] = {}
        self._subscribed: dict[str, ServerSession] = {}
        self._greeted: ServerSession | None = None
        self._roots: list[str] = []
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        session.listen(self._changed.set)

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def greeted(self, connection: ServerSession) -> None:
        """A client of the handshake era is there: it is told when the list of resources changes."""
        self._greeted = connection
        self._begin()

    async def subscribe(self, connection: ServerSession, uri: str) -> None:
        """Tell of `uri` from now on. Errors: InvalidRequest (none of ours), DaemonUnreachable."""
        resources.parse(uri)
        if uri not in self._subscribed:
            self._subscribed[uri] = connection
            await self._watch([uri])

    def unsubscribe(self, uri: str) -> None:
        """Tell of it no more; nothing if it was not subscribed to."""
        if self._subscribed.pop(uri, None) is not None:
            self._unwatch([uri])

    async def listen(
        self, context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Carry what was chosen until the client ends the stream. URIs that are none of ours never change."""
        uris = [uri for uri in params.notifications.resource_subscriptions or () if _is_ours(uri)]
        with self._held(uris):
            await self._watch([])
            return await self._listen(context, params)

    @contextlib.contextmanager
    def _held(self, uris: Sequence[str]) -> Iterator[None]:
        """Watch from the moment of the acknowledgement on: what changes after it is told."""
        self._watched.update(uris)
        try:
            yield
        finally:
            self._unwatch(uris)

    async def _watch(self, uris: Sequence[str]) -> None:
        self._watched.update(uris)
        for uri in self._watched.keys() - self._states.keys():
            self._states[uri] = ""  # what cannot be looked at yet is told when it can be
            with contextlib.suppress(BridgeError):
                self._states[uri] = await self._state(uri)
        self._begin()

    def _unwatch(self, uris: Sequence[str]) -> None:
        self._watched.subtract(uris)
        self._watched = +self._watched
        for uri in self._states.keys() - self._watched.keys():
            del self._states[uri]

    def _begin(self) -> None:
        if self._looking is None:
            self._roots = self._root_names()
            self._looking = asyncio.create_task(self._look_on())

    async def _look_on(self) -> None:
        """Look whenever the daemon says that something is new. Never returns."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._look()
            except BridgeError as error:
                log.info("what is subscribed to could not be looked at: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        """Tell of what differs from when it was looked at before."""
        if (roots := self._root_names()) != self._roots:
            self._roots = roots
            await self._tell_list()
        for uri in list(self._watched):
            state = await self._state(uri)
            if uri in self._states and self._states[uri] != state:
                self._states[uri] = state
                await self._tell(uri)

    async def _tell(self, uri: str) -> None:
        await self._bus.publish(ResourceUpdated(uri))
        if uri in self._subscribed:
            await self._subscribed[uri].send_resource_updated(uri)

    async def _tell_list(self) -> None:
        await self._bus.publish(ResourcesListChanged())
        if self._greeted is not None:
            await self._greeted.send_resource_list_changed()

    async def _state(self, uri: str) -> str:
        return await resources.state(Scope(await self._session.workspaces()), uri)

    def _root_names(self) -> list[str]:
        return sorted(map(str, self._session.roots))


def _is_ours(uri: str) -> bool:
    try:
        resources.parse(uri)
    except BridgeError:
        return False
    return True
