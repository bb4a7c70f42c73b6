"""The client's roots: asked for where nobody has named a workspace. Both protocol eras have their own way."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote, urlparse

from mcp import types
from mcp.shared.exceptions import MCPError

from bridge.assistant.server import Context
from bridge.errors import BridgeError
from bridge.session import Session

log = logging.getLogger(__name__)

# From this revision on a server does not ask; it returns what it needs as its result.
MODERN = "2026"
ROOTS = "roots"

Answering = types.CallToolRequestParams | types.ReadResourceRequestParams | types.GetPromptRequestParams


class ClientRoots:
    """What the client has open, where that is what the session works on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # A workspace that was named at the start stays, whatever the client opens.
        self._fixed = session.has_roots

    async def learn(self, context: Context, params: Answering) -> types.InputRequiredResult | None:
        """Have the client name its roots, if nobody has named a workspace. Errors: InvalidRequest."""
        if self._session.has_roots or not _offered(context):
            return None
        if context.protocol_version < MODERN:
            await self._ask(context)
            return None
        given = (params.input_responses or {}).get(ROOTS)
        if not isinstance(given, types.ListRootsResult):
            return types.InputRequiredResult(input_requests={ROOTS: types.ListRootsRequest()}, request_state=ROOTS)
        await self._session.set_roots(_paths(given.roots))
        return None

    async def learn_early(self, context: Context) -> None:
        """Ask as soon as that is allowed: the index is begun before the first question."""
        if not self._session.has_roots and _offered(context):
            await self._ask_quietly(context)

    async def learn_anew(self, context: Context) -> None:
        """The client says that its roots have changed."""
        if not self._fixed and _offered(context):
            await self._ask_quietly(context)

    async def _ask_quietly(self, context: Context) -> None:
        """For notifications, which have no answer: the next question says what is wrong."""
        try:
            await self._ask(context)
        except (BridgeError, MCPError) as error:
            log.warning("the client's roots cannot be used: %s", error)

    async def _ask(self, context: Context) -> None:
        answer = await context.session.send_request(types.ListRootsRequest(), types.ListRootsResult)
        await self._session.set_roots(_paths(answer.roots))


def _offered(context: Context) -> bool:
    capabilities = context.session.client_capabilities
    return capabilities is not None and capabilities.roots is not None


def _paths(roots: list[types.Root]) -> list[Path]:
    """The folders of `file:` roots."""
    parsed = [urlparse(str(root.uri)) for root in roots]
    return [Path(unquote(one.path)) for one in parsed if one.scheme == "file"]
