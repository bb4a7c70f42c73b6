"""Several workspaces asked one after the other: what `Engine.across` must give, for engines of one machine's size."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from grpc_backend.model import Located
from grpc_backend.storage.engine import Engine, Filters
from grpc_backend.storage.order import band, name_order, within_quota
from grpc_backend.storage.pattern import NamePattern, Tier


class InTurn:
    """See `engine.Engine.across`."""

    passed_over: Collection[Tier] = ()

    def __init__(self, engine: Engine, workspaces: Sequence[str]) -> None:
        self._engine = engine
        self._workspaces = workspaces

    def find(self, _workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, of all of the workspaces."""
        found = [
            replace(one, workspace=name)
            for name in self._workspaces
            for one in self._engine.find(name, pattern, filters, limit)
        ]
        counts = self._engine.counts({one.symbol.name for one in found})
        places = {
            name: name_order(pattern, name, band(count.uses + count.definitions)) for name, count in counts.items()
        }
        found.sort(key=lambda one: places[one.symbol.name])  # of one name, those of the first workspace come first
        return within_quota(found, pattern)[:limit]
