"""Where the identifier at a place may be defined."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from bridge.editor import names
from bridge.editor.editor import Cursor, Editor, Found
from bridge.editor.feature import Feature

Places = list[types.Location] | list[types.LocationLink] | None


async def answer(editor: Editor, params: types.DefinitionParams) -> Places:
    """All definitions of the name, the likeliest first."""
    cursor = await editor.cursor(params)
    if cursor is None:
        return None
    found = await names.definitions_at(editor, cursor)
    client = editor.capabilities.text_document.definition if editor.capabilities.text_document else None
    return await places(editor, found, cursor, links=bool(client and client.link_support))


async def places(editor: Editor, found: Sequence[Found], cursor: Cursor, *, links: bool) -> Places:
    """Symbols as the client can take them."""
    return await editor.links(found, cursor) if links else await editor.locations(found)


FEATURE = Feature("definition", {types.TEXT_DOCUMENT_DEFINITION: answer})
