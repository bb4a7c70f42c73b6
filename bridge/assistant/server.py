"""The MCP server object: both protocol eras, every handler there is, none of what handlers need.

Importing this costs the SDK and nothing else. What answers (`handlers.py`) brings gRPC, the wire and the tools
with it, and is imported once the client has its first answer.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from mcp import types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.stdio import stdio_server

from bridge import __version__

if TYPE_CHECKING:
    from bridge.assistant.handlers import Handlers

Context = ServerRequestContext[Any]
WEBSITE: Final = "https://pypi.org/project/codeindex-sidecar/"
# What is the same for as long as this version runs may be kept by clients that ask for it anew, for so long.
CONSTANT: Final[tuple[CacheableMethod, ...]] = ("tools/list", "prompts/list", "resources/templates/list")
CONSTANT_MS: Final = 3_600_000
# All lists but that of resources are the same for ever.
CHANGES: Final = NotificationOptions(resources_changed=True)


def build_server(handlers: Callable[[], Handlers]) -> Server[Any]:
    """The server. `handlers` is called by the first request that needs them, and by each one after it."""

    def by(name: str) -> Callable[[Context, Any], Awaitable[Any]]:
        async def handle(context: Context, params: Any) -> Any:
            return await getattr(handlers(), name)(context, params)

        return handle

    server: Server[Any] = Server(
        "codeindex",
        version=__version__,
        title="codeindex",
        description="Exact, fresh answers about the symbols of any codebase",
        instructions=_packaged("instructions.md").decode(),
        website_url=WEBSITE,
        cache_hints=dict.fromkeys(CONSTANT, CacheHint(ttl_ms=CONSTANT_MS, scope="public")),
        icons=[types.Icon(src=_icon(), mime_type="image/svg+xml", sizes=["any"])],
        on_list_tools=by("list_tools"),
        on_call_tool=by("call_tool"),
        on_list_resources=by("list_resources"),
        on_list_resource_templates=by("list_resource_templates"),
        on_read_resource=by("read_resource"),
        on_subscribe_resource=by("subscribe"),
        on_unsubscribe_resource=by("unsubscribe"),
        on_subscriptions_listen=by("listen"),
        on_list_prompts=by("list_prompts"),
        on_get_prompt=by("get_prompt"),
        on_completion=by("complete"),
    )
    server.add_notification_handler("notifications/initialized", types.NotificationParams, by("initialized"))
    server.add_notification_handler("notifications/roots/list_changed", types.NotificationParams, by("roots_changed"))
    return server


async def serve_stdio(server: Server[Any], opened: Callable[[], None]) -> None:
    """Serve until stdin closes. `opened` is called once, when the first request has been answered."""
    waiting = [opened]

    async def after_the_first(ctx: Context, call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if waiting:
            waiting.pop()()
        return result

    server.middleware.append(after_the_first)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options(CHANGES))


def _icon() -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(_packaged('icon.svg')).decode()}"


def _packaged(name: str) -> bytes:
    return files("bridge.assistant").joinpath(name).read_bytes()
