"""Resources: a file's or folder's outline, a symbol's text, the status; by URI, as text made for a model."""

from __future__ import annotations

import hashlib
from typing import Final
from urllib.parse import quote, unquote

import msgspec
from mcp import types
from msgspec import Struct

from bridge.assistant import structure
from bridge.assistant.tool import Answer, Place, Scope
from bridge.assistant.tools import index_status, outline, read_symbol
from bridge.errors import InvalidRequest, NotFound
from protos import code_index_pb2 as pb

SCHEME: Final = "codeindex://"
STATUS: Final = f"{SCHEME}status"
OUTLINE: Final = f"{SCHEME}outline/"
SYMBOL: Final = f"{SCHEME}symbol/"
TEXT: Final = "text/plain"
# A resource is attached as a whole: more than a tool shows by default, and not without bound.
MAX_TOKENS: Final = 20_000
STATE_SYMBOLS: Final = 1000

TEMPLATES: Final = (
    types.ResourceTemplate(
        uri_template=f"{OUTLINE}{{+path}}",
        name="outline",
        title="Outline of a file or folder",
        description="What a file defines, with its nesting; of a folder, what lies at the top of its files.",
        mime_type=TEXT,
        annotations=types.Annotations(audience=["user", "assistant"], priority=0.5),
    ),
    types.ResourceTemplate(
        uri_template=f"{SYMBOL}{{+id}}",
        name="symbol",
        title="Text of a symbol",
        description="The source text of one symbol, unsaved edits included. An id is path#Qualified.name.",
        mime_type=TEXT,
        annotations=types.Annotations(audience=["user", "assistant"], priority=0.5),
    ),
)


class Named(Struct, frozen=True):
    """What a URI names: `what` is one of the constants above, `which` a path or an id, "" for the status."""

    what: str
    which: str


def parse(uri: str) -> Named:
    """What a URI names. Percent escapes are decoded, so `%23` is `#`. Errors: InvalidRequest."""
    if uri == STATUS:
        return Named(STATUS, "")
    what = next((one for one in (OUTLINE, SYMBOL) if uri.startswith(one)), "")
    if not what or (what == SYMBOL and not uri.removeprefix(SYMBOL)):
        raise InvalidRequest(f"no resource {uri!r}: use {OUTLINE}PATH, {SYMBOL}PATH#NAME or {STATUS}")
    return Named(what, unquote(uri.removeprefix(what)))


def listed(scope: Scope) -> types.ListResourcesResult:
    """The status, and each root's outline. All others follow from the templates."""
    status = types.Resource(
        uri=STATUS,
        name="status",
        title="Index status",
        description="What the index covers, what was left out and why, and what is pending.",
        mime_type=TEXT,
        annotations=types.Annotations(audience=["user", "assistant"], priority=0.3),
    )
    roots = [
        types.Resource(
            uri=f"{OUTLINE}{quote(scope.prefix(one))}",
            name=one.root.name or str(one.root),
            title=f"Outline of {one.root.name or one.root}",
            description=f"What lies at the top of {one.root}",
            mime_type=TEXT,
            annotations=types.Annotations(audience=["user", "assistant"], priority=0.4),
        )
        for one in scope.workspaces
    ]
    return types.ListResourcesResult(resources=[status, *roots])


async def read(scope: Scope, uri: str) -> types.ReadResourceResult:
    """The text of a resource. Errors: InvalidRequest (no such URI, outside the roots), NotFound."""
    answer = await _answer(scope, parse(uri))
    return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=TEXT, text=answer.text)])


async def state(scope: Scope, uri: str) -> str:
    """Something that changes exactly when what a resource shows, or the file that it is of, does."""
    named = parse(uri)
    if named.what == OUTLINE:
        return await _outline_state(scope, named.which)
    try:
        answer = await _answer(scope, named)
    except NotFound:
        return "none"
    shown = {key: value for key, value in answer.structure.items() if key != "freshness" or named.what == STATUS}
    return hashlib.sha256(msgspec.json.encode(shown, order="deterministic")).hexdigest()


async def _answer(scope: Scope, named: Named) -> Answer:
    if named.what == STATUS:
        return await index_status.call(scope, index_status.Arguments())
    if named.what == OUTLINE:
        answer = await outline.call(scope, outline.Arguments(path=named.which, max_tokens=MAX_TOKENS))
        missing = outline.is_missing(scope, named.which, answer)
    else:
        answer = await read_symbol.call(scope, read_symbol.Arguments(symbols=[named.which]))
        missing = "error" in answer.structure["symbols"][0]
    if missing:
        raise NotFound(answer.text)
    return answer


async def _outline_state(scope: Scope, path: str) -> str:
    """Of the symbols' places and of the contents that they are in: an edit of a body counts, too."""

    async def ask(place: Place) -> pb.SymbolsReply:
        require = await place.workspace.requirement()
        return await place.workspace.client.outline(
            pb.OutlineRequest(path=place.path, limit=STATE_SYMBOLS, require=require)
        )

    digest = hashlib.sha256()
    for workspace, reply in await scope.ask(scope.places(path.rstrip("/")), ask):
        for symbol in reply.symbols:
            shown = structure.symbol(symbol, scope.prefix(workspace))
            digest.update(symbol.digest + msgspec.json.encode(shown, order="deterministic"))
    return digest.hexdigest()
