"""The text of documents that are open in some editor and not saved: only the daemon has it."""

from __future__ import annotations

from bridge.assistant.tool import Place
from bridge.errors import NotFound
from protos import code_index_pb2 as pb


async def text_of(place: Place, symbol: pb.Symbol) -> bytes | None:
    """The unsaved text that a symbol's positions belong to; None if it is not that any more."""
    request = pb.GetSymbolRequest(id=symbol.id, require=await place.workspace.requirement())
    try:
        reply = await place.workspace.client.get_symbol(request)
    except NotFound:
        return None
    return reply.unsaved_text if reply.symbol.unsaved and reply.symbol.digest == symbol.digest else None


async def text_at(place: Place) -> bytes | None:
    """The unsaved text under a path; None if there is none, or nothing is defined in it."""
    request = pb.OutlineRequest(path=place.path, limit=1, require=await place.workspace.requirement())
    found = (await place.workspace.client.outline(request)).symbols
    return await text_of(place, found[0]) if found and found[0].unsaved and found[0].path == place.path else None
