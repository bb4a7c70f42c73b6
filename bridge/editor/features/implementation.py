"""The types built on a type, and the methods that stand for a method in them; bases are known by name."""

from __future__ import annotations

from typing import Final

from lsprotocol import types

from bridge.editor import names
from bridge.editor.editor import Editor, Found
from bridge.editor.feature import Feature
from bridge.editor.features.definition import Places, places
from bridge.editor.features.type_hierarchy import subtypes_of

MAX_TYPES: Final = 200
MEMBERS: Final = frozenset({"method", "property", "field", "constructor", "function"})


async def answer(editor: Editor, params: types.ImplementationParams) -> Places:
    """All that is known to be built on what the identifier may mean."""
    cursor = await editor.cursor(params)
    if cursor is None:
        return None
    found: dict[str, Found] = {}
    for one in await names.definitions_at(editor, cursor):
        if one.symbol.kind in names.TYPES:
            built = await _all_subtypes(editor, one)
        elif one.symbol.kind in MEMBERS:
            built = await _overrides(editor, one)
        else:
            built = []
        found |= {f"{each.folder.root}\0{each.symbol.id}": each for each in built}
    client = editor.capabilities.text_document.implementation if editor.capabilities.text_document else None
    return await places(editor, list(found.values()), cursor, links=bool(client and client.link_support))


async def _overrides(editor: Editor, member: Found) -> list[Found]:
    """The members of that name in the types built on the member's own."""
    owner_id = member.symbol.id.rpartition(".")[0]
    if "#" not in owner_id:
        return []
    found: list[Found] = []
    for owner in await names.by_ids(editor, member.folder, [owner_id]):
        for built in await _all_subtypes(editor, owner):
            found += await names.by_ids(editor, member.folder, [f"{built.symbol.id}.{member.symbol.name}"])
    return found


async def _all_subtypes(editor: Editor, of: Found) -> list[Found]:
    """The types built on one, and those built on them."""
    known: dict[str, Found] = {}
    next_ = [of]
    while next_ and len(known) < MAX_TYPES:
        for one in await subtypes_of(editor, next_.pop()):
            if one.symbol.id not in known and one.symbol.id != of.symbol.id:
                known[one.symbol.id] = one
                next_.append(one)
    return list(known.values())


FEATURE = Feature("implementation", {types.TEXT_DOCUMENT_IMPLEMENTATION: answer})
