"""Lays names out as a segment."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.courtesy import ALONE, Pace
from grpc_backend.storage.names import extent, fold, spaced
from grpc_backend.storage.order import MAX_BAND
from grpc_backend.storage.segment import ENCODING, NameRow, Numbers, Segment, hash_of, keys_of
from grpc_backend.storage.signatures import COLUMNS, set_columns, width

# A multiple of 8; so many names' signatures as bytes fit into a processor's cache, and take some milliseconds.
NAMES_A_TURN: Final = 512
LONGEST: Final = 0xFFFF


class Borne(NamedTuple):
    """Names that symbols bear, and of each the id, the band and the traits."""

    names: list[str]
    ids: Numbers
    bands: NDArray[np.int8]
    traits: Numbers


def build(rows: Iterable[NameRow], pace: Pace = ALONE) -> Segment:
    """A segment of these names; the last row of an id counts."""
    latest = {row.id: row for row in pace.through(rows)}
    living = [row for row in latest.values() if row.band >= 0]
    borne = Borne(
        [row.name for row in living],
        np.array([row.id for row in living], np.int64),
        np.array([row.band for row in living], np.int8),
        np.array([row.traits for row in living], np.int64),
    )
    return build_of(borne, np.array(sorted(latest), np.int64), pace)


def build_of(borne: Borne, covered: Numbers, pace: Pace = ALONE) -> Segment:
    """A segment of these names, which covers these ids. Memory: the result, and 120 bytes a name."""
    names, ids, bands, traits = borne
    extents = np.fromiter((min(extent(name), LONGEST) for name in pace.through(names)), np.uint16, len(names))
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    order = order[np.lexsort((extents[order], -bands[order]))]
    forms = _Forms(len(names))
    for start in range(0, len(names), NAMES_A_TURN):
        pace.give_way()
        turn = order[start : start + NAMES_A_TURN]
        forms.add([names[place] for place in turn.tolist()], traits[turn])
    return Segment(
        {
            "ids": ids[order],
            "covered": covered,
            "extents": extents[order],
            "bands": band_ends(bands[order]),
            **forms.arrays(),
        }
    )


def band_ends(bands: NDArray[np.int8]) -> Numbers:
    """Where each band of names in their order begins and ends, the highest first."""
    return np.searchsorted(-bands, np.arange(-MAX_BAND, 2), "left").astype(np.int64)


class _Forms:
    """The forms of names by which they are found, gathered in the order of their numbers."""

    def __init__(self, count: int) -> None:
        self._columns = np.zeros((COLUMNS, width(count)), np.uint8)
        self._lengths = array("H")
        self._hashes, self._hashed = array("I"), array("I")
        self._names, self._name_ends = bytearray(), array("q", [0])
        self._spaced, self._spaced_ends = bytearray(), array("q", [0])
        self._foreign = array("q")

    def add(self, names: list[str], traits: Numbers) -> None:
        """The next names: NAMES_A_TURN, but for the last ones."""
        first = len(self._lengths)
        folded, words = [fold(name) for name in names], [spaced(name) for name in names]
        set_columns(self._columns, first, folded, words, traits)
        for number, (name, plain, word) in enumerate(zip(names, folded, words, strict=True), first):
            self._lengths.append(min(len(plain), LONGEST))
            if not name.isascii():
                self._foreign.append(number)
            for key in keys_of(plain, word.replace(" ", "")):
                self._hashes.append(hash_of(key))
                self._hashed.append(number)
            self._names += name.encode(*ENCODING)
            self._name_ends.append(len(self._names))
            self._spaced += word.encode(*ENCODING)
            self._spaced_ends.append(len(self._spaced))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a segment takes."""
        hashes = np.frombuffer(self._hashes, np.uint32)
        order = np.argsort(hashes, kind="stable")
        return {
            "lengths": np.frombuffer(self._lengths, np.uint16),
            "columns": self._columns,
            "counts": np.bitwise_count(self._columns).sum(axis=1, dtype=np.int64),
            "hashes": hashes[order],
            "hashed": np.frombuffer(self._hashed, np.uint32)[order],
            "names": np.frombuffer(self._names, np.uint8),
            "name_ends": np.frombuffer(self._name_ends, np.int64),
            "spaced": np.frombuffer(self._spaced, np.uint8),
            "spaced_ends": np.frombuffer(self._spaced_ends, np.int64),
            "foreign": np.frombuffer(self._foreign, np.int64),
        }
