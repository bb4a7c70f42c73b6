"""What kinds of symbols bear a name, and in which languages: bits by which filters leave out most names.

While a name is borne bits are only added to it: one too many costs a look, one too few would lose a symbol. A kind has
a bit of its own; languages fall into classes, each of which has one.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from grpc_backend.model import KINDS, Extraction
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.signatures import TRAIT, Formula

_KIND: Final = {kind: place for place, kind in enumerate(KINDS)}
# With the kinds they leave the sign of SQLite's integers alone.
_LANGUAGES: Final = 32


def traits_of(extractions: Iterable[Extraction]) -> dict[str, int]:
    """The traits that some contents give the names that they define."""
    found: defaultdict[str, int] = defaultdict(int)
    for one in extractions:
        language = 1 << _language(one.language)
        for symbol in one.symbols:
            found[symbol.name] |= language | 1 << _KIND[symbol.kind]
    return found


def having(filters: Filters) -> Formula:
    """Names that symbols bear which may pass some filters."""
    return tuple(tuple(TRAIT + bit for bit in bits) for bits in _wanted(filters))


def masks(filters: Filters) -> list[int]:
    """The same of a name's traits: it has a bit of each of these."""
    return [sum(1 << bit for bit in bits) for bits in _wanted(filters)]


def _wanted(filters: Filters) -> list[list[int]]:
    """The traits that a name must have one of, each of which is another bit."""
    kinds = [_KIND[kind] for kind in dict.fromkeys(filters.kinds) if kind in _KIND]
    languages = [*dict.fromkeys(map(_language, filters.languages))]
    return [bits for bits in (kinds, languages) if bits]


@lru_cache(maxsize=64)
def _language(language: str) -> int:
    return len(KINDS) + zlib.crc32(language.encode()) % _LANGUAGES
