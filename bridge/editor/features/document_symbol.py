"""What a document holds, as a tree where the editor can show one."""

from __future__ import annotations

from lsprotocol import types

from bridge.editor.convert import Text, full_range, kind_of, name_range
from bridge.editor.editor import Editor
from bridge.editor.feature import Feature
from bridge.editor.folders import Held
from protos import code_index_pb2 as pb

PAGE = 1000


async def answer(
    editor: Editor, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation] | None:
    """All symbols of the document by position."""
    held = next(iter(editor.folders.holding(params.text_document.uri)), None)
    if held is None:
        return None
    symbols = await _outline(editor, held)
    text = (await editor.texts([held])).of(held)
    wanted = editor.capabilities.text_document and editor.capabilities.text_document.document_symbol
    if wanted and wanted.hierarchical_document_symbol_support:
        return _tree(symbols, text, editor.encoding)
    uri = params.text_document.uri
    return [
        types.SymbolInformation(
            types.Location(uri, full_range(text, one, editor.encoding)),
            one.name,
            kind_of(one),
            container_name=one.qualified_name.removesuffix(one.name).rstrip(".") or None,
        )
        for one in symbols
    ]


async def _outline(editor: Editor, held: Held) -> list[pb.Symbol]:
    require = await editor.require(held.folder)
    found: list[pb.Symbol] = []
    while True:
        request = pb.OutlineRequest(path=held.path, limit=PAGE, skip=len(found), require=require)
        reply = await held.folder.workspace.client.outline(request)
        found += reply.symbols
        if not reply.truncated:
            return [one for one in found if one.path == held.path]


def _tree(symbols: list[pb.Symbol], text: Text, encoding: str) -> list[types.DocumentSymbol]:
    """Symbols inside those that enclose them. They come by position, the enclosing before the enclosed."""
    top: list[types.DocumentSymbol] = []
    around: list[tuple[tuple[int, int], list[types.DocumentSymbol]]] = []
    for one in symbols:
        while around and around[-1][0] <= (one.start_line, one.start_column):
            around.pop()
        inside: list[types.DocumentSymbol] = []
        (around[-1][1] if around else top).append(
            types.DocumentSymbol(
                one.name or one.qualified_name or " ",
                kind_of(one),
                full_range(text, one, encoding),
                name_range(text, one, encoding),
                detail=one.signature,
                children=inside,
            )
        )
        around.append(((one.end_line, one.end_column), inside))
    return top


FEATURE = Feature("documentSymbol", {types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: answer})
