"""Makes one segment of several, out of what they have laid out: a fifth of what laying the names out again takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.courtesy import ALONE, Pace
from grpc_backend.storage.segment import Numbers, Segment
from grpc_backend.storage.segment_build import band_ends
from grpc_backend.storage.signatures import COLUMNS, width

# So many columns at a time, as bytes.
COLUMNS_A_TURN: Final = 32
NOWHERE: Final = -1
# What says where the pieces of a text end.
ENDS: Final = {"names": "name_ends", "spaced": "spaced_ends"}

# The numbers of a segment's names that a merged one has.
_Kept = list[tuple[Segment, Numbers]]


def merged(newest_first: Sequence[Segment], pace: Pace = ALONE) -> Segment:
    """All that some segments say; of what several say, the newest one's word."""
    kept = list(_living(newest_first))
    names = [one for segment, numbers in kept for one in _pieces(segment, "names", numbers)]
    bands = np.concatenate([segment.bands_of(numbers).astype(np.int8) for segment, numbers in kept])
    extents = _of_names(kept, "extents")
    pace.give_way()
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)  # in UTF-8 as in characters
    order = order[np.lexsort((extents[order], -bands[order]))]
    pace.give_way()
    spaced = [one for segment, numbers in kept for one in _pieces(segment, "spaced", numbers)]
    arrays = {
        "ids": _of_names(kept, "ids")[order],
        "covered": np.unique(np.concatenate([segment.covered for segment in newest_first])),
        "extents": extents[order],
        "bands": band_ends(bands[order]),
        "lengths": _of_names(kept, "lengths")[order],
        **_columns(kept, order, pace),
        **_numbered(kept, order),
        **_joined("names", names, order),
        **_joined("spaced", spaced, order),
    }
    return Segment(arrays)


def _living(newest_first: Sequence[Segment]) -> Iterator[tuple[Segment, Numbers]]:
    """Each segment with the numbers of its names of which no newer one knows better."""
    known = np.array([], np.int64)
    for segment in newest_first:
        yield segment, np.flatnonzero(~np.isin(segment.ids, known))
        known = np.union1d(known, segment.covered)


def _of_names(kept: _Kept, what: str) -> NDArray[Any]:
    return np.concatenate([segment.arrays[what][numbers] for segment, numbers in kept])


def _pieces(segment: Segment, what: str, numbers: Numbers) -> Iterator[bytes]:
    """Names, or their words, in UTF-8."""
    text, ends = segment.arrays[what].tobytes(), segment.arrays[ENDS[what]]
    for first, last in zip(ends[numbers].tolist(), ends[numbers + 1].tolist(), strict=True):
        yield text[first:last]


def _joined(what: str, pieces: Sequence[bytes], order: Numbers) -> dict[str, NDArray[Any]]:
    """Pieces in their order, as a segment has them."""
    ordered = [pieces[place] for place in order.tolist()]
    ends = np.cumsum([0, *map(len, ordered)], dtype=np.int64)
    return {what: np.frombuffer(b"".join(ordered), np.uint8), ENDS[what]: ends}


def _columns(kept: _Kept, order: Numbers, pace: Pace) -> dict[str, NDArray[Any]]:
    columns = np.zeros((COLUMNS, width(len(order))), np.uint8)
    used = -(-len(order) // 8)
    for start in range(0, COLUMNS, COLUMNS_A_TURN):
        turn = slice(start, start + COLUMNS_A_TURN)
        bits = [
            np.unpackbits(segment.arrays["columns"][turn], axis=1, bitorder="little")[:, numbers]
            for segment, numbers in kept
        ]
        columns[turn, :used] = np.packbits(np.concatenate(bits, axis=1)[:, order], axis=1, bitorder="little")
        pace.give_way()
    return {"columns": columns, "counts": np.bitwise_count(columns).sum(axis=1, dtype=np.int64)}


def _numbered(kept: _Kept, order: Numbers) -> dict[str, NDArray[Any]]:
    """What refers to names by their numbers: their hashes, and which are not ASCII."""
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    hashes, hashed, foreign, begun = [], [], [], 0
    for segment, numbers in kept:
        renumbered = np.full(len(segment), NOWHERE, np.int64)
        renumbered[numbers] = places[begun : begun + len(numbers)]
        begun += len(numbers)
        now = renumbered[segment.arrays["hashed"]]
        hashes.append(segment.arrays["hashes"][now != NOWHERE])
        hashed.append(now[now != NOWHERE])
        others = renumbered[segment.arrays["foreign"]]
        foreign.append(others[others != NOWHERE])
    found = np.concatenate(hashes)
    by_hash = np.argsort(found, kind="stable")
    return {
        "hashes": found[by_hash],
        "hashed": np.concatenate(hashed)[by_hash].astype(np.uint32),
        "foreign": np.sort(np.concatenate(foreign)),
    }
