"""Who uses the name at a place: every use of that name, whatever it means there."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from bridge.editor import names
from bridge.editor.editor import Editor
from bridge.editor.feature import Feature
from bridge.editor.folders import Folder, Held


async def answer(editor: Editor, params: types.ReferenceParams) -> list[types.Location] | None:
    """The uses in every folder, by folder, path and position; with the definitions if asked for."""
    cursor = await editor.cursor(params)
    if cursor is None:
        return None
    found: list[types.Location] = []
    if params.context.include_declaration:
        found += await editor.locations(await names.definitions_at(editor, cursor))
    asked = (_uses(editor, folder, cursor.word) for folder in editor.folders.all)
    for uses in await asyncio.gather(*asked):
        found += [use for use in uses if use not in found]
    return found


async def _uses(editor: Editor, folder: Folder, name: str) -> list[types.Location]:
    uses = await names.uses(editor, folder, symbol=name)
    texts = await editor.texts(Held(folder, use.path) for use in uses)
    places = []
    for use in uses:
        text = texts.of(Held(folder, use.path))
        start = text.offset_of(use.line, use.column)
        range_ = text.range_of(start, start + len(name.encode()), editor.encoding)
        places.append(types.Location(folder.uri(use.path), range_))
    return places


FEATURE = Feature("references", {types.TEXT_DOCUMENT_REFERENCES: answer})
