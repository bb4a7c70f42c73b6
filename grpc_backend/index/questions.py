"""Questions about symbols, answered from the store and the documents that are open."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from msgspec.structs import replace

from grpc_backend.errors import InvalidRequest, NotFound
from grpc_backend.model import Located, Reference
from grpc_backend.search.query import parse
from grpc_backend.search.rank import order
from grpc_backend.search.searcher import search
from grpc_backend.storage.engine import Filters, View


class Place(Struct, frozen=True):
    """Where in a file a question points: 1-based line, 0-based byte column."""

    path: str
    line: int
    column: int


class Uses(Struct, frozen=True):
    """Which uses are asked for. `within`: a path or an id that they stand in."""

    symbol: str
    paths: tuple[str, ...] = ()
    roles: frozenset[int] = frozenset()
    within: str = ""


def find_definition(view: View, workspace: str, symbol: str, place: Place | None, limit: int) -> list[Located]:
    """Definitions of a name, a qualified name or an id; or what is defined around a place.

    With both, definitions in the place's own file come first. An id that names nothing raises NotFound.
    """
    if "#" in symbol:
        return [by_id(view, workspace, symbol)]
    if symbol:
        found = _exact(view, workspace, symbol, limit)
        return sorted(found, key=lambda one: place is None or one.path != place.path)
    if place is None:
        raise InvalidRequest("name a symbol, or give a path and a line")
    return _around(view.outline(workspace, place.path), place)


def by_id(view: View, workspace: str, symbol_id: str) -> Located:
    """The symbol of an id. Errors: NotFound."""
    for one in view.outline(workspace, symbol_id.split("#", 1)[0]):
        if one.id == symbol_id:
            return one
    raise NotFound(f"no symbol {symbol_id!r} in the index: search for its name")


def outline(view: View, workspace: str, path: str, limit: int) -> list[Located]:
    """A file's symbols, or the top-level symbols below a folder."""
    return view.outline(workspace, path) or view.below(workspace, path, limit)


def find_references(view: View, workspace: str, wanted: Uses, limit: int) -> tuple[list[Reference], dict[int, int]]:
    """The first uses of a symbol's name, and how many there are of each role. Errors: InvalidRequest, NotFound."""
    if not wanted.symbol and not wanted.within:
        raise InvalidRequest("name a symbol")
    name = _name_of(view, workspace, wanted.symbol) if wanted.symbol else ""
    if not wanted.within:
        filters = Filters(paths=wanted.paths, roles=wanted.roles)
        found, total = view.references(workspace, name, filters, limit)
        return found, view.roles(workspace, name, filters) if total > len(found) else _roles(found)
    found = [
        use
        for use in _within(view, workspace, wanted.within)
        if (not name or use.name == name) and (not wanted.roles or use.occurrence.role in wanted.roles)
    ]
    return found[:limit], _roles(found)


def _roles(found: list[Reference]) -> dict[int, int]:
    return Counter(use.occurrence.role for use in found)


def _name_of(view: View, workspace: str, symbol: str) -> str:
    """The last name of what was typed, or of the symbol that an id names."""
    return by_id(view, workspace, symbol).symbol.name if "#" in symbol else parse(symbol).readings[0].text


def _within(view: View, workspace: str, within: str) -> list[Reference]:
    """All uses in a file, or in the lines and columns of a symbol."""
    uses = view.uses_in(workspace, within.split("#", 1)[0])
    if "#" not in within:
        return uses
    symbol = by_id(view, workspace, within).symbol
    first, last = (symbol.start_line, symbol.start_column), (symbol.end_line, symbol.end_column)
    return [use for use in uses if first <= (use.occurrence.line, use.occurrence.column) < last]


def _exact(view: View, workspace: str, symbol: str, limit: int) -> list[Located]:
    """The symbols of just that name. What is only like it is not looked for: that waits for the index of names."""
    query = parse(symbol, limit=limit)
    readings = query.readings if query.whole is None else (query.whole, *query.readings)
    exactly = (replace(query, readings=(one,), whole=None, literal=True) for one in readings)
    hits = (hit for one in exactly for hit in search(view, workspace, one).hits if hit.match == "exact")
    return list({order(hit.located): hit.located for hit in hits}.values())[:limit]


def _around(symbols: list[Located], place: Place) -> list[Located]:
    """The symbol named on the line, else the innermost one around it."""
    named = [one for one in symbols if one.symbol.line == place.line]
    around = [one for one in symbols if one.symbol.start_line <= place.line <= one.symbol.end_line]
    return named[:1] or around[-1:]
