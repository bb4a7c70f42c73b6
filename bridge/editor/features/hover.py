"""Signature and documentation of what the identifier at a place may mean."""

from __future__ import annotations

from typing import Final

from lsprotocol import types

from bridge.editor import names
from bridge.editor.editor import Editor, Found
from bridge.editor.feature import Feature
from protos import code_index_pb2 as pb

SHOWN: Final = 3


async def answer(editor: Editor, params: types.HoverParams) -> types.Hover | None:
    """The likeliest definitions, and how many more have the name."""
    cursor = await editor.cursor(params)
    found = await names.definitions_at(editor, cursor) if cursor else []
    if cursor is None or not found:
        return None
    parts = [await _shown(editor, one) for one in found[:SHOWN]]
    if len(found) > SHOWN:
        parts.append(f"…and {len(found) - SHOWN} more definitions of `{cursor.word}`")
    range_ = cursor.text.range_of(cursor.start, cursor.end, editor.encoding)
    return types.Hover(types.MarkupContent(_kind(editor.capabilities), "\n\n---\n\n".join(parts)), range_)


async def _shown(editor: Editor, found: Found) -> str:
    symbol = found.symbol
    request = pb.GetSymbolRequest(id=symbol.id, require=await editor.require(found.folder))
    documentation = (await found.folder.workspace.client.get_symbol(request)).documentation
    signature = symbol.signature or f"{symbol.kind} {symbol.qualified_name}"
    place = f"{symbol.path}:{symbol.line}"
    if _kind(editor.capabilities) is types.MarkupKind.PlainText:
        return "\n\n".join(filter(None, (signature, documentation, place)))
    fence = "`" * 3 if "```" not in signature else "`" * 5
    code = f"{fence}{symbol.language}\n{signature}\n{fence}"
    return "\n\n".join(filter(None, (code, documentation, f"`{place}`")))


def _kind(client: types.ClientCapabilities) -> types.MarkupKind:
    hover = client.text_document.hover if client.text_document else None
    formats = (hover.content_format if hover else None) or [types.MarkupKind.PlainText]
    return types.MarkupKind.Markdown if types.MarkupKind.Markdown in formats else types.MarkupKind.PlainText


FEATURE = Feature("hover", {types.TEXT_DOCUMENT_HOVER: answer})
