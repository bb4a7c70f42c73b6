"""Symbols of all open folders by what was typed, in the grammar of `codeindex search`."""

from __future__ import annotations

import asyncio
from typing import Final

from lsprotocol import types

from bridge.editor import names
from bridge.editor.convert import kind_of, name_range
from bridge.editor.editor import Editor, Found
from bridge.editor.feature import Feature
from bridge.editor.folders import Folder
from protos import code_index_pb2 as pb

NAME: Final = "workspaceSymbol"
LIMIT: Final = 200

Symbols = list[types.WorkspaceSymbol] | list[types.SymbolInformation]


async def answer(editor: Editor, params: types.WorkspaceSymbolParams) -> Symbols:
    """Best first. Nothing for nothing typed."""
    if not params.query.strip():
        return []
    folders = editor.folders.all
    pages = await asyncio.gather(*(_search(editor, folder, params.query) for folder in folders))
    hits = [(hit.score, Found(folder, hit.symbol)) for folder, page in zip(folders, pages, strict=True) for hit in page]
    hits.sort(key=lambda hit: -hit[0])
    found = [one for _, one in hits if editor.settings.answers(NAME, one.symbol.language)][:LIMIT]
    if _resolves(editor.capabilities):
        return [
            types.WorkspaceSymbol(
                types.LocationUriOnly(one.folder.uri(one.symbol.path)),
                one.symbol.name,
                kind_of(one.symbol),
                data=editor.data_of(one),
                container_name=container_of(one.symbol),
            )
            for one in found
        ]
    return [
        types.SymbolInformation(place, one.symbol.name, kind_of(one.symbol), container_name=container_of(one.symbol))
        for one, place in zip(found, await editor.locations(found), strict=True)
    ]


async def resolve(editor: Editor, symbol: types.WorkspaceSymbol) -> types.WorkspaceSymbol:
    """Where it stands now; at the file's beginning if it does no more."""
    found = await names.named(editor, symbol.data)
    range_ = types.Range(types.Position(0, 0), types.Position(0, 0))
    if found is not None:
        text = (await editor.texts([found.held])).of(found.held)
        range_ = name_range(text, found.symbol, editor.encoding)
    symbol.location = types.Location(symbol.location.uri, range_)
    return symbol


def container_of(symbol: pb.Symbol) -> str | None:
    """The names that enclose a symbol."""
    return symbol.qualified_name.removesuffix(symbol.name).rstrip(".") or None


async def _search(editor: Editor, folder: Folder, query: str) -> list[pb.Hit]:
    """The hits in one folder, nearest to the document at work among equals."""
    near = next((one.path for one in editor.folders.holding(editor.overlays.active) if one.folder is folder), "")
    request = pb.SearchRequest(query=query, limit=LIMIT, near=near, require=await editor.require(folder))
    return list((await folder.workspace.client.search(request)).hits)


def _resolves(client: types.ClientCapabilities) -> bool:
    """Whether the client asks for ranges when it needs them."""
    symbol = client.workspace.symbol if client.workspace else None
    return bool(symbol and symbol.resolve_support and "location.range" in symbol.resolve_support.properties)


FEATURE = Feature(NAME, {types.WORKSPACE_SYMBOL: answer, types.WORKSPACE_SYMBOL_RESOLVE: resolve})
