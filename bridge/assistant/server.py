"""The MCP server: both protocol eras on one stdio, the tools of `tools/`, the client's roots."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from bridge import __version__
from bridge.assistant.tool import Scope, Tool
from bridge.assistant.tools import ALL
from bridge.errors import BridgeError, InvalidRequest
from bridge.session import Session

Context = ServerRequestContext[Any]
# From this revision on a server does not ask; it returns what it needs as its result.
MODERN = "2026"
ROOTS = "roots"


async def serve_stdio(session: Session) -> None:
    """Serve until stdin closes."""
    server = build_server(session)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def build_server(session: Session) -> Server[Any]:
    """The server object; it holds no state but the session."""
    listed = types.ListToolsResult(tools=[_listed(tool) for tool in ALL])
    by_name = {tool.name: tool for tool in ALL}

    async def list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return listed

    async def call_tool(
        context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        try:
            needed = await _learn_roots(session, context, params)
            return needed or await _call(session, by_name, params)
        except BridgeError as error:
            return _failed(str(error))

    return Server(
        "codeindex",
        version=__version__,
        title="codeindex",
        instructions=files("bridge.assistant").joinpath("instructions.md").read_text(encoding="utf-8"),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _listed(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema(),
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        # Claude Code hides tools behind a search unless they ask to be shown from the first turn.
        _meta={"anthropic/alwaysLoad": True} if tool.main else None,
    )


async def _call(
    session: Session, by_name: dict[str, Tool], params: types.CallToolRequestParams
) -> types.CallToolResult:
    tool = by_name.get(params.name)
    if tool is None:
        raise InvalidRequest(f"unknown tool {params.name!r}: use one of {', '.join(by_name)}")
    arguments = tool.parse(params.arguments)
    answer = await tool.call(Scope(await session.workspaces()), arguments)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=answer.text)], structured_content=answer.structure
    )


def _failed(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


async def _learn_roots(
    session: Session, context: Context, params: types.CallToolRequestParams
) -> types.InputRequiredResult | None:
    """Have the client name its roots, if nobody has named a workspace; both eras have their own way."""
    capabilities = context.session.client_capabilities
    if session.has_roots or not (capabilities and capabilities.roots):
        return None
    if context.protocol_version < MODERN:
        answer = await context.session.list_roots()
        await session.set_roots(_paths(answer.roots))
        return None
    responses = params.input_responses or {}
    given = responses.get(ROOTS)
    if not isinstance(given, types.ListRootsResult):
        return types.InputRequiredResult(input_requests={ROOTS: types.ListRootsRequest()}, request_state=ROOTS)
    await session.set_roots(_paths(given.roots))
    return None


def _paths(roots: list[types.Root]) -> list[Path]:
    """The folders of `file:` roots."""
    parsed = [urlparse(str(root.uri)) for root in roots]
    return [Path(unquote(one.path)) for one in parsed if one.scheme == "file"]
