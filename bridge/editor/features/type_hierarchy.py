"""A type's bases and the types built on it. Bases are known by name: every type of that name is among them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from bridge.editor import names
from bridge.editor.convert import full_range, kind_of, name_range
from bridge.editor.editor import Editor, Found
from bridge.editor.feature import Feature

# `models.Base[Key]` is built on Base; what is in brackets are its arguments.
BASE_NAME: Final = re.compile(r"[^\W\d]\w*(?=\s*(?:$|[<\[({]))")


async def prepare(editor: Editor, params: types.TypeHierarchyPrepareParams) -> list[types.TypeHierarchyItem] | None:
    """The types that the identifier may mean."""
    cursor = await editor.cursor(params)
    found = await names.definitions_at(editor, cursor) if cursor else []
    return await _items(editor, [one for one in found if one.symbol.kind in names.TYPES]) or None


async def supertypes(
    editor: Editor, params: types.TypeHierarchySupertypesParams
) -> list[types.TypeHierarchyItem] | None:
    """The types that its bases name, as far as they are defined in the folder."""
    found = await names.named(editor, params.item.data)
    if found is None:
        return None
    bases = dict.fromkeys(name for base in found.symbol.bases if (name := base_name(base)))
    asked = (names.definitions(editor, found.folder, name, found.symbol.path) for name in bases)
    meant = [one for answer in await asyncio.gather(*asked) for one in names.akin(answer, found.symbol.language)]
    return await _items(editor, [one for one in meant if one.symbol.kind in names.TYPES])


async def subtypes(editor: Editor, params: types.TypeHierarchySubtypesParams) -> list[types.TypeHierarchyItem] | None:
    """The types that name it among their bases."""
    found = await names.named(editor, params.item.data)
    return None if found is None else await _items(editor, await subtypes_of(editor, found))


async def subtypes_of(editor: Editor, found: Found) -> list[Found]:
    """The types that name one among their bases, in its folder."""
    uses = await names.uses(editor, found.folder, symbol=found.symbol.name, roles=["inherit"])
    ids = [use.enclosing_id for use in uses if use.enclosing_id]
    built = await names.by_ids(editor, found.folder, ids)
    # A base's type arguments stand where bases do: only what is named as a base counts.
    named = [one for one in built if found.symbol.name in map(base_name, one.symbol.bases) or not one.symbol.bases]
    return [one for one in named if one.symbol.id != found.symbol.id and one.symbol.kind in names.TYPES]


def base_name(base: str) -> str:
    """The last name of a base as it is written, without its arguments."""
    match = BASE_NAME.search(base)
    return match[0] if match else ""


async def _items(editor: Editor, found: Sequence[Found]) -> list[types.TypeHierarchyItem]:
    texts = await editor.texts(one.held for one in found)
    return [
        types.TypeHierarchyItem(
            one.symbol.name,
            kind_of(one.symbol),
            one.folder.uri(one.symbol.path),
            full_range(texts.of(one.held), one.symbol, editor.encoding),
            name_range(texts.of(one.held), one.symbol, editor.encoding),
            detail=one.symbol.path,
            data=editor.data_of(one),
        )
        for one in found
    ]


FEATURE = Feature(
    "typeHierarchy",
    {
        types.TEXT_DOCUMENT_PREPARE_TYPE_HIERARCHY: prepare,
        types.TYPE_HIERARCHY_SUPERTYPES: supertypes,
        types.TYPE_HIERARCHY_SUBTYPES: subtypes,
    },
)
