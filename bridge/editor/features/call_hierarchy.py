"""Who calls a function, and whom it calls: by name alone, so that every function of that name is among them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from bridge.editor import names
from bridge.editor.convert import Text, full_range, kind_of, name_range
from bridge.editor.editor import Editor, Found
from bridge.editor.feature import Feature
from bridge.editor.folders import Folder, Held
from protos import code_index_pb2 as pb

MAX_CALLED: Final = 64
CALL: Final = ["call", "decorator"]


async def prepare(editor: Editor, params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem] | None:
    """The functions and types that the identifier may mean."""
    cursor = await editor.cursor(params)
    found = await names.definitions_at(editor, cursor) if cursor else []
    return await _items(editor, [one for one in found if one.symbol.kind in names.CALLABLE]) or None


async def incoming(
    editor: Editor, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall] | None:
    """The functions that hold calls of the name, with the calls; a file where it is called at top level."""
    found = await names.named(editor, params.item.data)
    if found is None:
        return None
    folder, name = found.folder, found.symbol.name
    uses = await names.uses(editor, folder, symbol=name, roles=CALL)
    callers = await names.by_ids(editor, folder, (use.enclosing_id for use in uses if use.enclosing_id))
    texts = await editor.texts(Held(folder, use.path) for use in uses)
    calls: defaultdict[str, list[types.Range]] = defaultdict(list)
    for use in uses:
        text = texts.of(Held(folder, use.path))
        calls[use.enclosing_id or use.path].append(_range(text, use, editor.encoding))
    items = dict(zip((one.symbol.id for one in callers), await _items(editor, callers), strict=True))
    return [
        types.CallHierarchyIncomingCall(items.get(key) or _file(folder, key), ranges) for key, ranges in calls.items()
    ]


async def outgoing(
    editor: Editor, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall] | None:
    """What the names that a function calls may mean."""
    found = await names.named(editor, params.item.data)
    if found is None:
        return None
    calls: defaultdict[str, list[types.Range]] = defaultdict(list)
    text = (await editor.texts([found.held])).of(found.held)
    for use in await names.uses(editor, found.folder, within=found.symbol.id, roles=CALL):
        calls[use.name].append(_range(text, use, editor.encoding))
    wanted = list(calls)[:MAX_CALLED]
    answers = await asyncio.gather(*(_called(editor, found, name) for name in wanted))
    return [
        types.CallHierarchyOutgoingCall(item, calls[name])
        for name, called in zip(wanted, answers, strict=True)
        for item in await _items(editor, called)
    ]


async def _called(editor: Editor, caller: Found, name: str) -> list[Found]:
    """What a name may mean where it is called: if its own file defines it, that."""
    found = await names.definitions(editor, caller.folder, name, caller.symbol.path)
    callable_ = [one for one in names.akin(found, caller.symbol.language) if one.symbol.kind in names.CALLABLE]
    return [one for one in callable_ if one.symbol.path == caller.symbol.path] or callable_


async def _items(editor: Editor, found: Sequence[Found]) -> list[types.CallHierarchyItem]:
    texts = await editor.texts(one.held for one in found)
    return [
        types.CallHierarchyItem(
            one.symbol.name,
            kind_of(one.symbol),
            one.folder.uri(one.symbol.path),
            full_range(texts.of(one.held), one.symbol, editor.encoding),
            name_range(texts.of(one.held), one.symbol, editor.encoding),
            detail=_detail(one.symbol),
            data=editor.data_of(one),
        )
        for one in found
    ]


def _detail(symbol: pb.Symbol) -> str:
    return " · ".join(filter(None, (symbol.qualified_name.removesuffix(symbol.name).rstrip("."), symbol.path)))


def _file(folder: Folder, path: str) -> types.CallHierarchyItem:
    """A file whose top level calls something."""
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    path = path.partition("#")[0]
    return types.CallHierarchyItem(path, types.SymbolKind.File, folder.uri(path), start, start)


def _range(text: Text, use: pb.Reference, encoding: str) -> types.Range:
    start = text.offset_of(use.line, use.column)
    return text.range_of(start, start + len(use.name.encode()), encoding)


FEATURE = Feature(
    "callHierarchy",
    {
        types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: prepare,
        types.CALL_HIERARCHY_INCOMING_CALLS: incoming,
        types.CALL_HIERARCHY_OUTGOING_CALLS: outgoing,
    },
)
