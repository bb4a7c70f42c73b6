"""The parts of a folder, with their sizes."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.assistant import structure
from bridge.assistant.clean import line
from bridge.assistant.structure import Json
from bridge.assistant.tool import Place, Scope
from protos import code_index_pb2 as pb


def area(value: pb.Area, prefix: str) -> Json:
    """A folder or file, its files, its symbols by language."""
    return {
        "path": prefix + line(value.path),
        "files": value.files,
        "symbols": value.symbols,
        "languages": structure.languages(value.languages),
    }


async def areas_of(scope: Scope, places: Sequence[Place]) -> list[Json]:
    """What lies directly in these folders, the largest first."""

    async def ask(place: Place) -> pb.OverviewReply:
        require = await place.workspace.requirement()
        request = pb.OverviewRequest(path=place.path, areas_only=True, require=require)
        return await place.workspace.client.overview(request)

    replies = await scope.ask(places, ask)
    return [area(one, scope.prefix(workspace)) for workspace, reply in replies for one in reply.areas]
