"""What a symbol says besides its place: its name, what encloses it, its signature, its documentation, the names it
uses.

All of it is in the extraction of its content, so it is the same in every workspace. Paths are not: see `paths.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from grpc_backend.model import Extraction, Symbol
from grpc_backend.packing import ROLE_BITS, layout_of, uses_of

# Data and values without a body are found by name; in plain words they only stand in the way.
_SILENT_KINDS: Final = frozenset({"variable", "key", "string", "number", "boolean", "array", "null", "package", "file"})
# These say something only where they are documented.
_BARE_KINDS: Final = frozenset({"field", "enum_member", "type_parameter"})
BODY_NAMES: Final = 60


class Text(NamedTuple):
    """One symbol's text. `ord` is its index in the extraction; `body` are distinct names, the first used first."""

    ord: int
    name: str
    container: str
    signature: str
    documentation: str
    body: list[str]


def texts(extraction: Extraction) -> Iterator[Text]:
    """The texts of those symbols that are worth finding by meaning, in order."""
    symbols = extraction.symbols
    spoken = [ord_ for ord_, one in enumerate(symbols) if not _is_silent(one)]
    if not spoken:
        return
    bodies = _bodies(extraction)
    for ord_ in spoken:
        one = symbols[ord_]
        container = one.qualified_name[: -len(one.name) - 1]
        documentation = one.documentation or one.doc
        yield Text(ord_, one.name, container, one.signature, documentation, bodies[ord_][:BODY_NAMES])


def _is_silent(symbol: Symbol) -> bool:
    return symbol.kind in _SILENT_KINDS or (symbol.kind in _BARE_KINDS and not symbol.doc)


def _bodies(extraction: Extraction) -> list[list[str]]:
    """The names that stand in each symbol but in none inside it, by position; then those of the symbols inside."""
    symbols = extraction.symbols
    layout = layout_of(extraction.layout)
    owners = _owners(symbols)
    found: list[list[tuple[int, str]]] = [[] for _ in symbols]
    for name, packed in extraction.occurrences.items():
        for uses in uses_of(packed).values():
            for use in uses:
                stretch = bisect_right(layout.borders, use >> ROLE_BITS) - 1
                owner = owners[layout.enclosing[stretch]] if stretch >= 0 else -1
                if owner >= 0:
                    found[owner].append((use, name))
    bodies = [[name for _, name in sorted(uses)] for uses in found]
    for one in symbols:
        owner = owners[one.parent]
        if owner >= 0:
            bodies[owner].append(one.name)
    return [list(dict.fromkeys(body)) for body in bodies]


def _owners(symbols: Sequence[Symbol]) -> list[int]:
    """Of each symbol, the index of the innermost one around it, itself included, that has a text; -1 for none.

    The last element stands for index -1.
    """
    owners: list[int] = []
    for ord_, one in enumerate(symbols):
        owners.append(ord_ if not _is_silent(one) else owners[one.parent] if one.parent >= 0 else -1)
    return [*owners, -1]
