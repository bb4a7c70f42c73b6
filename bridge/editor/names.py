"""What a name may mean. The index resolves no types: all that has the name counts, the language's own first."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Any, Final

from bridge.editor.editor import Cursor, Editor, Found
from bridge.editor.folders import Folder
from bridge.errors import NotFound
from protos import code_index_pb2 as pb

LIMIT: Final = 50
MAX_USES: Final = 1000
CALLABLE: Final = frozenset({"function", "method", "constructor", "class", "struct"})
TYPES: Final = frozenset({"class", "interface", "struct", "enum"})
# These call each other by name.
_FAMILIES: Final = (
    frozenset({"javascript", "jsx", "typescript", "tsx", "vue", "svelte"}),
    frozenset({"c", "cpp"}),
    frozenset({"java", "kotlin", "scala"}),
    frozenset({"css", "scss", "less", "html"}),
)


async def definitions_at(editor: Editor, cursor: Cursor) -> list[Found]:
    """What the identifier at the cursor may mean, in every folder, its own file first."""
    own = cursor.held.folder
    language = await language_of(editor, cursor)

    async def ask(folder: Folder) -> list[Found]:
        near = cursor.held.path if folder is own else ""
        return await definitions(editor, folder, cursor.word, near, cursor.line if near else 0)

    folders = sorted(editor.folders.all, key=lambda one: one is not own)
    answers = await asyncio.gather(*map(ask, folders))
    found = [one for answer in answers for one in answer]
    here = [one for one in found if one.held == cursor.held and one.symbol.line == cursor.line]
    at = [one for one in here if cursor.text.offset_of(one.symbol.line, one.symbol.column) == cursor.start]
    return at or akin(found, language)


async def definitions(editor: Editor, folder: Folder, name: str, path: str = "", line: int = 0) -> list[Found]:
    """The definitions of a name in one folder, those of a file first."""
    request = pb.FindDefinitionRequest(
        symbol=name, path=path, line=line, limit=LIMIT, require=await editor.require(folder)
    )
    reply = await folder.workspace.client.find_definition(request)
    return [Found(folder, one) for one in reply.symbols]


async def language_of(editor: Editor, cursor: Cursor) -> str:
    """The index's name for a document's language, which is not always the editor's."""
    if cursor.language in ("", "plaintext", "javascriptreact", "typescriptreact", "shellscript"):
        folder = cursor.held.folder
        request = pb.OutlineRequest(path=cursor.held.path, limit=1, require=await editor.require(folder))
        found = (await folder.workspace.client.outline(request)).symbols
        return found[0].language if found and found[0].path == cursor.held.path else ""
    return cursor.language


def akin(found: Collection[Found], language: str) -> list[Found]:
    """Those in a language that may use each other's names; all, if none is."""
    family = next((one for one in _FAMILIES if language in one), frozenset({language}))
    return [one for one in found if one.symbol.language in family] or list(found)


async def named(editor: Editor, data: Any) -> Found | None:
    """The symbol that `Editor.data_of` told of, as it is now."""
    folder = editor.folders.named(data["root"]) if isinstance(data, dict) else None
    return await by_id(folder, data["id"], await editor.require(folder)) if folder else None


async def by_id(folder: Folder, symbol_id: str, require: pb.Requirement) -> Found | None:
    """The symbol of an id; None if it is there no more."""
    try:
        reply = await folder.workspace.client.get_symbol(pb.GetSymbolRequest(id=symbol_id, require=require))
    except NotFound:
        return None
    return Found(folder, reply.symbol)


async def by_ids(editor: Editor, folder: Folder, ids: Iterable[str]) -> list[Found]:
    """The symbols of ids, in their order."""
    require = await editor.require(folder)
    found = await asyncio.gather(*(by_id(folder, one, require) for one in dict.fromkeys(ids)))
    return [one for one in found if one is not None]


async def uses(editor: Editor, folder: Folder, **wanted: Any) -> list[pb.Reference]:
    """Uses in one folder; `wanted` as in FindReferencesRequest."""
    request = pb.FindReferencesRequest(**wanted, limit=MAX_USES, require=await editor.require(folder))
    return list((await folder.workspace.client.find_references(request)).references)
