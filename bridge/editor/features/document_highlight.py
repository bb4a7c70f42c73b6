"""Where the name at a place stands in its own document."""

from __future__ import annotations

from lsprotocol import types

from bridge.editor import names
from bridge.editor.convert import name_range
from bridge.editor.editor import Editor
from bridge.editor.feature import Feature


async def answer(editor: Editor, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
    """Uses by how they use it, and definitions as places of writing."""
    cursor = await editor.cursor(params)
    if cursor is None:
        return None
    folder, path, text = cursor.held.folder, cursor.held.path, cursor.text
    uses = await names.uses(editor, folder, symbol=cursor.word, within=path)
    starts = {text.offset_of(use.line, use.column): use.role == "write" for use in uses}
    length = len(cursor.word.encode())
    marks = {start: text.range_of(start, start + length, editor.encoding) for start in starts}
    for one in await names.definitions(editor, folder, cursor.word, path):
        if one.symbol.path == path:
            start = text.offset_of(one.symbol.line, one.symbol.column)
            starts[start] = True
            marks[start] = name_range(text, one.symbol, editor.encoding)
    kinds = types.DocumentHighlightKind
    return [
        types.DocumentHighlight(marks[start], kinds.Write if starts[start] else kinds.Read) for start in sorted(marks)
    ]


FEATURE = Feature("documentHighlight", {types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: answer})
