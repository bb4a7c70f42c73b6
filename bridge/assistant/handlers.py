"""What each MCP request does: decode, one call, encode. One of these serves one client."""

from __future__ import annotations

import logging
from typing import Any

from mcp import types
from mcp.shared.exceptions import MCPError

from bridge.assistant import completions, prompts, resources
from bridge.assistant.progress import reported
from bridge.assistant.roots import ClientRoots
from bridge.assistant.server import Context
from bridge.assistant.tool import Scope, Tool
from bridge.assistant.tools import ALL
from bridge.assistant.updates import Updates
from bridge.errors import BridgeError, InvalidRequest, NotFound
from bridge.requests import one_request
from bridge.session import Session

log = logging.getLogger(__name__)

READS_ONLY = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class Handlers:
    """All handlers of a server. Errors of tools are answers; those of all else are protocol errors."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._roots = ClientRoots(session)
        self._updates = Updates(session)
        self._tools = {tool.name: tool for tool in ALL}
        self._listed = types.ListToolsResult(tools=[_listed(tool) for tool in ALL])

    async def close(self) -> None:
        """The client is gone."""
        await self._updates.close()
        await self._session.close()

    async def list_tools(self, _context: Context, _params: types.PaginatedRequestParams) -> types.ListToolsResult:
        """Always the same."""
        return self._listed

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        """A tool's answer; what goes wrong is an answer too, for the model to read."""
        try:
            needed = await self._roots.learn(context, params)
            return needed or await self._call(context, params)
        except BridgeError as error:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)

    async def list_resources(
        self, _context: Context, _params: types.PaginatedRequestParams
    ) -> types.ListResourcesResult:
        """The status, and every root's outline."""
        try:
            scope = Scope(await self._session.workspaces())
        except BridgeError:
            return resources.listed(Scope([]))
        return resources.listed(scope)

    async def list_resource_templates(
        self, _context: Context, _params: types.PaginatedRequestParams
    ) -> types.ListResourceTemplatesResult:
        """Always the same."""
        return types.ListResourceTemplatesResult(resource_templates=list(resources.TEMPLATES))

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult | types.InputRequiredResult:
        """An outline, a symbol's text, the status. Errors: MCPError."""
        try:
            needed = await self._roots.learn(context, params)
            return needed or await resources.read(await self._scope(), params.uri)
        except BridgeError as error:
            raise _protocol_error(error, uri=params.uri) from None

    async def subscribe(self, context: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        """Tell of changes from now on (the handshake era)."""
        try:
            await self._updates.subscribe(context.session, params.uri)
        except BridgeError as error:
            raise _protocol_error(error, uri=params.uri) from None
        return types.EmptyResult()

    async def unsubscribe(self, _context: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        """Tell no more."""
        self._updates.unsubscribe(params.uri)
        return types.EmptyResult()

    async def listen(
        self, context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Tell of changes until the request is cancelled (the era without handshake)."""
        return await self._updates.listen(context, params)

    async def list_prompts(self, _context: Context, _params: types.PaginatedRequestParams) -> types.ListPromptsResult:
        """Always the same."""
        return types.ListPromptsResult(prompts=list(prompts.LISTED))

    async def get_prompt(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        """A prompt with what it needs to know filled in. Errors: MCPError."""
        try:
            needed = await self._roots.learn(context, params)
            return needed or await prompts.get(await self._scope(), params.name, params.arguments or {})
        except BridgeError as error:
            raise _protocol_error(error) from None

    async def complete(self, _context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        """How an argument may go on. Errors: MCPError."""
        try:
            return types.CompleteResult(completion=await completions.complete(await self._scope(), params))
        except BridgeError as error:
            raise _protocol_error(error) from None

    async def initialized(self, context: Context, _params: types.NotificationParams) -> None:
        """The handshake is over: the client may be asked for its roots, and told when the list of them changes."""
        self._updates.greeted(context.session)
        await self._roots.learn_early(context)

    async def roots_changed(self, context: Context, _params: types.NotificationParams) -> None:
        """The client has opened or closed folders."""
        await self._roots.learn_anew(context)

    async def _call(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise InvalidRequest(f"unknown tool {params.name!r}: use one of {', '.join(self._tools)}")
        arguments = tool.parse(params.arguments)
        scope = await self._scope()
        async with reported(context, scope.workspaces):
            with one_request():
                log.info("tool %s", tool.name)
                answer = await tool.call(scope, arguments)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=answer.text)], structured_content=answer.structure
        )

    async def _scope(self) -> Scope:
        return Scope(await self._session.workspaces())


def _listed(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema(),
        output_schema=tool.output_schema,
        annotations=READS_ONLY,
        # Claude Code hides tools behind a search unless they ask to be shown from the first turn.
        _meta={"anthropic/alwaysLoad": True} if tool.main else None,
    )


def _protocol_error(error: BridgeError, **data: Any) -> MCPError:
    """What the caller can mend is its parameters' fault; the specification has no other code for what is not there."""
    mendable = isinstance(error, InvalidRequest | NotFound)
    code = types.INVALID_PARAMS if mendable else types.INTERNAL_ERROR
    return MCPError(code=code, message=str(error), data=data or None)
