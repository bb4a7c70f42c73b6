"""How an argument of a prompt or of a resource's URI may go on: names, ids, paths, kinds, languages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from mcp import types

from bridge.assistant import prompts, resources, structure
from bridge.assistant.clean import line
from bridge.assistant.tool import Place, Scope
from bridge.session import WorkspaceSession
from bridge.workspace.filter import WorkspaceFilter
from protos import code_index_pb2 as pb

# The specification allows a hundred.
MAX_VALUES: Final = 100
NAMES: Final = 50
# The names of LSP's SymbolKind, in lower case, as symbols have them.
KINDS: Final = (
    "file", "module", "namespace", "package", "class", "method", "property", "field", "constructor", "enum",
    "interface", "function", "variable", "constant", "string", "number", "boolean", "array", "object", "key",
    "null", "enum_member", "struct", "event", "operator", "type_parameter",
)  # fmt: skip

Completer = Callable[[Scope, str], Awaitable[list[str]]]


async def complete(scope: Scope, params: types.CompleteRequestParams) -> types.Completion:
    """The values that begin with, or are found by, what was typed; none for an argument of which nothing is known.

    Clients ask at every key that is pressed: an error would help nobody there. Errors: InvalidRequest (a path outside).
    """
    where = params.ref.name if isinstance(params.ref, types.PromptReference) else params.ref.uri
    completer = _BY_ARGUMENT.get((where, params.argument.name))
    if completer is None:
        return types.Completion(values=[], total=0, has_more=False)
    values = list(dict.fromkeys(await completer(scope, params.argument.value)))
    return types.Completion(values=values[:MAX_VALUES], total=len(values), has_more=len(values) > MAX_VALUES)


async def _names(scope: Scope, typed: str) -> list[str]:
    """Qualified names; ids where a file is named."""
    if "#" in typed:
        return await _ids(scope, typed)
    return [line(hit.symbol.qualified_name) for _, hit in await _hits(scope, typed)]


async def _ids(scope: Scope, typed: str) -> list[str]:
    """Ids that begin with what was typed, once it names a file; before that files, and what the name finds."""
    path, mark, _ = typed.partition("#")
    if mark:
        return [one for one in await _outlined(scope, path) if one.startswith(typed)]
    found = [scope.prefix(workspace) + line(hit.symbol.id) for workspace, hit in await _hits(scope, typed)]
    return [*(f"{one}#" for one in await _paths(scope, typed) if not one.endswith("/")), *found]


async def _paths(scope: Scope, typed: str) -> list[str]:
    """Files and folders one level below the last '/' that was typed; folders end with '/'. As the index sees them."""
    folder, slash, begun = typed.rpartition("/")
    found: list[str] = []
    for place in scope.places(folder) if slash else scope.everywhere():
        inside = await asyncio.to_thread(_entries, place)
        base = f"{folder}{slash}" if slash else scope.prefix(place.workspace)
        found += [f"{base}{name}" for name in inside if f"{base}{name}".startswith(typed) or name.startswith(begun)]
    return sorted(found)


async def _kinds(_scope: Scope, typed: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(typed.lower())]


async def _languages(scope: Scope, typed: str) -> list[str]:
    """The languages of the workspace, the most used first."""

    async def ask(place: Place) -> pb.GetStatusReply:
        require = await place.workspace.requirement()
        return await place.workspace.client.status(
            pb.GetStatusRequest(workspace=True, problems_limit=1, require=require)
        )

    counts: dict[str, int] = {}
    for _, reply in await scope.ask(scope.everywhere(), ask):
        for name, count in structure.languages(reply.languages).items():
            counts[name] = counts.get(name, 0) + count
    return [name for name in sorted(counts, key=lambda name: -counts[name]) if name.startswith(typed.lower())]


async def _hits(scope: Scope, typed: str) -> list[tuple[WorkspaceSession, pb.Hit]]:
    """What a search finds; nothing for nothing."""
    if not typed.strip():
        return []

    async def ask(place: Place) -> pb.SearchPage:
        require = await place.workspace.requirement()
        return await place.workspace.client.search(pb.SearchRequest(query=typed, limit=NAMES, require=require))

    pages = await scope.ask(scope.everywhere(), ask)
    return [(workspace, hit) for workspace, page in pages for hit in page.hits]


async def _outlined(scope: Scope, path: str) -> list[str]:
    async def ask(place: Place) -> pb.SymbolsReply:
        require = await place.workspace.requirement()
        return await place.workspace.client.outline(pb.OutlineRequest(path=place.path, require=require))

    replies = await scope.ask(scope.places(path), ask)
    return [scope.prefix(workspace) + line(one.id) for workspace, reply in replies for one in reply.symbols]


def _entries(place: Place) -> Iterable[str]:
    """What lies in a folder and is not ignored. A link is no folder: links are not followed."""
    root = place.workspace.root
    rules = WorkspaceFilter(root)
    folder = root / place.path
    if not folder.is_dir() or not _is_within(folder, root):
        return []
    with os.scandir(folder) as entries:
        seen = [(one.name, one.is_dir(follow_symlinks=False)) for one in entries]
    inner = f"{place.path}/" if place.path else ""
    return [
        line(name) + ("/" if is_dir else "")
        for name, is_dir in sorted(seen)
        if not rules.ignored(f"{inner}{name}", is_dir=is_dir)
    ]


def _is_within(folder: Path, root: Path) -> bool:
    """Whether a folder lies in a root also once its links are followed."""
    return folder.resolve().is_relative_to(root.resolve())


_OUTLINE, _SYMBOL = (one.uri_template for one in resources.TEMPLATES)
_BY_ARGUMENT: Final[dict[tuple[str, str], Completer]] = {
    (_OUTLINE, "path"): _paths,
    (_SYMBOL, "id"): _ids,
    (prompts.FIND_YOUR_WAY, "path"): _paths,
    (prompts.FIND_YOUR_WAY, "near"): _paths,
    (prompts.WHAT_BREAKS, "symbol"): _names,
    (prompts.WHAT_BREAKS, "kind"): _kinds,
    (prompts.WHAT_BREAKS, "language"): _languages,
}
