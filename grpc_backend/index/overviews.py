"""Overviews that were made before, for as long as nothing has changed: one takes half a second on 60,000 symbols."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from grpc_backend.index.overview import Overview, Part
from grpc_backend.index.workspace import Workspace
from grpc_backend.storage.layered import Layer

KEPT: Final = 16


class _Made(Struct, frozen=True):
    generation: int
    layer: Layer
    value: Overview


class Overviews:
    """The last few, by workspace and part. Lives on the event loop."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, Part], _Made] = OrderedDict()

    async def get(self, workspace: Workspace, part: Part, make: Callable[[], Awaitable[Overview]]) -> Overview:
        """The overview of what the workspace is now."""
        key, generation, layer = (workspace.name, part), workspace.generation, workspace.layer()
        made = self._made.get(key)
        if made is None or made.generation != generation or made.layer is not layer:
            made = self._made[key] = _Made(generation, layer, await make())
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return made.value
