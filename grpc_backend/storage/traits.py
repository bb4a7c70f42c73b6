"""What kinds of symbols bear a name, and in which languages: bits by which filters leave out most names.

While a name is borne bits are only added to it: one too many costs a look, one too few would lose a symbol. A kind has
a bit of its own; languages, which this floor does not know, fall into classes, each of which has one. Bits are stored:
whoever moves them changes SCHEMA_VERSION.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from grpc_backend.model import KIND_NUMBER, Extraction
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.signatures import TRAIT, Formula

# Languages first: kinds can be added behind them, and the sign of an integer is left alone. Under this salt no two
# languages share a class that are often in one repository (of 300,000 salts this one does it best).
LANGUAGES: Final = 37
_SALT: Final = 177_813


def traits_of(extractions: Iterable[Extraction]) -> dict[str, int]:
    """The traits that some contents give the names that they define."""
    found: defaultdict[str, int] = defaultdict(int)
    for one in extractions:
        language = 1 << class_of(one.language)
        for symbol in one.symbols:
            found[symbol.name] |= language | 1 << _bit_of(symbol.kind)
    return found


def having(filters: Filters) -> Formula:
    """Names that symbols bear which may pass some filters."""
    return tuple(tuple(TRAIT + bit for bit in bits) for bits in _wanted(filters))


def masks(filters: Filters) -> list[int]:
    """The same of a name's traits: it has a bit of each of these."""
    return [sum(1 << bit for bit in bits) for bits in _wanted(filters)]


def _wanted(filters: Filters) -> list[list[int]]:
    """The traits that a name must have one of, each of which is another bit."""
    kinds = [_bit_of(kind) for kind in dict.fromkeys(filters.kinds) if kind in KIND_NUMBER]
    languages = [*dict.fromkeys(map(class_of, filters.languages))]
    return [bits for bits in (kinds, languages) if bits]


def _bit_of(kind: str) -> int:
    return LANGUAGES + KIND_NUMBER[kind]


@lru_cache(maxsize=64)
def class_of(language: str) -> int:
    """The bit of a language."""
    return zlib.crc32(language.encode(), _SALT) % LANGUAGES
