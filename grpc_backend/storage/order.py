"""The order in which a store cuts what matches, defined once for all engines.

Names come first by `closeness` and form, which need the name alone; a name's symbols by `weight`, which needs the
symbol alone: an engine can keep both in an index, and stops at the limit. Ranking (`search/rank.py`) sees what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grpc_backend.model import Located, Symbol
from grpc_backend.storage.form import form
from grpc_backend.storage.names import extent
from grpc_backend.storage.pattern import NamePattern, Tier

TYPES: Final = frozenset({"class", "interface", "struct", "enum", "object", "module", "namespace"})
CALLABLES: Final = frozenset({"function", "method", "constructor"})
# Keys of data, headings, names in manifests: rarely meant where code has the name too.
DATA: Final = frozenset({"key", "string", "package"})

MAX_BAND: Final = 15
# From this band on (about a thousand mentions) a name is as well known as can be.
FULL_BAND: Final = 10
# As ranking weighs them.
SHARE_WORTH, USE_WORTH, FORM_WORTH = 0.31, 0.31, 0.22
# Of a name that matches loosely, so many symbols: it is one guess, however often it is defined.
EACH_LOOSE: Final = 3
_WHOLE: Final = frozenset({Tier.EXACT, Tier.CASE, Tier.SEPARATORS})

# The better first: closeness and form negated, band negated, extent, name.
NameOrder = tuple[float, int, int, str]
# The better first: weight, the beginning of the content's digest, path, line, column.
SymbolOrder = tuple[int, bytes, str, int, int]
DIGEST_BYTES: Final = 4


def band(mentions: int) -> int:
    """How much a name is used, on a logarithmic scale."""
    return min(mentions.bit_length(), MAX_BAND)


def closeness(typed: int, length: int, in_band: int) -> float:
    """How good a name is among those of its tier: the share of it that was typed, and its use. Form comes on top."""
    share = min(typed / max(length, 1), 1.0)
    return SHARE_WORTH * share + USE_WORTH * min(in_band / FULL_BAND, 1.0)


def closenesses(typed: int, lengths: NDArray[Any], bands: NDArray[Any]) -> NDArray[np.float64]:
    """`closeness` of many names at once, to the last bit."""
    shares = np.minimum(typed / np.maximum(lengths, 1).astype(np.float64), 1.0)
    found: NDArray[np.float64] = SHARE_WORTH * shares + USE_WORTH * np.minimum(bands / FULL_BAND, 1.0)
    return found


def name_order(pattern: NamePattern, name: str, in_band: int, length: int | None = None) -> NameOrder:
    """A name's place among those of its tier. `length`: the name's extent, if known."""
    length = extent(name) if length is None else length
    close = closeness(typed_extent(pattern.text), length, in_band) + FORM_WORTH * form(pattern.text, pattern.tier, name)
    return (-close, -in_band, length, name)


@lru_cache(maxsize=64)
def typed_extent(text: str) -> int:
    """The extent of a query's text; 0 if it is empty."""
    return extent(text) if text else 0


def weight(symbol: Symbol) -> int:
    """From 0 (most likely meant) to 15: types, then what is called, then the rest, then data; in each, definitions
    before declarations, and what is at the top level first.
    """
    kind = symbol.kind
    group = 0 if kind in TYPES else 1 if kind in CALLABLES else 3 if kind in DATA else 2
    return group << 2 | ("declaration" in symbol.modifiers) << 1 | (symbol.parent >= 0)


def symbol_order(one: Located) -> SymbolOrder:
    """A symbol's place among those of its name. Contents of one weight come by their digests: what is left of
    very many is spread over the tree, and the same in every store.
    """
    symbol = one.symbol
    return (weight(symbol), one.digest[:DIGEST_BYTES], one.path, symbol.line, symbol.column)


def stored_order(symbol: Symbol, digest: bytes) -> int:
    """The beginning of `symbol_order` as one number that an index can hold."""
    return weight(symbol) << 8 * DIGEST_BYTES | int.from_bytes(digest[:DIGEST_BYTES])


def quota(pattern: NamePattern) -> int | None:
    """How many symbols of one name are shown; None: all. A query without a name lists everything."""
    return None if pattern.tier in _WHOLE or not pattern.text else EACH_LOOSE


def cut(found: Iterable[Located], pattern: NamePattern, mentions: Mapping[str, int], limit: int) -> list[Located]:
    """The first of what matches: by name, then by symbol, of each name as many as its quota says."""
    found = list(found)
    names = {one.symbol.name for one in found}
    places = {name: name_order(pattern, name, band(mentions.get(name, 0))) for name in names}
    found.sort(key=lambda one: (places[one.symbol.name], symbol_order(one)))
    return within_quota(found, pattern)[:limit]


def within_quota(found: Iterable[Located], pattern: NamePattern) -> list[Located]:
    """Of each name as many as its quota says, the first ones."""
    most = quota(pattern)
    seen: Counter[str] = Counter()
    kept = []
    for one in found:
        seen[one.symbol.name] += 1
        if most is None or seen[one.symbol.name] <= most:
            kept.append(one)
    return kept
