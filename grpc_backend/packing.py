"""How the uses of names are kept: where they stand and in which role, and no more.

Extraction makes no object for each use, and nothing is stored that the content's layout tells: lines, columns
and enclosing symbols are worked out when a use is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.model import Occurrence

# A use is its offset in the content, and its role in the low bits.
ROLE_BITS: Final = 3
ROLE_MASK: Final = (1 << ROLE_BITS) - 1

# The uses of one name by what stands before it: receiver → uses.
Uses = dict[str, list[int]]

encode: Final = msgspec.msgpack.Encoder().encode
_uses: Final = msgspec.msgpack.Decoder(Uses)


class Layout(Struct, frozen=True, array_like=True, gc=False):
    """Where a content's lines and symbols are.

    `lines` are their lengths in bytes, ends included; from each offset of `borders` on, in order, the innermost symbol
    is the one of that index in `enclosing` (-1: none).
    """

    lines: list[int] = []
    borders: list[int] = []
    enclosing: list[int] = []


_layout: Final = msgspec.msgpack.Decoder(Layout)


def layout_of(packed: bytes) -> Layout:
    """What `Extraction.layout` holds."""
    return _layout.decode(packed) if packed else Layout()


def uses_of(packed: bytes) -> Uses:
    """What a name's value in `Extraction.occurrences` holds."""
    return _uses.decode(packed)


def count(packed: bytes) -> int:
    """How many uses there are."""
    return sum(map(len, _uses.decode(packed).values()))


def roles(packed: bytes) -> Counter[int]:
    """How many uses there are of each role."""
    return Counter([use & ROLE_MASK for uses in _uses.decode(packed).values() for use in uses])


def unpacked(packed: bytes, layout: bytes) -> list[Occurrence]:
    """A name's uses in one content, in order of position."""
    places, starts = _places(layout)
    uses = sorted((use, receiver) for receiver, found in _uses.decode(packed).items() for use in found)
    return [_occurrence(use, receiver, starts, places) for use, receiver in uses]


@lru_cache(maxsize=8)
def _places(layout: bytes) -> tuple[Layout, list[int]]:
    """A layout, and where its lines start; kept for all the names of a content."""
    places = layout_of(layout)
    return places, [0, *accumulate(places.lines)]


def _occurrence(use: int, receiver: str, starts: list[int], places: Layout) -> Occurrence:
    offset = use >> ROLE_BITS
    line = bisect_right(starts, offset)
    return Occurrence(use & ROLE_MASK, line, offset - starts[line - 1], _enclosing(places, offset), receiver)


def _enclosing(places: Layout, offset: int) -> int:
    stretch = bisect_right(places.borders, offset) - 1
    return places.enclosing[stretch] if stretch >= 0 else -1


def joined(first: bytes, second: bytes) -> bytes:
    """The uses of one name in two languages of one content."""
    uses = uses_of(first)
    for receiver, found in uses_of(second).items():
        uses.setdefault(receiver, []).extend(found)
    return encode(uses)


def overlaid(outer: bytes, inner: bytes, base: int) -> bytes:
    """The layout of a content with a language inside it whose symbols are numbered from `base` on.

    Where that has no symbol, the outer one's counts.
    """
    under, over = layout_of(outer), layout_of(inner)
    borders = sorted({*under.borders, *over.borders})
    enclosing: list[int] = []
    for border in borders:
        found = _enclosing(over, border)
        enclosing.append(found + base if found >= 0 else _enclosing(under, border))
    return encode(Layout(under.lines, borders, enclosing))
